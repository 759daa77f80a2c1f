"""`python -m finops_identity serve | worker | run | migrate | events …`."""

import sys

from finops_common.service import run_command
from finops_identity.main import SERVICE

sys.exit(run_command(SERVICE))
