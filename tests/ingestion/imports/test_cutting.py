"""A converted bill cut by organization: what is written anew and what is handed on as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from finops_common.ids import new_id
from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.convert import convert_bill
from finops_ingestion.bills.engine import Limits
from finops_ingestion.imports.cutting import cut_periods
from finops_ingestion.imports.orders import CutShare, Order

HEADER = "BilledCost,EffectiveCost,ListCost,BillingAccountId,SubAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,Tags"
LINE = '{cost},{cost},{cost},0001,{account},USD,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,2026-10-02T00:00:00Z,2026-10-02T01:00:00Z,Usage,AWS,AmazonEC2,"{{""of"": ""{account}""}}"'


@dataclass(frozen=True)
class Products:
    """A period's files as `cutting` takes them."""

    name: str
    hourly_files: tuple[Path, ...]
    line_item_files: tuple[Path, ...]


@dataclass(frozen=True)
class Converted:
    """A bill of such periods."""

    periods: tuple[Products, ...]


def a_bill(folder: Path, accounts: Sequence[str]) -> Conversion:
    """Converted into the folder, two lines an account."""
    bill = folder / "bill.csv"
    lines = [LINE.format(cost=cost, account=account) for account in accounts for cost in (1, 2)]
    bill.write_text("\n".join([HEADER, *lines]) + "\n")
    return convert_bill([bill], folder / "out")


def cut(conversion: Conversion | Converted, folder: Path, **owners: UUID) -> dict[UUID, CutShare]:
    """The shares of the only period; accounts that nobody owns are the first organization's."""
    order = Order(
        sources=(),
        to=folder / "out",
        organizations={account.removeprefix("of_"): owner for account, owner in owners.items()},
        otherwise=next(iter(owners.values())),
        memory_mb=512,
        threads=1,
    )
    (period,) = cut_periods(order, conversion, Limits(threads=1))
    return {share.organization_id: share for share in period.shares}


def accounts_in(path: Path) -> list[tuple[str, int]]:
    query = "SELECT account_id, count(*) FROM read_parquet($1) GROUP BY ALL ORDER BY ALL"
    return duckdb.execute(query, [str(path)]).fetchall()


def tags_in(path: Path) -> list[tuple[str]]:
    return duckdb.execute("SELECT value FROM read_parquet($1) ORDER BY 1", [str(path)]).fetchall()


def test_lines_that_are_all_of_one_organization_are_not_written_a_second_time(
    tmp_path: Path,
) -> None:
    conversion = a_bill(tmp_path, ["a", "b"])
    one = new_id()

    share = cut(conversion, tmp_path, of_a=one, of_b=one)[one]

    assert conversion.periods[0].line_item_files == (share.files["items"],)
    assert accounts_in(share.files["items"]) == [("a", 2), ("b", 2)]
    assert tags_in(share.files["tags"]) == [("a",), ("b",)]


@pytest.mark.req("ORG-5", part="lines and tags of a bill's organizations")
def test_each_organization_gets_its_own_lines_and_tags_only(tmp_path: Path) -> None:
    conversion = a_bill(tmp_path, ["a", "b"])
    one, other = new_id(), new_id()

    shares = cut(conversion, tmp_path, of_a=one, of_b=other)

    assert accounts_in(shares[one].files["items"]) == [("a", 2)]
    assert accounts_in(shares[other].files["items"]) == [("b", 2)]
    assert tags_in(shares[one].files["tags"]) == [("a",)]
    assert tags_in(shares[other].files["tags"]) == [("b",)]


@pytest.mark.req("ORG-5", part="lines of an organization that has no hourly record")
def test_lines_without_records_do_not_fall_to_the_only_organization_with_records(
    tmp_path: Path,
) -> None:
    (period,) = a_bill(tmp_path, ["a", "b"]).periods
    (hourly,) = period.hourly_files
    records = tmp_path / "records.parquet"
    query = f"SELECT * FROM read_parquet('{hourly}') WHERE account_id = 'a'"  # noqa: S608 - our own path
    duckdb.execute(f"COPY ({query}) TO '{records}' (FORMAT parquet)")
    one, other = new_id(), new_id()
    found = Converted((Products(period.name, (records,), period.line_item_files),))

    shares = cut(found, tmp_path, of_a=one, of_b=other)

    assert list(shares) == [one]
    assert accounts_in(shares[one].files["items"]) == [("a", 2)]
    assert tags_in(shares[one].files["tags"]) == [("a",)]
