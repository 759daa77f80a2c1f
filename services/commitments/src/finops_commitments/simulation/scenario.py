"""A scenario file read exactly, or refused by the fields that make no sense."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic import BaseModel, ValidationError

from finops_commitments.simulation.aws import (
    Orders,
    PayerFamily,
    ReservedInstance,
    SavingsPlan,
    UsageLine,
)
from finops_commitments.simulation.checks import senseless_fields
from finops_commitments.simulation.schemas import (
    OrdersWire,
    PlanWire,
    ReservedWire,
    ScenarioWire,
    SharingWire,
    UsageWire,
)
from finops_commitments.simulation.sharing import Sharing


class ScenarioError(Exception):
    """The file is no scenario; one line per field that makes no sense."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that makes sense, and the names of fields that were not read."""

    wire: ScenarioWire
    not_read: tuple[str, ...]

    @property
    def family(self) -> PayerFamily:
        return PayerFamily(
            [_line(each) for each in self.wire.usage],
            [_reserved(each) for each in self.wire.reserved_instances],
            [_plan(each) for each in self.wire.savings_plans],
            _sharing(self.wire.sharing),
            _orders(self.wire.orders),
        )

    @property
    def quantities(self) -> list[Fraction]:
        """What each usage line used."""
        return [Fraction(each.quantity) for each in self.wire.usage]

    @property
    def held(self) -> list[Fraction]:
        """What the hour offers of each commitment: instances, then money."""
        counts = [Fraction(each.count) for each in self.wire.reserved_instances]
        return counts + [Fraction(each.hourly_commitment) for each in self.wire.savings_plans]


def read_scenario(file: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        ScenarioError: it cannot be read, is no JSON, or a field makes no sense.
    """
    try:
        text = file.read_text("utf-8-sig")
        content = json.loads(text, parse_float=Decimal, object_pairs_hook=_each_once)
        wire = ScenarioWire.model_validate(content)
    except ValidationError as error:
        raise ScenarioError("\n".join(_refusals(error))) from error
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{file} is no scenario: {error}") from error
    except RecursionError as error:
        raise ScenarioError(f"{file} is no scenario: nested too deep") from error
    located = _with_the_only_region(wire)
    if refused := list(senseless_fields(located)):
        raise ScenarioError("\n".join(refused))
    return Scenario(located, tuple(_not_read(wire)))


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


def _with_the_only_region(wire: ScenarioWire) -> ScenarioWire:
    """What names no region stands in the one that the others name, if they name but one."""
    named = {each.region for each in (*wire.usage, *wire.reserved_instances)}
    named |= {each.region for each in wire.savings_plans}
    if len(named - {None}) != 1:
        return wire
    region = {"region": (named - {None}).pop()}
    return wire.model_copy(
        update={
            "usage": [each.model_copy(update=region) for each in wire.usage],
            "reserved_instances": [
                each.model_copy(update=region) for each in wire.reserved_instances
            ],
            "savings_plans": [each.model_copy(update=region) for each in wire.savings_plans],
        }
    )


def _not_read(value: object, path: tuple[int | str, ...] = ()) -> Iterator[str]:
    """The fields no model knows: most likely misspelt, so they are named."""
    if isinstance(value, BaseModel):
        yield from (_path((*path, name)) for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from _not_read(getattr(value, name), (*path, name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _not_read(each, (*path, at))


def _line(usage: UsageWire) -> UsageLine:
    rates = {kind.value: rate for kind, rate in usage.rates.items()}
    return UsageLine(usage.account, usage.label or "", usage.instance, usage.on_demand_rate, rates)


def _reserved(reserved: ReservedWire) -> ReservedInstance:
    return ReservedInstance(
        reserved.id or "", reserved.account, reserved.instance, _utc(reserved.starts_at)
    )


def _plan(plan: PlanWire) -> SavingsPlan:
    family = plan.family.casefold() if plan.family else None
    return SavingsPlan(
        *(plan.id or "", plan.account, plan.type, plan.type.value),
        *(plan.region, family, _utc(plan.starts_at)),
    )


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sharing(sharing: SharingWire) -> Sharing:
    group_of = {account: name for name, members in sharing.groups.items() for account in members}
    return Sharing(sharing.mode, group_of, frozenset(sharing.off))


def _orders(orders: OrdersWire) -> Orders:
    return Orders(
        orders.shared_ec2_instance_plans == "before_own_compute_plans",
        orders.equal_commitments == "newest_first",
    )
