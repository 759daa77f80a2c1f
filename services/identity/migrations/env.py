from finops_common.db.migrations import run_env
from finops_identity.accounts import tables as accounts
from finops_identity.keys import tables as keys
from finops_identity.links import tables as links
from finops_identity.sessions import tables as sessions
from finops_identity.tables import metadata
from finops_identity.throttling import tables as throttling

TABLES = (accounts, keys, links, sessions, throttling)

run_env(metadata)
