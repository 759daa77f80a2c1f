"""`python -m finops_billing serve | worker | run | migrate | events …`."""

import sys

from finops_billing.main import SERVICE
from finops_common.service import run_command

sys.exit(run_command(SERVICE))
