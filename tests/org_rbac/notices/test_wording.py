"""The catalogue of texts, and what facts become in them."""

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from finops_common.contracts.notices import Category
from finops_common.i18n import LANGUAGES
from finops_org_rbac.notices.wording import catalogue, words


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.req("ORG-40", part="in their language")
@pytest.mark.parametrize("kind", catalogue()["kinds"])
def test_a_kind_says_the_same_facts_in_every_language(kind: str) -> None:
    texts = catalogue()["kinds"][kind]

    for part in ("title", "body"):
        assert len({frozenset(_names(texts[each][part])) for each in LANGUAGES}) == 1
        assert len({texts[each][part] for each in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.req("ORG-40", part="in their language")
def test_every_category_has_a_name_in_every_language() -> None:
    assert set(catalogue()["categories"]) == set(get_args(Category))


@pytest.mark.req("ORG-40", part="in their language")
@pytest.mark.parametrize("value", catalogue()["values"])
def test_the_value_of_a_fact_says_the_same_facts_in_every_language(value: str) -> None:
    texts = [str(catalogue()["values"][value][each]) for each in LANGUAGES]

    assert len({frozenset(_names(text)) for text in texts}) == 1
    assert len(set(texts)) == len(LANGUAGES)


@pytest.mark.req("ORG-40", part="ingestion: a bill that was given up, with its cause")
def test_every_cause_for_which_a_bill_is_refused_has_words() -> None:
    sources = (Path(__file__).parents[3] / "services" / "ingestion" / "src").rglob("*.py")
    refused = re.compile(
        r'(?:BillRefusedError|ImportRefusedError|Refused)\(\s*(?:code=)?"([a-z-]+)"'
    )
    codes = {code for each in sources for code in refused.findall(each.read_text())}
    at_the_command_line = {"not-found", "target-occupied"}

    told = {name.removeprefix("cause.") for name in catalogue()["values"]}
    assert len(codes) > 10
    assert codes - at_the_command_line - told == set()


@pytest.mark.req("COM-31", part="coverage drop: with its cause in their language")
def test_a_fact_that_is_a_word_is_told_in_words_filled_with_the_others() -> None:
    facts = {"cause": "usage_grew", "grown_a_day": "60", "currency": "USD", "where": "1 USD"}

    said = words("commitments", "commitment.coverage_dropped", facts, "ko")

    assert " 사용량이 하루 60 USD 증가했습니다. " in said.body


@pytest.mark.req("ORG-40", part="in their language: a publisher's own sentences")
def test_a_fact_told_in_several_languages_is_told_in_the_readers() -> None:
    facts = {"account_id": "1.2", "advice.en": "Run it.", "advice.ko": "실행하세요."}

    said = words("ingestion", "cloud_account.broken", facts, "ko")

    assert said.body == "계정 1.2: 실행하세요."
    assert words("ingestion", "newer.kind", facts, "en").body == "account_id: 1.2\nadvice: Run it."


def test_a_kind_nobody_knows_is_shown_by_its_facts() -> None:
    said = words("money", "newer.kind", {"b": "2", "a": "1"}, "ko")

    assert (said.title, said.body) == ("비용: newer.kind", "a: 1\nb: 2")


def test_a_fact_breaks_no_line_and_fills_no_other_place() -> None:
    facts = {"days": "7\r\nBcc: eve@example.com", "commitment_id": "{currency}", "currency": "USD"}

    said = words("commitments", "commitment.expiring", facts, "en")

    assert said.title == "A commitment ends in 7 Bcc: eve@example.com days"
    assert said.body.startswith("{currency} ends at ?.")
