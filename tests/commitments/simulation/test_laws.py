"""What holds for any usage and any commitments, in exact numbers."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.simulation.answer import simulated
from finops_commitments.simulation.aws import (
    PayerFamily,
    PlanType,
    ReservedInstance,
    SavingsPlan,
    UsageLine,
)
from finops_commitments.simulation.aws_order import order_of
from finops_commitments.simulation.domain import HOURS_AT_ONCE, Filled, Numbers
from finops_commitments.simulation.instances import instance_named
from finops_commitments.simulation.scenario import ScenarioError, read_scenario
from finops_commitments.simulation.sharing import Mode, Sharing
from finops_commitments.simulation.text import answer_text

ACCOUNTS = st.sampled_from("ABCD")
SIZES = st.sampled_from(["large", "xlarge", "metal"])
AMOUNTS = st.integers(0, 24).map(lambda quarters: Fraction(quarters, 4))
CARDS = ["ec2_instance", "compute", "compute-3yr", "sagemaker", "database"]

hardware = st.builds(
    lambda service, zone, family, size, platform, tenancy: instance_named(
        service, "us-east-1", zone, family, size, platform, tenancy
    ),
    st.sampled_from(["ec2", "ec2", "ec2", "rds"]),
    st.sampled_from([None, "us-east-1a", "us-east-1b"]),
    st.sampled_from(["m5", "g5"]),
    SIZES,
    st.sampled_from([None, "windows"]),
    st.sampled_from([None, "dedicated"]),
)
rates = st.dictionaries(
    st.sampled_from(CARDS), st.sampled_from([Decimal("0.5"), Decimal("0.6"), Decimal(1)])
)
lines = st.builds(
    UsageLine, account=ACCOUNTS, instance=hardware, on_demand_rate=st.just(Decimal(1)), rates=rates
)
reserved = st.builds(ReservedInstance, st.just(""), ACCOUNTS, hardware)
plans = st.builds(
    lambda account, card: SavingsPlan(
        *("", account, PlanType(card.removesuffix("-3yr")), card, "us-east-1", "m5")
    ),
    ACCOUNTS,
    st.sampled_from(CARDS),
)
sharing = st.builds(
    Sharing,
    st.sampled_from(Mode),
    st.sampled_from([{}, {"A": "one", "B": "one", "C": "two"}]),
    st.frozensets(ACCOUNTS, max_size=2),
)


@st.composite
def families(draw: st.DrawFn) -> PayerFamily:
    """Families with names that are all different."""
    return PayerFamily(
        [
            replace(each, label=f"u{at}")
            for at, each in enumerate(draw(st.lists(lines, min_size=1, max_size=6)))
        ],
        [
            replace(each, id=f"r{at}")
            for at, each in enumerate(draw(st.lists(reserved, max_size=4)))
        ],
        [replace(each, id=f"p{at}") for at, each in enumerate(draw(st.lists(plans, max_size=4)))],
        draw(sharing),
    )


@st.composite
def hours(draw: st.DrawFn) -> tuple[PayerFamily, Numbers, Numbers]:
    family = draw(families())
    held = len(family.reserved) + len(family.plans)
    return family, column(draw, len(family.lines)), column(draw, held)


def column(draw: st.DrawFn, length: int) -> Numbers:
    drawn = draw(st.lists(AMOUNTS, min_size=length, max_size=length))
    return np.array(drawn, dtype=object).reshape(-1, 1)


def no_less(bigger: Numbers, smaller: Numbers | int) -> bool:
    return bool((bigger >= smaller).all())


def left_by_label(family: PayerFamily, filled: Filled) -> dict[str, Fraction]:
    return {line.label: left for line, left in zip(family.lines, filled.left[:, 0], strict=True)}


def used_by_id(family: PayerFamily, filled: Filled) -> dict[str, Fraction]:
    held = [*family.reserved, *family.plans]
    return {each.id: used for each, used in zip(held, filled.used[:, 0], strict=True)}


@pytest.mark.req("COM-10", part="covered and left are the usage; never more than is held")
@given(hours())
def test_parts_are_the_whole_and_nothing_is_given_twice(
    hour: tuple[PayerFamily, Numbers, Numbers],
) -> None:
    family, usage, held = hour

    filled = order_of(family).apply(usage, held, shares=True)

    assert (sum(filled.covered) + filled.left == usage).all()
    assert no_less(filled.left, 0)
    assert all(no_less(part, 0) for part in filled.covered)
    assert no_less(filled.used, 0)
    assert no_less(held, filled.used)
    assert filled.shares is not None
    assert (filled.shares.sum(axis=0) == sum(filled.covered)).all()


@pytest.mark.req("COM-10", part="more commitment never costs more on demand")
@given(hours(), st.data())
def test_more_commitment_leaves_no_line_more_on_demand(
    hour: tuple[PayerFamily, Numbers, Numbers], data: st.DataObject
) -> None:
    family, usage, held = hour
    more = held + column(data.draw, len(held))

    less, filled = (order_of(family).apply(usage, each) for each in (held, more))

    assert no_less(less.left, filled.left)


@pytest.mark.req("COM-10", part="the order of lines does not matter")
@given(hours(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_commitments_does_not_matter(
    hour: tuple[PayerFamily, Numbers, Numbers], random: Random
) -> None:
    family, usage, held = hour
    by_line, by_reserved, by_plan = (
        random.sample(range(len(each)), len(each))
        for each in (family.lines, family.reserved, family.plans)
    )
    shuffled = replace(
        family,
        lines=[family.lines[at] for at in by_line],
        reserved=[family.reserved[at] for at in by_reserved],
        plans=[family.plans[at] for at in by_plan],
    )
    rows = [*by_reserved, *(len(by_reserved) + at for at in by_plan)]

    one = order_of(family).apply(usage, held)
    two = order_of(shuffled).apply(usage[by_line], held[rows])

    assert left_by_label(family, one) == left_by_label(shuffled, two)
    assert used_by_id(family, one) == used_by_id(shuffled, two)


@pytest.mark.req("COM-10", part="pure functions over arrays")
@given(hours())
def test_fast_arrays_come_to_the_exact_figures(hour: tuple[PayerFamily, Numbers, Numbers]) -> None:
    family, usage, held = hour

    exact = order_of(family).apply(usage, held)
    fast = order_of(family).apply(usage.astype(np.float64), held.astype(np.float64))

    for one, two in zip(
        (*exact.covered, exact.left, exact.used), (*fast.covered, fast.left, fast.used), strict=True
    ):
        assert np.allclose(one.astype(np.float64), two, atol=1e-9)


def test_every_hour_stands_for_itself_however_many_there_are() -> None:
    """More hours than one sweep takes, each with another usage and commitment."""
    line = UsageLine(label="m5", on_demand_rate=Decimal(1), rates={"compute": Decimal("0.5")})
    family = PayerFamily([line], plans=[SavingsPlan("p", "", PlanType.COMPUTE, "compute")])
    number = 2 * HOURS_AT_ONCE + 7
    usage = np.arange(number, dtype=np.float64).reshape(1, -1)
    held = np.full((1, number), 100.0)

    filled = order_of(family).apply(usage, held)

    assert (filled.left[0] == np.maximum(usage[0] - 200, 0)).all()
    assert (filled.used[0] == np.minimum(usage[0] / 2, 100)).all()


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.sampled_from(["", "1.5", "m5", "large", "ec2", "compute", "ec2_instance", "A", "NaN"]),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["A", "x"]), inner),
    max_leaves=3,
)
FIELDS = [
    *("label", "account", "service", "region", "zone", "family", "size", "platform", "tenancy"),
    *("quantity", "on_demand_rate", "rates", "id", "count", "hourly_rate", "type", "deployment"),
    *("hourly_commitment", "starts_at"),
]
ENTRIES = st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), max_size=2) | VALUES
SCENARIOS = st.fixed_dictionaries(
    {},
    optional={
        "usage": ENTRIES,
        "reserved_instances": ENTRIES,
        "savings_plans": ENTRIES,
        "sharing": st.dictionaries(st.sampled_from(["mode", "groups", "off"]), VALUES) | VALUES,
        "orders": VALUES,
    },
)


def answered(content: dict[str, object]) -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        try:
            return answer_text(simulated(read_scenario(file)))
        except ScenarioError as refused:
            return str(refused)


@given(SCENARIOS)
def test_any_json_is_answered_or_refused_by_field(content: dict[str, object]) -> None:
    assert answered(content)
