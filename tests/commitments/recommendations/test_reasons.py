"""Recommendations in words: the same numbers in every language, and none but the figures."""

import re
from decimal import Decimal
from typing import Any

import pytest

from finops_commitments.recommendations.reasons import Reasons, reasons
from finops_common.i18n import LANGUAGES

_NUMBER = re.compile(r"-?[0-9]+(?:[.,-][0-9]+)*")

PART = {
    "commitment_type": "compute_savings_plan",
    "term_years": 1,
    "payment_option": "Partial Upfront",
    **dict.fromkeys(("region", "family", "instance_type", "platform", "service", "deployment")),
    "hourly_commitment": "0.61",
    "total_commitment": "5343.6",
    "upfront": "2671.8",
}
FIGURES: dict[str, Any] = {
    "currency": "USD",
    "monthly_savings": "292.5",
    "monthly_on_demand_before": "730.25",
    "coverage_before_percent": "12.5",
    "coverage_after_percent": "97.125",
    "monthly_savings_if_usage_falls": {"20": "146.75", "40": "-58.875"},
    "stale_offers": True,
    "offers_dated": "2026-11-09",
    "hours": 2160,
    "guards": [
        {"guard": "baseline", "percent": "88"},
        {
            "guard": "spike",
            "percent": "20",
            "recent_hourly_usage": "3.75",
            "usual_hourly_usage": "2.625",
        },
    ],
    "planned_changes": [
        {
            "name": "move 17",
            "starts_on": "2027-01-31",
            "confidence_percent": "80",
            "monthly_usage_added": "-41.5",
        }
    ],
}


def numbers(words: Reasons) -> list[str]:
    said = [sentence for part in words.model_dump().values() for sentence in part]
    return sorted(number for sentence in said for number in _NUMBER.findall(sentence))


def every_number(figures: object) -> set[str]:
    """The figures' own, as they are, to the cent and to tenths."""
    exact = set(_NUMBER.findall(str(figures)))
    amounts = {Decimal(each) for each in exact if each.count("-", 1) == 0}
    return exact | {f"{each:,.2f}" for each in amounts} | {f"{each:.1f}" for each in amounts}


@pytest.mark.req(
    "COM-44", part="each language holds the same numbers, and no others than the figures"
)
@pytest.mark.parametrize("bought", [[PART], [PART, PART | {"hourly_commitment": "3.5"}], []])
def test_every_language_says_the_same_numbers_and_only_figures(bought: list[Any]) -> None:
    said = [numbers(reasons(FIGURES, bought, language)) for language in LANGUAGES]

    assert said[0] == said[1] == said[2]
    assert set(said[0]) <= every_number((FIGURES, bought))
    expected = {"730.25", "12.5", "2160", "2026-11-09", "88", "3.75", "2.62", "80", "-41.50"}
    if bought:
        expected |= {
            "0.61",
            "5,343.60",
            "2,671.80",
            "292.50",
            "97.1",
            "20",
            "146.75",
            "40",
            "-58.88",
        }
    assert expected <= set(said[0])


@pytest.mark.req("COM-44", part="what to buy is called what people call it")
@pytest.mark.parametrize(
    ("language", "called"),
    [
        ("en", "EC2 Instance Savings Plan m5 us-east-1 (3 years, partial upfront): commit 0.61"),
        ("ko", "EC2 Instance Savings Plan m5 us-east-1 (3년, 부분 선결제): 시간당 0.61 USD 약정."),
        ("ja", "EC2 Instance Savings Plan m5 us-east-1 (3 年, 一部前払い): 毎時 0.61 USD を"),
    ],
)
def test_what_to_buy_is_called_by_its_name(language: Any, called: str) -> None:  # noqa: ANN401 - one of the literals
    known = {"commitment_type": "ec2_instance_savings_plan", "region": "us-east-1", "family": "m5"}

    words = reasons(FIGURES, [PART | known | {"term_years": 3}], language)

    assert words.what[0].startswith(called)


@pytest.mark.req("COM-44", part="what, why now, what could go wrong, what was assumed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_four_questions_are_answered(language: Any) -> None:  # noqa: ANN401 - one of the literals
    words = reasons(FIGURES, [PART], language)

    assert all(words.model_dump().values())
    assert not re.search(r"[{}]", str(list(words.model_dump().values())).replace("[", ""))


def test_what_is_not_known_is_not_said_and_fresh_prices_are_no_risk() -> None:
    words = reasons(FIGURES | {"coverage_before_percent": None, "stale_offers": False}, [], "en")

    assert len(words.why_now) == 1
    assert words.what_could_go_wrong == []
    assert words.what == [
        "Buy nothing now.",
        "No offer saves beside what is owned, within the limits asked for.",
    ]


@pytest.mark.req("COM-44", part="why nothing is bought")
@pytest.mark.parametrize(
    ("guard", "said"),
    [
        (
            {
                "guard": "fall",
                "percent": "10",
                "recent_hourly_usage": "4.5",
                "usual_hourly_usage": "6.25",
            },
            "Recent usage, 4.50 USD an hour, is over 10 % below the 6.25 before: wait until it is clear where it ends.",
        ),
        (
            {"guard": "minimum_saving", "percent": "0.2"},
            "What could be bought saves less than 0.2 % of what is paid on demand.",
        ),
    ],
)
def test_what_held_everything_back_is_said(guard: dict[str, str], said: str) -> None:
    assert reasons(FIGURES | {"guards": [guard]}, [], "en").what == ["Buy nothing now.", said]
