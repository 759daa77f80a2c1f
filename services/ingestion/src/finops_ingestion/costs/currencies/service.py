"""Stating exchange rates, and converting what is asked about costs by them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import ExchangeRatesChanged
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import FieldError, InvalidInput, NotFound
from finops_common.money import plain
from finops_common.pagination import Page, PageRequest
from finops_ingestion.costs.currencies.domain import Conversion, Pair, Rate, held_in
from finops_ingestion.costs.currencies.repository import RateRepository
from finops_ingestion.costs.domain import Question

_TOLD_AT_ONCE = 200
"""Rates of one event: with their sources in any script they fit into a record."""
MOST_HELD = 1000
"""Rates that one question may be answered by: beyond, its statement takes seconds to write."""


class RateService:
    """Use cases of exchange rates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, caller: Caller, request: PageRequest) -> Page[Rate]:
        """What is stated, the newest first. Raises InvalidInput as every list does."""
        async with self._database.transaction(caller) as tx:
            return await RateRepository(tx).page(request)

    async def state(self, caller: Caller, rates: Sequence[Rate], reason: str | None) -> None:
        """Let these hold; what is stated already, said again, changes nothing.

        Raises:
            InvalidInput: one is of one currency, or is there twice.
        """
        _check(rates)
        async with self._database.transaction(caller) as tx:
            stated = RateRepository(tx)
            await stated.lock()
            known = await stated.find([each.of for each in rates])
            new = [each for each in rates if known.get(each.of) != each]
            if new:
                await stated.state(new)
            for first in range(0, len(new), _TOLD_AT_ONCE):
                some = new[first : first + _TOLD_AT_ONCE]
                _announce(tx, [known[each.of] for each in some if each.of in known], some, reason)

    async def withdraw(self, caller: Caller, pair: Pair) -> None:
        """Let the rate before it hold again. Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            stated = RateRepository(tx)
            await stated.lock()
            known = await stated.find([pair])
            if not known:
                raise NotFound
            await stated.withdraw(pair)
            _announce(tx, known.values(), (), None)

    async def convert(self, caller: Caller, question: Question, currency: str | None) -> Question:
        """The question, to be answered in a currency as far as rates into it are stated.

        Raises:
            InvalidInput: too many rates hold on its days.
        """
        if currency is None:
            return question
        days = question.span
        async with self._database.transaction(caller) as tx:
            rates = await RateRepository(tx).into(currency, days.end)
        held = held_in(rates, days.start, days.end)
        if len(held) > MOST_HELD:
            told = f"more than {MOST_HELD} rates hold on these days: ask for fewer"
            raise InvalidInput(errors=(FieldError("query.convert_to", "value_error", told),))
        return replace(question, conversion=Conversion(currency, held))


def _check(rates: Sequence[Rate]) -> None:
    seen: set[Pair] = set()
    for place, rate in enumerate(rates):
        if rate.of.from_currency == rate.of.to_currency:
            raise _wrong(place, "to_currency", "must be another currency")
        if rate.of in seen:
            raise _wrong(place, "since", "is there twice")
        seen.add(rate.of)


def _wrong(place: int, name: str, message: str) -> InvalidInput:
    return InvalidInput(errors=(FieldError(f"body.rates.{place}.{name}", "value_error", message),))


def _announce(
    tx: Transaction, before: Iterable[Rate], after: Iterable[Rate], reason: str | None
) -> None:
    event = ExchangeRatesChanged(
        organization_id=tx.organization_id, before=_told(before), after=_told(after)
    )
    tx.publish(event, reason=reason)


def _told(rates: Iterable[Rate]) -> dict[str, dict[str, str]]:
    return {str(each.of): {"rate": plain(each.rate), "source": each.source} for each in rates}
