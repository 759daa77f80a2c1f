"""Reading and changing an organization's cost groups, and what falls into them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from finops_common.acting import Acts
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import CostGroupsChanged
from finops_common.db.transaction import Database
from finops_common.errors.problem import FieldError, InvalidInput, PreconditionFailed
from finops_common.pagination import Page, PageRequest
from finops_ingestion.costs.domain import (
    GROUPED,
    WIDE,
    Costs,
    Days,
    Dimension,
    Known,
    Metric,
    Question,
)
from finops_ingestion.costs.groups.checking import flaws
from finops_ingestion.costs.groups.domain import (
    CostGroups,
    CostGroupsVersion,
    Made,
    counts,
    differences,
)
from finops_ingestion.costs.groups.problems import SharedInCircle
from finops_ingestion.costs.groups.repository import CostGroupRepository
from finops_ingestion.costs.groups.sharing import Tree, tree_of
from finops_ingestion.costs.query import costs_of, costs_statement
from finops_ingestion.costs.reading import StandingBills, known
from finops_ingestion.costs.service import check_days

_FLAWS_TOLD = 50


@dataclass(frozen=True)
class Asked:
    """Costs of some days, sorted into groups."""

    days: Days
    metric: Metric = "amortised"


@dataclass(frozen=True)
class Sorted:
    """The trees by currency, and by rule what falls into it; a rule that nothing does has none."""

    trees: tuple[Tree, ...]
    rules: tuple[Mapping[str, Decimal], ...]
    known: Known


class CostGroupService:
    """Use cases of cost groups."""

    def __init__(self, database: Database, bills: StandingBills) -> None:
        self._database = database
        self._bills = bills

    async def get(self, acts: Acts, version: int | None = None) -> CostGroupsVersion:
        """The newest version, or the one named. Raises NotFound for one that never was."""
        async with self._database.transaction(acts) as tx:
            groups = CostGroupRepository(tx)
            return await (groups.current() if version is None else groups.get(version))

    async def versions(self, caller: Caller, request: PageRequest) -> Page[Made]:
        """All versions, the newest first. Raises InvalidInput as every list does."""
        async with self._database.transaction(caller) as tx:
            return await CostGroupRepository(tx).page(request)

    async def change(
        self, caller: Caller, document: CostGroups, if_version: int | None, reason: str | None
    ) -> CostGroupsVersion:
        """Make a new version; what stands already, asked for again, makes none.

        Raises:
            InvalidInput: a field of it is wrong. SharedInCircle: splits go in a circle.
            PreconditionFailed: another version was made since it was read.
        """
        check(document)
        async with self._database.transaction(caller) as tx:
            groups = CostGroupRepository(tx)
            await groups.lock()
            before = await groups.current()
            changed = differences(before.document, document)
            # First: who repeats a change whose answer was lost names the version before it.
            if not changed:
                return before
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            after = await groups.add(before.version + 1, document, caller.user_id)
            event = CostGroupsChanged(
                organization_id=tx.organization_id,
                cost_groups_version=after.version,
                changed=changed,
                before=counts(before.document),
                after=counts(document),
            )
            tx.publish(event, version=after.version, reason=reason)
            return after

    async def costs(
        self, caller: Caller, asked: Asked, version: int | None = None
    ) -> tuple[CostGroupsVersion, Sorted]:
        """What falls into the groups of the newest version, or of the one named.

        Raises:
            InvalidInput: no days in a range. NotFound: no such version.
            QuestionTooLarge: the lines do not fit into memory.
        """
        check_days(asked.days)
        found = await self.get(caller, version)
        return found, await self._sort(caller, asked, found.document)

    async def preview(self, caller: Caller, asked: Asked, document: CostGroups) -> Sorted:
        """What would fall into the groups of a document that is kept nowhere.

        Raises:
            InvalidInput, SharedInCircle: as `change`. QuestionTooLarge: as `costs`.
        """
        check_days(asked.days)
        check(document)
        return await self._sort(caller, asked, document)

    async def _sort(self, caller: Caller, asked: Asked, document: CostGroups) -> Sorted:
        question = by_rule(document, asked)
        pinned = await self._bills.pin(caller, asked.days)
        statement = await asyncio.to_thread(costs_statement, question)
        rows = await self._bills.rows(pinned, statement)
        trees, rules = sorted_into(document, costs_of(question, rows))
        return Sorted(trees, rules, known(pinned, asked.days))


def check(document: CostGroups) -> None:
    """Raises InvalidInput for fields that are wrong, SharedInCircle for splits in a circle."""
    found = flaws(document)[:_FLAWS_TOLD]
    if found:
        raise InvalidInput(
            errors=tuple(FieldError(f"body.{path}", "value_error", told) for path, told in found)
        )
    circle = document.circle()
    if circle:
        names = [document.by_id[each].name for each in circle]
        raise SharedInCircle(circle=" → ".join(names), group_ids=list(circle))


def by_rule(document: CostGroups, asked: Asked) -> Question:
    """The question what falls into each rule, told by its place in the document."""
    numbered = tuple(
        replace(rule, group_id=str(place)) for place, rule in enumerate(document.rules)
    )
    return Question(
        asked.days,
        metric=asked.metric,
        granularity="total",
        by=(Dimension(GROUPED, rules=numbered),),
        top=len(numbered) + 1,
    )


def sorted_into(
    document: CostGroups, found: Costs
) -> tuple[tuple[Tree, ...], tuple[Mapping[str, Decimal], ...]]:
    """A tree a currency, and what falls into each rule, from the answer to `by_rule`."""
    rules: list[dict[str, Decimal]] = [{} for _ in document.rules]
    unassigned: dict[str, Decimal] = {}
    for group in found.groups:
        (place,) = group.values
        falls_into = unassigned if place is None else rules[int(place)]
        falls_into[group.currency] = group.cost
    trees = (
        tree_of(
            document,
            currency,
            _direct(document, rules, currency),
            unassigned.get(currency, Decimal(0)),
        )
        for currency in sorted(found.totals)
    )
    return tuple(trees), tuple(rules)


def _direct(
    document: CostGroups, rules: Sequence[Mapping[str, Decimal]], currency: str
) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for rule, costs in zip(document.rules, rules, strict=True):
        found[rule.group_id] = WIDE.add(found[rule.group_id], costs.get(currency, Decimal(0)))
    return dict(found)
