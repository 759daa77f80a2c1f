from tests.common.probe.tables import metadata

from finops_common.db.migrations import run_env

run_env(metadata)
