"""`python -m finops_commitments report … | simulate … | backtest … | serve | worker | run | migrate | events …`."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; each imports what it needs and no more."""
    if arguments and arguments[0] == "report":
        from finops_commitments.report import command  # noqa: PLC0415 - without the server

        return command.run(arguments[1:])
    if arguments and arguments[0] == "simulate":
        from finops_commitments.simulation import command as simulate  # noqa: PLC0415 - the same

        return simulate.run(arguments[1:])
    if arguments and arguments[0] == "backtest":
        from finops_commitments.backtest import command as backtest  # noqa: PLC0415 - the same

        return backtest.run(arguments[1:])
    from finops_common.service import run_service  # noqa: PLC0415 - the same

    return run_service("finops_commitments", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
