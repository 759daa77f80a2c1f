"""Asks what pictures of costs show, and has them drawn."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.i18n import Language
from finops_common.pictures.domain import DaysPicture, Format, Picture, RowsPicture
from finops_common.pictures.http import Drawers
from finops_ingestion.costs.bridge.service import BridgeService
from finops_ingestion.costs.domain import GROUPED, Days, Question
from finops_ingestion.costs.groups.service import CostGroupService
from finops_ingestion.costs.pictures.domain import MOST_DAYS
from finops_ingestion.costs.pictures.wording import Wording
from finops_ingestion.costs.service import CostService, check_days, wrong


class PictureService:
    """The use cases of pictures."""

    def __init__(
        self, costs: CostService, bridges: BridgeService, groups: CostGroupService
    ) -> None:
        self._costs = costs
        self._bridges = bridges
        self._groups = groups
        self._drawers = Drawers()

    async def days(
        self,
        caller: Caller,
        question: Question,
        sources: Sequence[UUID],
        into: str | None,
        language: Language,
    ) -> DaysPicture:
        """Cost by day; `sources` and `into` as cost queries have them.

        Raises:
            InvalidInput: as cost queries, for too many days, and where several currencies are left.
            QuestionTooLarge: the lines do not fit into memory.
        """
        check_days(question.days)
        if question.days.count > MOST_DAYS:
            raise wrong("end", f"a picture shows at most {MOST_DAYS} days")
        question, found, known = await self._costs.ask(caller, question, sources, into)
        wording = await self._wording(caller, question, language)
        return wording.days(question, found, known, _only(found.totals))

    async def groups(
        self,
        caller: Caller,
        question: Question,
        sources: Sequence[UUID],
        into: str | None,
        language: Language,
    ) -> RowsPicture:
        """Cost by group; parameters and `Raises` as of `days`, for any number of days."""
        question, found, known = await self._costs.ask(caller, question, sources, into)
        wording = await self._wording(caller, question, language)
        return wording.groups(question, found, known, _only(found.totals))

    async def bridge(
        self,
        caller: Caller,
        question: Question,
        against: Days | None,
        sources: Sequence[UUID],
        language: Language,
    ) -> RowsPicture:
        """The bill bridge, from the days compared with: if None, those before.

        Raises:
            InvalidInput: as bridges, and where there are several currencies.
            QuestionTooLarge: there are too many items.
        """
        check_days(question.days)
        against = against or question.days.before()
        bridges, known = await self._bridges.ask(caller, question, against, sources)
        found = {each.currency: each for each in bridges}
        wording = await self._wording(caller, question, language)
        return wording.bridge(question, against, found.get(_only(found)), known)

    async def draw(self, picture: Picture, form: Format) -> bytes:
        """The picture as a file."""
        return await self._drawers.draw(picture, form)

    async def _wording(self, caller: Caller, question: Question, language: Language) -> Wording:
        names: Mapping[str, str] = {}
        if any(each.kind == GROUPED for each in question.by):
            document = (await self._groups.get(caller)).document
            names = {each.id: each.name for each in document.groups}
        return Wording(language, names)


def _only(currencies: Collection[str]) -> str:
    """The one currency; empty where there is none. Raises InvalidInput where there are several."""
    if len(currencies) > 1:
        named = ", ".join(sorted(currencies))
        raise wrong("currency", f"one picture is of one currency: name one of {named}")
    return next(iter(currencies), "")
