"""A month's reconciliation as people see it, from the upload of its bill on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.reading import Told

from finops_common.contracts.ingestion import REVISION

pytestmark = pytest.mark.timeout(180)
HEAD = (
    "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"
    "ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ContractedCost,EffectiveCost,ListCost,"
    "ProviderName,ServiceName,InvoiceId,InvoiceIssuerName\n"
)
ENDED = {"done", "partial", "failed"}


def line(cost: str, category: str = "Usage", invoice: str = "INV-1") -> str:
    month = "2026-03-01T00:00:00Z,2026-04-01T00:00:00Z"
    hour = "2026-03-05T00:00:00Z,2026-03-05T01:00:00Z"
    costs = f"{cost},{cost},{cost}"
    return f"{cost},0001,USD,{month},{category},{hour},{costs},AWS,Amazon EC2,{invoice},AWS EMEA\n"


@pytest.fixture
def root(customer: Customer) -> str:
    return f"/ingestion/v1/organizations/{customer.organization}"


@pytest.fixture
def upload(customer: Customer, root: str) -> Callable[..., Awaitable[str]]:
    """Import a bill of March 2026; where the month's reconciliation is."""

    async def run(*lines: str) -> str:
        owner = customer.owner
        headers = owner.headers | {"Authorization": f"Bearer {owner.token}"}
        url = f"{owner.base('ingestion')}{root}/uploads/bill.csv"
        sent = await owner.http.put(url, content=(HEAD + "".join(lines)).encode(), headers=headers)
        for _ in range(600):
            found: dict[str, Any] = await owner.get(f"{root}/imports/{sent.json()['id']}")
            if found["state"] in ENDED:
                assert found["state"] == "done", found
                return f"{root}/billing-sources/{found['billing_source_id']}/periods/2026-03"
            await asyncio.sleep(0.1)
        raise AssertionError(f"the import did not end: {found}")

    return run


@pytest.mark.req("ING-15", part="our sum, the bill's sum, the difference by category")
async def test_an_invoice_is_compared_with_what_its_lines_come_to(
    customer: Customer, upload: Callable[..., Awaitable[str]], told: Told
) -> None:
    month = await upload(line("100.004"), line("10", "Tax"))
    owner = customer.owner

    by_bill = await owner.get(f"{month}/reconciliation")
    paper = {"amount": "100", "currency": "USD"}
    by_person = (await owner.ask("PUT", f"{month}/invoices/INV-1", paper, expect=200)).json()
    again = (await owner.ask("PUT", f"{month}/invoices/INV-1", paper, expect=200)).json()
    await owner.ask("DELETE", f"{month}/invoices/INV-1", expect=204)

    (invoice,) = by_bill["invoices"]
    assert (by_bill["state"], invoice["stated"]["stated_by"]) == ("reconciled", "bill")
    assert by_bill["sums"] == [
        {"currency": "USD", "recorded": "110.004", "billed": "110.004", "difference": "0"}
    ]
    assert [(c["kind"], c["recorded"], c["issuer"]) for c in invoice["charges"]] == [
        ("tax", "10", "AWS EMEA"),
        ("usage", "100.004", "AWS EMEA"),
    ]
    (stated,) = by_person["invoices"]
    assert (by_person["state"], stated["difference"]) == ("explained", "-10.004")
    assert {name: part for name, part in stated["parts"].items() if part != "0"} == {
        "tax": "-10",
        "rounding": "-0.004",
    }
    assert again == by_person
    assert await owner.get(f"{month}/reconciliation") == by_bill
    source = month.split("/")[-3]
    said = [m for m in await told(REVISION, source, 3) if m.data.name == "invoice.stated"]
    assert [(m.data.before["amount"], m.data.after["amount"]) for m in said] == [
        (None, "100"),
        ("100", None),
    ]
    assert said[0].origin.actor is not None


@pytest.mark.req("ING-15", part="late lines")
async def test_lines_of_a_later_version_of_a_closed_month_are_late(
    customer: Customer, upload: Callable[..., Awaitable[str]]
) -> None:
    await upload(line("100"))
    month = await upload(line("100"), line("2.5"))

    paper = {"amount": "100.00", "currency": "USD"}
    found = (await customer.owner.ask("PUT", f"{month}/invoices/INV-1", paper)).json()

    (invoice,) = found["invoices"]
    assert (found["finality"], found["state"]) == ("restated", "explained")
    assert invoice["parts"]["late"] == "-2.5"


@pytest.mark.req("PLAT-5", part="reconciliations")
async def test_others_neither_see_nor_state_an_invoice(
    customer: Customer,
    upload: Callable[..., Awaitable[str]],
    settle: Callable[[], Awaitable[Customer]],
) -> None:
    month = await upload(line("1"))
    stranger = await settle()
    theirs = month.replace(str(customer.organization), str(stranger.organization))
    paper = {"amount": "1", "currency": "USD"}

    answers = [
        await stranger.owner.ask("GET", f"{path}/reconciliation") for path in (month, theirs)
    ] + [await stranger.owner.ask("PUT", f"{p}/invoices/X", paper) for p in (month, theirs)]
    unknown = month.replace("2026-03", "2026-02")
    nothing = await customer.owner.ask("PUT", f"{unknown}/invoices/X", paper)

    assert {answer.status_code for answer in [*answers, nothing]} == {404}
