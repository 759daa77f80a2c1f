"""One program, several commands; the offline one needs no server."""

import subprocess
import sys

import pytest

from finops_commitments.__main__ import main

IMPORTS = """
import sys
from finops_commitments.__main__ import main
try:
    main([sys.argv[1], "--help"])
except SystemExit:
    pass
print([name for name in ("fastapi", "sqlalchemy", "aiokafka") if name in sys.modules])
"""


@pytest.mark.parametrize("command", ["report", "simulate", "backtest"])
def test_an_offline_command_imports_no_server(command: str) -> None:
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-c", IMPORTS, command], check=True, capture_output=True, text=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["divine"])

    assert refused.value.code == 2
    assert "worker" in capsys.readouterr().err
