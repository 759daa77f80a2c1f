"""HTTP of backtests."""

from typing import Annotated

from anyio import to_thread
from fastapi import Query, Response

from finops_commitments.access import MayRead
from finops_commitments.backtest import schemas
from finops_commitments.backtest.own import NEEDED_HOURS
from finops_commitments.dependencies import BacktestAnswers
from finops_commitments.offers.domain import PaymentOption, Terms
from finops_commitments.problems import HistoryTooShort
from finops_commitments.recommendations.schemas import TermYears
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.pictures.domain import Format
from finops_common.pictures.http import ANSWER, picture_response

router = organization_router("/recommendations/backtest", "recommendations")

Years = Annotated[TermYears, Query()]
Payment = Annotated[PaymentOption, Query()]


@router.get("", summary="What each buying policy would have saved")
async def backtest_recommendations(
    caller: MayRead,
    answers: BacktestAnswers,
    term_years: Years = TermYears.ONE,
    payment_option: Payment = PaymentOption.NO_UPFRONT,
) -> schemas.BacktestsView:
    """Ours, provider style and the plain rule, replayed on each payer's own uncovered usage."""
    found = await answers.backtest(caller, Terms(term_years, payment_option))
    return schemas.backtests_view(found, term_years, payment_option)


@router.get(
    "/picture",
    summary="The same as a picture",
    response_class=Response,
    responses={**ANSWER, **problems(HistoryTooShort)},
)
async def picture_backtest(
    caller: MayRead,
    answers: BacktestAnswers,
    payer: Annotated[str, Query(max_length=300)],
    form: Annotated[Format, Query(alias="format")] = "svg",
    term_years: Years = TermYears.ONE,
    payment_option: Payment = PaymentOption.NO_UPFRONT,
) -> Response:
    """One payer's replays: a row a policy, a dot a start."""
    found = await answers.backtest(caller, Terms(term_years, payment_option))
    shares = {
        name: shares
        for own in found.tested
        if own.family.payer_account_id == payer
        for name, shares in own.shares_by_policy.items()
    }
    if not shares:
        raise HistoryTooShort(days=NEEDED_HOURS // 24)

    def drawn() -> bytes:
        # What draws is large: a process that is never asked for a picture does without.
        from finops_commitments.backtest.picture import draw_shares  # noqa: PLC0415

        return draw_shares(f"What buying policies would have saved: {payer}", shares, form)

    return picture_response(await to_thread.run_sync(drawn), form, "en")
