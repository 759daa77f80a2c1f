"""What every answer with figures says beside them."""

from pathlib import Path
from typing import Any

import orjson
import pytest

DOCUMENT: dict[str, Any] = orjson.loads(
    (Path(__file__).parents[3] / "services" / "commitments" / "openapi.json").read_bytes()
)
WHAT_PEOPLE_ENTER = ("/planned-changes", "/spend-contracts", "/recipients", "/thresholds")
WHAT_WAS_FOUND = ("/findings", "/alerts")
"""Each item tells when it was found or sent."""


def answers() -> dict[str, set[str]]:
    """The members of each JSON answer, by method and path."""
    found = {}
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            content = operation.get("responses", {}).get("200", {}).get("content", {})
            name = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            if name:
                schema = DOCUMENT["components"]["schemas"][name.rpartition("/")[2]]
                found[f"{method} {path}"] = set(schema["properties"])
    return found


@pytest.mark.req("COM-23", part="as_of, finality and formula version on every answer with figures")
@pytest.mark.parametrize("operation", answers())
def test_every_answer_with_figures_says_how_fresh_they_are_and_how_made(operation: str) -> None:
    path = operation.removesuffix("}").rpartition("/{")[0] if operation.endswith("}") else operation
    if path.endswith((*WHAT_PEOPLE_ENTER, *WHAT_WAS_FOUND)):
        return

    assert answers()[operation] >= {"as_of", "finality", "formula_version"}
