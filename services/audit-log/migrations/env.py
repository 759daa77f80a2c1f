from finops_audit_log.entries import tables as entries
from finops_audit_log.retention import tables as retention
from finops_audit_log.tables import metadata
from finops_common.db.migrations import run_env

TABLES = (entries, retention)

run_env(metadata)
