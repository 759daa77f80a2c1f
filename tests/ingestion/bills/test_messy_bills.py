"""What real exports and spreadsheets do to a bill: read right, or refused by row and line."""

import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.refusals import BillRefusedError
from finops_ingestion.bills.totals import by_currency

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
Line = Callable[..., dict[str, object]]
Write = Callable[..., Path]

pytestmark = pytest.mark.req("ING-10", part="messy text")


def refused(conversion: Conversion) -> dict[str, tuple[int, tuple[int, ...]]]:
    return {refusal.reason: (refusal.count, refusal.lines) for refusal in conversion.refusals}


def billed(conversion: Conversion) -> Decimal:
    found = by_currency(conversion.totals)["USD"].values()
    return sum((costs.billed_cost for costs in found), Decimal(0))


@pytest.mark.parametrize(
    "amount",
    ["NaN", "inf", "-Infinity", "1e309", "1e30", "12,5", "1_000", "abc", "0x10", "--1", "1.2.3"],
)
@pytest.mark.req("ING-14", part="impossible amounts")
def test_an_impossible_amount_refuses_its_row_only(
    amount: str, write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line(), focus_line(BilledCost=amount), focus_line(BilledCost="2")])

    conversion = convert(bill)

    assert refused(conversion) == {"BilledCost is not an amount": (1, (3,))}
    assert (conversion.rows_read, conversion.rows_accepted) == (3, 2)
    assert billed(conversion) == 3


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$10,000.00 ", "10000"),
        ("-$1,234.5", "-1234.5"),
        ("($5.00)", "-5"),
        ("€ 7", "7"),
        (" 12.50 ", "12.5"),
        ("4.4E-7", "0.00000044"),
        ("+3", "3"),
        ("123456789.1", "123456789.1"),
    ],
)
def test_numbers_as_text_are_read_as_people_wrote_them(
    text: str, amount: str, write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    conversion = convert(write_csv([focus_line(BilledCost=text)]))

    assert billed(conversion) == Decimal(amount)


@pytest.mark.parametrize(
    "moment",
    [
        "2026-02-30T00:00:00Z",
        "2026-10-01T30:00:00Z",
        "2026-13-01",
        "0001-01-01",
        "infinity",
        "soon",
    ],
)
@pytest.mark.req("ING-14", part="impossible dates")
def test_an_impossible_date_refuses_its_row_only(
    moment: str, write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line(ChargePeriodEnd=moment), focus_line()])

    conversion = convert(bill)

    assert refused(conversion) == {"ChargePeriodEnd is not a date and time": (1, (2,))}


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-10-05T03:20:00Z", "2026-10-05 03:00:00"),
        ("2026-10-05 03:00:00", "2026-10-05 03:00:00"),
        ("2026-10-05T03:00:00.000Z", "2026-10-05 03:00:00"),
        ("2026-10-05T03:00:00+09:00", "2026-10-04 18:00:00"),
        ("2026-10-05T24:00:00Z", "2026-10-06 00:00:00"),
        ("2026-10-05", "2026-10-05 00:00:00"),
        ("10/5/26", "2026-10-05 00:00:00"),
        ("2026/10/05", "2026-10-05 00:00:00"),
        ("10/05/2026 13:00", "2026-10-05 13:00:00"),
    ],
)
def test_instants_are_read_as_utc(
    text: str, hour: str, write_csv: Write, focus_line: Line, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv([focus_line(ChargePeriodStart=text, ChargePeriodEnd="")])

    (row,) = hourly(convert(bill))

    assert str(row["hour"]) == hour


def test_slash_dates_are_day_first_where_the_billing_periods_say_so(
    write_csv: Write, focus_line: Line, convert: Convert, hourly: Rows
) -> None:
    april = {
        "BillingPeriodStart": "1/4/25",
        "ChargePeriodStart": "5/4/25",
        "ChargePeriodEnd": "6/4/25",
    }
    bill = write_csv([focus_line(**april), focus_line(**april, BilledCost="2")])

    (row,) = hourly(convert(bill))

    assert str(row["hour"]) == "2025-04-05 00:00:00"
    assert str(row["billing_period"]) == "2025-04-01"


def test_null_as_text_is_no_value(
    write_csv: Write, focus_line: Line, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv([focus_line(RegionId="NULL", CommitmentDiscountId="null", SubAccountId="")])

    (row,) = hourly(convert(bill))

    assert (row["region"], row["commitment_id"], row["account_id"]) == (None, None, None)


def test_account_ids_keep_their_leading_zeros(
    write_csv: Write, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    (row,) = hourly(convert(write_csv([cur_line()])))

    assert (row["payer_account_id"], row["account_id"]) == ("011111111111", "022222222222")


def test_bom_blank_lines_and_ragged_rows_do_not_disturb_the_others(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    text = write_csv([focus_line(ServiceName="two\nlines"), focus_line()]).read_text()
    lines = text.splitlines()
    bill = write_csv([focus_line()])
    bill.write_bytes(
        b"\xef\xbb\xbf"
        + "\r\n".join([*lines, "", "1,short", lines[-1], lines[-1] + ",9", ""]).encode()
    )

    conversion = convert(bill)

    assert (conversion.rows_read, conversion.rows_accepted) == (5, 3)
    assert refused(conversion) == {
        "fewer cells than the header has": (1, (6,)),
        "more cells than the header has": (1, (8,)),
    }


@pytest.mark.parametrize("line_items", [True, False])
def test_bytes_that_are_no_utf8_refuse_their_row(
    line_items: bool, write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line(), focus_line(ServiceName="caf?"), focus_line()])
    bill.write_bytes(bill.read_bytes().replace(b"caf?", b"caf\xe9"))

    conversion = convert(bill, line_items=line_items)

    assert refused(conversion) == {"not UTF-8": (1, (3,))}
    assert conversion.rows_read == 3


def test_a_quote_that_is_never_closed_leaves_the_rows_before_it(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line(), focus_line()])
    bill.write_text(bill.read_text() + '"open,1,2\nand,so,on\n')

    conversion = convert(bill)

    assert conversion.rows_accepted == 2
    assert refused(conversion) == {"a quote is not closed": (1, (4,))}


def test_missing_obligatory_values_refuse_their_rows(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv(
        [focus_line(BillingCurrency=""), focus_line(ChargeCategory="Gift"), focus_line()]
    )

    conversion = convert(bill)

    assert refused(conversion) == {
        "BillingCurrency is missing": (1, (2,)),
        "ChargeCategory is none of FOCUS": (1, (3,)),
    }


def test_gzip_is_told_by_its_bytes_and_not_by_its_name(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line()])
    bill.write_bytes(gzip.compress(bill.read_bytes()))

    assert convert(bill).rows_accepted == 1


@pytest.mark.req("ING-17", part="truncated archives")
def test_a_cut_off_archive_is_refused_whole(
    write_csv: Write, focus_line: Line, convert: Convert, tmp_path: Path
) -> None:
    bill = write_csv([focus_line(BilledCost=str(n)) for n in range(20_000)])
    bill.write_bytes(gzip.compress(bill.read_bytes())[:-500])

    with pytest.raises(BillRefusedError) as refusal:
        convert(bill)

    assert refusal.value.code == "damaged-file"
    assert [p.name for p in (tmp_path / "out").glob("*")] == []


@pytest.mark.req("ING-17", part="damaged archives that still unpack")
def test_an_archive_whose_checksum_is_wrong_is_refused_whole(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line(BilledCost="1")])
    packed = bytearray(gzip.compress(bill.read_bytes()))
    packed[-8] ^= 1
    bill.write_bytes(packed)

    with pytest.raises(BillRefusedError) as refusal:
        convert(bill)

    assert refusal.value.code == "damaged-file"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"PK\x03\x04rest", "unreadable-file"),
        (b"PAR1rubbish", "damaged-file"),
        (b"\xff\xfea\x00", "unreadable-file"),
        (b"a,b\x00c\n", "unreadable-file"),
        (b"\x1f\x8bno gzip at all", "damaged-file"),
    ],
)
@pytest.mark.req("ING-17", part="damaged files")
def test_a_file_that_is_no_bill_is_refused(
    content: bytes, code: str, tmp_path: Path, convert: Convert
) -> None:
    file = tmp_path / "bill.csv"
    file.write_bytes(content)

    with pytest.raises(BillRefusedError) as refusal:
        convert(file)

    assert refusal.value.code == code


def test_columns_that_differ_only_in_case_and_other_delimiters_are_read(
    tmp_path: Path, write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    line = cur_line() | {"resourceTags/user:Name": "a", "resourceTags/user:name": "b"}
    bill = write_csv([line])
    bill.write_text(bill.read_text().replace(",", ";"))

    assert convert(bill).rows_accepted == 1


def test_a_bill_of_headers_only_is_an_empty_bill(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line()])
    bill.write_text(bill.read_text().splitlines()[0] + "\n")

    conversion = convert(bill)

    assert (conversion.rows_read, conversion.periods, conversion.totals) == (0, (), ())


def test_refusals_are_counted_by_file_and_only_the_first_places_are_given(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    good = write_csv([focus_line()], "a.csv")
    bad = write_csv([focus_line(BilledCost="x") for _ in range(9)], "b.csv")

    conversion = convert(good, bad)

    (refusal,) = conversion.refusals
    assert (refusal.file.name, refusal.count, refusal.lines) == ("b.csv", 9, (2, 3, 4, 5, 6))
