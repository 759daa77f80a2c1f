"""`python -m finops_billing serve | worker | run | migrate | events …`."""

import sys

from finops_common.service import run_service

sys.exit(run_service("finops_billing"))
