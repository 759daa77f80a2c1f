"""Bills that people upload: read, refused by name, once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.ingestion.conftest import Customer

pytestmark = pytest.mark.timeout(180)
DATA = Path(__file__).parents[2] / "data"
GOLDEN = DATA / "aws-cur" / "golden"
CONTRACTS = DATA / "bills/focus/generated/focus_1_3_contract_commitment_azure.csv"
ENDED = {"done", "partial", "failed", "cancelled"}
Upload = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def root(customer: Customer) -> str:
    return f"/ingestion/v1/organizations/{customer.organization}"


@pytest.fixture
def send(customer: Customer, root: str) -> Callable[..., Awaitable[httpx.Response]]:
    """PUT bytes as a file's."""

    async def put(name: str, body: bytes, query: str = "") -> httpx.Response:
        owner = customer.owner
        headers = owner.headers | {"Authorization": f"Bearer {owner.token}"}
        url = f"{owner.base('ingestion')}{root}/uploads/{name}{query}"
        return await owner.http.put(url, content=body, headers=headers)

    return put


@pytest.fixture
def upload(customer: Customer, root: str, send: Callable[..., Awaitable[httpx.Response]]) -> Upload:
    """Upload and wait for the end of the import."""

    async def run(path: Path, query: str = "") -> dict[str, Any]:
        answer = await send(path.name, await asyncio.to_thread(path.read_bytes), query)
        assert answer.status_code == 202, answer.text
        for _ in range(400):
            found: dict[str, Any] = await customer.owner.get(
                f"{root}/imports/{answer.json()['id']}"
            )
            if found["state"] in ENDED:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"the import did not end: {found}")

    return run


@pytest.mark.req("ING-10", part="uploads of CUR as CSV and Parquet")
@pytest.mark.req("ING-30", part="by account with totals, after an upload")
@pytest.mark.parametrize("file", ["golden-1-legacy-cur.csv", "golden-1-cur2-names.parquet"])
async def test_an_uploaded_bill_is_counted(
    file: str, upload: Upload, customer: Customer, root: str
) -> None:
    done = await upload(GOLDEN / file)

    assert (done["state"], done["rows_read"], done["rows_accepted"]) == ("done", 48, 48)
    query = "start=2026-10-01&end=2026-11-01&metric=billed&by=account&granularity=total"
    costs = await customer.owner.get(f"{root}/costs?{query}")
    assert [total["amount"] for total in costs["totals"]] == ["394413.1028571429"]
    assert len(costs["groups"]) == 4


@pytest.mark.req("ING-14", part="unknown provider: refused, named")
async def test_a_format_that_is_not_read_is_refused_by_its_name(upload: Upload) -> None:
    refused = await upload(CONTRACTS)

    assert (refused["state"], refused["code"]) == ("failed", "schema-not-supported")
    assert "FOCUS contract commitment dataset" in refused["reason"]


@pytest.mark.req("ING-14", part="row numbers and reasons, the rest goes on, partial")
async def test_rows_that_cannot_be_read_are_quarantined_with_their_numbers(
    upload: Upload, tmp_path: Path
) -> None:
    text = (GOLDEN / "golden-1-legacy-cur.csv").read_text().splitlines()
    broken = text[1].replace("USD", "", 1)
    bill = tmp_path / "bill.csv"
    bill.write_text("\n".join([text[0], broken, *text[2:]]) + "\n")

    partial = await upload(bill)

    assert (partial["state"], partial["rows_refused"]) == ("partial", 1)
    (refusal,) = partial["refusals"]
    assert (refusal["count"], refusal["lines"]) == (1, [2])
    assert "CurrencyCode" in refusal["reason"]


@pytest.mark.req("ING-12", part="the same upload twice is one import")
async def test_the_same_bytes_again_are_the_import_they_were(upload: Upload) -> None:
    first = await upload(GOLDEN / "golden-1-legacy-cur.csv")
    second = await upload(GOLDEN / "golden-1-legacy-cur.csv")

    assert first["id"] == second["id"]


async def test_a_former_upload_can_take_its_month_back(upload: Upload, tmp_path: Path) -> None:
    text = (GOLDEN / "golden-1-legacy-cur.csv").read_text().splitlines()
    other = tmp_path / "other.csv"
    other.write_text("\n".join(text[:-1]) + "\n")

    first = await upload(GOLDEN / "golden-1-legacy-cur.csv")
    await upload(other)
    again = await upload(GOLDEN / "golden-1-legacy-cur.csv")

    assert again["id"] != first["id"]
    assert again["rows_read"] == 48


@pytest.mark.req("ING-17", part="damaged and empty files, names that leave their folder")
async def test_what_is_no_bill_is_refused(
    send: Callable[..., Awaitable[httpx.Response]], upload: Upload, tmp_path: Path
) -> None:
    cut_off = tmp_path / "cut.csv.gz"
    cut_off.write_bytes(b"\x1f\x8b\x08\x00broken")

    refused = await upload(cut_off)
    empty = await send("bill.csv", b"")
    elsewhere = await send("..%2Fbill.csv", b"x")

    assert (refused["state"], refused["code"]) == ("failed", "damaged-file")
    assert (empty.status_code, empty.json()["code"]) == (422, "nothing-uploaded")
    assert elsewhere.status_code in {404, 422}


async def test_an_upload_may_be_larger_than_other_requests(upload: Upload, tmp_path: Path) -> None:
    text = (GOLDEN / "golden-1-legacy-cur.csv").read_text().splitlines()
    bill = tmp_path / "large.csv"
    bill.write_text("\n".join([text[0], *text[1:] * 100]) + "\n")
    assert bill.stat().st_size > 1024 * 1024

    done = await upload(bill, "?series=large")

    assert done["rows_read"] == 4800


@pytest.mark.req("PLAT-5", part="imports, uploads and costs")
async def test_others_neither_upload_nor_see(
    customer: Customer, root: str, settle: Callable[[], Awaitable[Customer]], upload: Upload
) -> None:
    done = await upload(GOLDEN / "golden-1-legacy-cur.csv")
    stranger = await settle()

    answers = [
        await stranger.owner.ask("GET", f"{root}/imports/{done['id']}"),
        await stranger.owner.ask("GET", f"{root}/costs?start=2026-10-01&end=2026-11-01"),
        await stranger.owner.ask(
            "GET",
            f"/ingestion/v1/organizations/{stranger.organization}/imports/{done['id']}",
        ),
        await stranger.owner.ask("POST", f"{root}/imports/{done['id']}/cancellation"),
    ]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.req("PLAT-7", part="202 with a job resource; progress as server-sent events")
async def test_progress_is_told_until_the_end(
    customer: Customer, root: str, send: Callable[..., Awaitable[httpx.Response]]
) -> None:
    body = (GOLDEN / "golden-1-legacy-cur.csv").read_bytes()
    job = (await send("bill.csv", body, "?series=followed")).json()
    owner = customer.owner
    url = f"{owner.base('ingestion')}{root}/imports/{job['id']}/events"
    headers = {"Authorization": f"Bearer {owner.token}"}

    async with owner.http.stream("GET", url, headers=headers, timeout=40) as stream:
        lines = [line async for line in stream.aiter_lines()]

    kinds = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert kinds[-1] == "ended"
    assert set(kinds[:-1]) <= {"progress"}
