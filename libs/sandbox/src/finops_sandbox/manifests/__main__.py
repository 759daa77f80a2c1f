"""`python -m finops_sandbox.manifests`: render deploy/k8s/base, or check it with --check."""

import argparse
import sys

from finops_sandbox.manifests.files import out_of_date, write


def main() -> int:
    """Write the files, or name those that are out of date; 1 when there are any."""
    parser = argparse.ArgumentParser(prog="finops_sandbox.manifests", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    if not parser.parse_args().check:
        write()
        return 0
    names = out_of_date()
    for name in names:
        print(f"deploy/k8s/base/{name} is out of date: run python -m finops_sandbox.manifests")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
