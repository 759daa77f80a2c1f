"""A scenario file read exactly, or refused by the fields that make no sense."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ValidationError

from finops_commitments.simulation.aws_scenario import aws_hour, with_the_only_region
from finops_commitments.simulation.azure_scenario import (
    AzureScenarioWire,
    azure_hour,
    senseless_azure_fields,
)
from finops_commitments.simulation.checks import senseless_fields
from finops_commitments.simulation.google_scenario import (
    GoogleScenarioWire,
    google_hour,
    senseless_google_fields,
)
from finops_commitments.simulation.hour import Hour
from finops_commitments.simulation.schemas import ScenarioWire


class ScenarioError(Exception):
    """The file is no scenario; one line per field that makes no sense."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that makes sense, and the names of fields that were not read."""

    hour: Hour
    not_read: tuple[str, ...] = ()


def read_scenario(file: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        ScenarioError: it cannot be read, is no JSON, or a field makes no sense.
    """
    try:
        text = file.read_text("utf-8-sig")
        content = json.loads(text, parse_float=Decimal, object_pairs_hook=_each_once)
        return _scenario(content)
    except ValidationError as error:
        raise ScenarioError("\n".join(_refusals(error))) from error
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{file} is no scenario: {error}") from error
    except RecursionError as error:
        raise ScenarioError(f"{file} is no scenario: nested too deep") from error


def _scenario(content: object) -> Scenario:
    match _provider(content):
        case "aws":
            wire = ScenarioWire.model_validate(content)
            located = with_the_only_region(wire)
            _refuse(senseless_fields(located))
            return Scenario(aws_hour(located), tuple(_not_read(wire)))
        case "azure" | "microsoft":
            azure = AzureScenarioWire.model_validate(content)
            _refuse(senseless_azure_fields(azure))
            return Scenario(azure_hour(azure))
        case "gcp" | "google cloud":
            google = GoogleScenarioWire.model_validate(content)
            _refuse(senseless_google_fields(google))
            return Scenario(google_hour(google))
        case other:
            raise ScenarioError(f"provider: {other!r} is none of AWS, Azure, GCP")


def _provider(content: object) -> object:
    """The name in small letters; the names that FOCUS files have are as good."""
    found = content.get("provider") if isinstance(content, dict) else None
    return found.casefold() if isinstance(found, str) else found or "aws"


def _refuse(refused: Iterable[str]) -> None:
    if lines := list(refused):
        raise ScenarioError("\n".join(lines))


def _each_once(fields: Sequence[tuple[str, object]]) -> dict[str, object]:
    """JSON lets a field stand twice and readers take the last one: which was meant?"""
    found = dict(fields)
    if len(found) < len(fields):
        twice = next(name for name, number in Counter(n for n, _ in fields).items() if number > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return found


def _refusals(error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        path = [part for part in each["loc"] if part != "[key]"]
        yield f"{_path(path)}: {each['msg']}"


def _path(parts: Sequence[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".") or "the scenario"


def _not_read(value: object, path: tuple[int | str, ...] = ()) -> Iterator[str]:
    """The fields no model knows: most likely misspelt, so they are named."""
    if isinstance(value, BaseModel):
        yield from (_path((*path, name)) for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from _not_read(getattr(value, name), (*path, name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _not_read(each, (*path, at))
