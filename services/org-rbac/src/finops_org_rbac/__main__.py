"""`python -m finops_org_rbac serve | worker | run | migrate | events …`."""

import sys

from finops_common.service import run_command
from finops_org_rbac.main import SERVICE

sys.exit(run_command(SERVICE))
