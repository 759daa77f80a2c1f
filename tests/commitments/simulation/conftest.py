"""Scenarios written in tests, through the reader that people's files go through."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_commitments.simulation.scenario import Scenario, read_scenario


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


@pytest.fixture
def scenario_of(tmp_path: Path) -> Callable[[Mapping[str, Any]], Scenario]:
    def read(content: Mapping[str, Any]) -> Scenario:
        file = tmp_path / "scenario.json"
        file.write_text(json.dumps(content, default=_plain), encoding="utf-8")
        return read_scenario(file)

    return read
