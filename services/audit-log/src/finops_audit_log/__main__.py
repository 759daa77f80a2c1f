"""`python -m finops_audit_log serve | worker | run | migrate | events … | retain`."""

import sys

from finops_audit_log.retention import command as retain
from finops_common.service import run_service

if __name__ == "__main__":
    sys.exit(retain.run() if sys.argv[1:] == ["retain"] else run_service("finops_audit_log"))
