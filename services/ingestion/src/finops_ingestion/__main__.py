"""`python -m finops_ingestion convert …`, `lake …`, or `serve | worker | run | migrate | events …`."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; 2 when there is no such command."""
    # Imported here: a person who converts a bill waits for no web framework.
    if arguments and arguments[0] == "convert":
        from finops_ingestion.bills import command  # noqa: PLC0415

        return command.run(arguments[1:])
    if arguments and arguments[0] == "lake":
        from finops_ingestion.lake import command as lake  # noqa: PLC0415

        return lake.run(arguments[1:])
    from finops_common.service import run_service  # noqa: PLC0415

    return run_service("finops_ingestion", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
