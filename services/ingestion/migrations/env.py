from finops_common.db.migrations import run_env
from finops_ingestion.accounts import tables as accounts
from finops_ingestion.connections import tables as connections
from finops_ingestion.costs.currencies import tables as currencies
from finops_ingestion.costs.deliveries import tables as deliveries
from finops_ingestion.costs.groups import tables as cost_groups
from finops_ingestion.costs.saved import tables as saved
from finops_ingestion.drafts import tables as drafts
from finops_ingestion.imports import tables as imports
from finops_ingestion.inventory import tables as inventory
from finops_ingestion.lake import tables as lake
from finops_ingestion.offers import tables as offers
from finops_ingestion.reconciliation import tables as reconciliation
from finops_ingestion.tables import metadata

TABLES = (
    accounts,
    connections,
    drafts,
    inventory,
    offers,
    imports,
    lake,
    reconciliation,
    cost_groups,
    currencies,
    deliveries,
    saved,
)

run_env(metadata)
