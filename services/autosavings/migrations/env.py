from finops_autosavings.activations import tables as activations
from finops_autosavings.plans import tables as plans
from finops_autosavings.policies import tables as policies
from finops_autosavings.subscriptions import tables as subscriptions
from finops_autosavings.switches import tables as switches
from finops_autosavings.tables import metadata
from finops_common.db.migrations import run_env

TABLES = (activations, plans, policies, subscriptions, switches)

run_env(metadata)
