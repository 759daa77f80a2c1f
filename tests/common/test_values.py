"""Money, ids, languages, settings and field types keep their laws."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from finops_common.i18n import preferred_language
from finops_common.ids import new_id
from finops_common.money import CurrencyMismatchError, Money, plain
from finops_common.schemas import (
    Command,
    Day,
    DecimalText,
    Email,
    Instant,
    Line,
    Phone,
    email_key,
)
from finops_common.settings import ServiceSettings, SettingsError

AMOUNTS = st.decimals(
    allow_nan=False,
    allow_infinity=False,
    places=12,
    min_value=Decimal(-(10**25)),
    max_value=Decimal(10**25),
)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_money_is_exact_over_the_whole_range_that_is_stored(
    a: Decimal, b: Decimal, c: Decimal
) -> None:
    x, y, z = (Money(amount, "USD") for amount in (a, b, c))

    assert (x + y) - y == x
    assert (x + y) + z == x + (y + z)
    assert x * 3 == x + x + x
    assert x + (-x) == Money(Decimal(0), "USD")
    assert abs((x.rounded() - x).amount) <= Decimal("0.005")


@given(AMOUNTS)
def test_plain_text_of_an_amount_is_the_amount(amount: Decimal) -> None:
    text = plain(amount)

    assert Decimal(text) == amount
    assert "E" not in text
    assert text != "-0"


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("0.125", "USD", "0.12"), ("0.135", "USD", "0.14"), ("1.5", "KRW", "2"), ("2.5", "JPY", "2")],
)
def test_rounding_is_half_even_to_the_minor_unit(amount: str, currency: str, rounded: str) -> None:
    assert Money(Decimal(amount), currency).rounded().amount == Decimal(rounded)


def test_currencies_never_meet() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money(Decimal(1), "USD") + Money(Decimal(1), "KRW")


@pytest.mark.req("PLAT-3", part="ids are UUIDv7")
def test_ids_are_uuid_7_and_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(1000)]

    assert {each.version for each in made} == {7}
    assert made == sorted(made)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ko", "ko"),
        ("KO-kr", "ko"),
        ("fr;q=1, ja ; q=0.5", "ja"),
        ("en;q=0.1,ko;q=0.9", "ko"),
        ("ko;q=0", "en"),
        ("ko;q=0, ja;q=0.1", "ja"),
        ("*", "en"),
        ("ko;q=many", "en"),
        (",,;;=,", "en"),
    ],
)
def test_the_language_is_the_best_one_the_reader_takes(header: str | None, language: str) -> None:
    assert preferred_language(header) == language


@given(st.text())
def test_no_accept_language_breaks_an_answer(header: str) -> None:
    assert preferred_language(header) in {"en", "ko", "ja"}


@pytest.mark.req("PRIV-7", part="settings errors")
def test_a_settings_error_names_every_variable_and_no_value() -> None:
    environ = {"X_DATABASE_POOL_SIZE": "hunter2", "X_LOG_LEVEL": "hunter2"}

    with pytest.raises(SettingsError) as refused:
        ServiceSettings.from_environment("X_", environ)

    for name in ("X_DATABASE_URL", "X_DATABASE_POOL_SIZE", "X_LOG_LEVEL", "X_SERVICE_KEY"):
        assert name in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_services_own_variable_wins_over_the_shared_one_and_secrets_do_not_show() -> None:
    needed = {
        f"FINOPS_{name.upper()}": "shared"
        for name, field in ServiceSettings.model_fields.items()
        if field.is_required()
    }

    settings = ServiceSettings.from_environment("X_", needed | {"X_DATABASE_URL": "hunter2"})

    assert settings.database_url.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)


class Form(Command):
    line: Line = "x"
    email: Email = "ada@example.com"
    phone: Phone = "+82 10 1234 5678"


@pytest.mark.parametrize("line", ["", "  ", "a\x00b", "a\nb", "a\x7f", "a\u202eb", "x" * 201])
def test_a_line_holds_no_control_characters(line: str) -> None:
    with pytest.raises(ValidationError):
        Form(line=line)


def test_a_line_is_trimmed_and_composed() -> None:
    assert Form(line="  e\u0301 ").line == "\u00e9"


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "@example.com",
        "ada@",
        "ada@example",
        "ada@@example.com",
        "a b@example.com",
        "ada@example.com\r\nBcc: x@y.zz",
        "ada@-example.com",
        "Ada <ada@example.com>",
        "a@b.c,d@e.ff",
        "x" * 65 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        Form(email=email)


@pytest.mark.parametrize("email", ["ada@example.com", "a.b+c@ex-ample.co.kr", "한글@도메인.한국"])
def test_addresses_in_use_are_taken(email: str) -> None:
    assert Form(email=email).email == email


@given(st.text(min_size=1))
def test_the_key_of_an_address_is_its_own_key(text: str) -> None:
    assert email_key(email_key(text)) == email_key(text)


@pytest.mark.parametrize("phone", ["12", "call me", "+82-10-1234-5678;ext", "0" * 31])
def test_what_is_no_phone_number_is_refused(phone: str) -> None:
    with pytest.raises(ValidationError):
        Form(phone=phone)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Form.model_validate({"admin": True})


class Sum(BaseModel):
    amount: DecimalText


@pytest.mark.req("PLAT-3", part="decimal strings")
@pytest.mark.parametrize(("given_amount", "text"), [("1E+3", "1000"), ("0.50", "0.5"), ("-0", "0")])
def test_amounts_are_plain_decimal_strings_on_the_wire(given_amount: str, text: str) -> None:
    assert Sum(amount=Decimal(given_amount)).model_dump(mode="json") == {"amount": text}


@pytest.mark.parametrize("wrong", [0.5, 0, "0.5", "1700000000", "12", "٢٠٢٦-01-01T00:00:00Z"])
def test_times_are_written_out_and_never_numbers(wrong: object) -> None:
    for kind in (Instant, Day):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(wrong)


def test_an_instant_needs_its_zone() -> None:
    given = TypeAdapter(Instant).validate_python

    assert given("2026-10-01T09:00:00+09:00") == given("2026-10-01T00:00:00Z")
    with pytest.raises(ValidationError):
        given("2026-10-01T09:00:00")


@pytest.mark.parametrize("wrong", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00"])
def test_an_instant_has_days_around_it(wrong: str) -> None:
    with pytest.raises(ValidationError, match="of the years 1900 to 2999"):
        TypeAdapter(Instant).validate_python(wrong)
