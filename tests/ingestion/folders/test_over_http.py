"""Folders over HTTP, opened by the role that the organization's own template makes."""

import secrets
from typing import Any

import boto3
import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.imports.workshop import KEYS
from tests.ingestion.reading import Told

from finops_common.contracts.ingestion_analytics import ANALYTICS
from finops_sandbox.stack import Stack

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def bucket(stack: Stack) -> tuple[Any, str]:
    s3 = boto3.client("s3", endpoint_url=stack.s3_url, **KEYS)
    name = f"saas-{secrets.token_hex(6)}"
    s3.create_bucket(Bucket=name)
    return s3, name


@pytest.mark.req("ING-2", part="least privilege: one folder of the bucket, nothing beside it")
@pytest.mark.req("ING-10", part="FOCUS files from a folder of a bucket, through the account's role")
@pytest.mark.req("AUD-1", part="folders that bills are read from")
async def test_the_stack_opens_one_folder_and_it_is_read_from_then_on(
    customer: Customer, bucket: tuple[Any, str], told: Told
) -> None:
    s3, name = bucket
    for folder in ("focus", "focus-2"):
        s3.put_object(Bucket=name, Key=f"{folder}/2026-05/a.csv", Body=b"lines")
    account = await customer.registered()
    root = f"/ingestion/v1/organizations/{customer.organization}"
    folders = f"{root}/billing-folders"
    body = {
        "cloud_account_id": account["id"],
        "name": "SaaS",
        "bucket": name,
        "prefix": "focus",
        "region": "us-east-1",
    }

    closed = await customer.owner.ask("POST", folders, body)
    await customer.simulator.delete_stack(customer.payer, "finops")
    await customer.run(await customer.template(focus_bucket=name, focus_folder="focus"))
    added = await customer.owner.ask("POST", folders, body, expect=201)
    beside = await customer.owner.ask("POST", folders, body | {"prefix": "focus-2"})
    listed = (await customer.owner.get(folders))["items"]
    sources = (await customer.owner.get(f"{root}/billing-sources"))["items"]
    one = f"{root}/billing-sources/{added.json()['id']}"
    months = await customer.owner.post(
        f"{one}/backfill", {"first": "2026-04", "last": "2026-05"}, expect=202
    )
    for _ in range(2):
        await customer.owner.ask("DELETE", f"{folders}/{added.json()['id']}", expect=204)
    stopped = await customer.owner.ask("POST", f"{one}/imports", {"period": "2026-05"})

    assert (closed.status_code, closed.json()["code"]) == (409, "folder-refused")
    assert "AccessDenied" in closed.json()["detail"]
    assert (beside.status_code, beside.json()["code"]) == (409, "folder-refused")
    assert (added.json()["months"], added.json()["prefix"]) == (["2026-05-01"], "focus")
    assert [each["id"] for each in listed] == [added.json()["id"]]
    assert "focus_folder" in {each["kind"] for each in sources}
    answers = [each["answer"] for each in months["items"]]
    assert answers == ["not_delivered", "being_written"]
    assert stopped.json()["code"] == "source-stopped"
    first, last = (await told(ANALYTICS, added.json()["id"], 2))[:2]
    assert (first.data.after["place"], last.data.after) == (f"s3://{name}/focus/", None)
    assert str(last.data.organization_id) == customer.organization
