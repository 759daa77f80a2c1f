from finops_billing.companies import tables as companies
from finops_billing.subscriptions import tables as subscriptions
from finops_billing.tables import metadata
from finops_common.db.migrations import run_env

TABLES = (companies, subscriptions)

run_env(metadata)
