"""`python -m finops_autosavings serve | worker | run | migrate | events … | kill-switch …`."""

import sys

from finops_autosavings.switches import command as kill_switch
from finops_common.service import run_service

if __name__ == "__main__":
    own = sys.argv[1:2] == ["kill-switch"]
    sys.exit(kill_switch.run(sys.argv[2:]) if own else run_service("finops_autosavings"))
