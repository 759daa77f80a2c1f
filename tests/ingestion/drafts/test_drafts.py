"""A registration step by step: what is next, who resumes it, and what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select
from tests.ingestion.clouds import AzureCustomer, GoogleCustomer
from tests.ingestion.conftest import Customer

from finops_common.acting import Acting
from finops_common.clock import utc_now
from finops_common.db import scopes
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database
from finops_common.testing.services import Running
from finops_ingestion.drafts.domain import STEPS
from finops_ingestion.drafts.repository import DraftRepository, forget_old
from finops_ingestion.drafts.tables import account_drafts
from finops_ingestion.drafts.texts import INSTRUCTIONS
from finops_sandbox.visitor import Visitor
from finops_sandbox.world.publish import bucket_of

Arrive = Callable[..., Awaitable[Visitor]]


class Drafting:
    """Drafts of an organization, asked as a frontend would."""

    def __init__(self, owner: Visitor, organization: str, provider: str) -> None:
        self.owner, self.provider = owner, provider
        self.root = f"/ingestion/v1/organizations/{organization}/cloud-account-drafts"

    async def begin(self, **answers: Any) -> Any:  # noqa: ANN401 - JSON
        return await self.owner.post(self.root, {"provider": self.provider, **answers})

    async def fill(
        self,
        draft: Any,  # noqa: ANN401 - JSON
        by: Visitor | None = None,
        headers: dict[str, str] | None = None,
        **answers: Any,  # noqa: ANN401 - JSON
    ) -> httpx.Response:
        body = {"provider": self.provider, **answers}
        path = f"{self.root}/{draft['id']}"
        return await (by or self.owner).ask("PATCH", path, body, **headers or {})

    async def register(self, draft: Any) -> httpx.Response:  # noqa: ANN401 - JSON
        return await self.owner.ask("POST", f"{self.root}/{draft['id']}/register")

    async def read(self, draft: Any) -> httpx.Response:  # noqa: ANN401 - JSON
        return await self.owner.ask("GET", f"{self.root}/{draft['id']}")


@pytest.fixture
def drafting(customer: Customer) -> Drafting:
    return Drafting(customer.owner, customer.organization, "AWS")


@pytest.mark.req("ING-1", part="AWS, step by step")
async def test_a_draft_says_at_each_step_what_is_next_until_it_is_registered(
    customer: Customer, drafting: Drafting
) -> None:
    begun = await drafting.begin()
    known = (await drafting.fill(begun, account_id=customer.payer, name="Hanbit")).json()
    ready = (await drafting.fill(begun, export_bucket=bucket_of(customer.world))).json()
    await customer.run_stack()

    answer = await drafting.register(begun)

    steps = [(each["next"]["step"], each["next"]["missing"]) for each in (begun, known, ready)]
    assert steps == [("account", ["account_id"]), ("export", ["export_bucket"]), ("register", [])]
    assert [each["done"] for each in ready["steps"]] == [True, True, False]
    assert begun["next"]["link"] is None
    assert f"param_ExportBucket={bucket_of(customer.world)}" in ready["next"]["link"]
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["id"], made["account_id"], made["name"]) == (begun["id"], customer.payer, "Hanbit")
    assert made["connection"]["status"] == "healthy"
    assert (await drafting.read(begun)).status_code == 404


@pytest.mark.req("ING-1", part="Azure, step by step")
@pytest.mark.req("ING-6", part="in drafts: sealed, never returned")
async def test_what_opens_azure_is_sealed_in_a_draft_and_never_shown(
    azure: AzureCustomer, ingestion: Running
) -> None:
    drafting = Drafting(azure.owner, azure.organization, "Microsoft")
    begun = await drafting.begin(account_id=azure.billing.id)

    filled = await drafting.fill(begun, credentials=azure.credentials())
    await drafting.fill(begun, place=azure.place())

    assert begun["next"]["step"] == "application"
    assert filled.json()["next"]["step"] == "place"
    assert filled.json()["credentials_given"] is True
    assert azure.secret not in filled.text
    assert azure.secret not in (await drafting.read(begun)).text
    async with ingestion.database.transaction(Acting(SYSTEM)) as tx:
        (kept,) = await tx.all(select(account_drafts).where(account_drafts.c.id == begun["id"]))
    assert azure.secret not in str(kept)
    made = await drafting.register(begun)
    assert made.json()["connection"]["status"] == "healthy", made.text


@pytest.mark.req("ING-1", part="Google Cloud, step by step")
async def test_google_cloud_is_drafted_with_the_key_s_file(google: GoogleCustomer) -> None:
    drafting = Drafting(google.owner, google.organization, "Google Cloud")
    body = google.body()
    begun = await drafting.begin(account_id=body["account_id"])
    keyed = (await drafting.fill(begun, credentials=body["credentials"])).json()
    await drafting.fill(begun, place=body["place"])

    made = await drafting.register(begun)

    assert keyed["next"]["step"] == "place"
    assert made.json()["connection"]["status"] == "healthy", made.text


@pytest.mark.req("ING-1", part="a draft is resumed by a colleague")
async def test_a_colleague_who_may_register_resumes_what_another_began(
    customer: Customer, drafting: Drafting, arrive: Arrive
) -> None:
    begun = await drafting.begin(account_id=customer.payer)
    roles = [{"organization_id": customer.organization, "role": "admin"}]
    grace, alan = await arrive(), await arrive()
    await customer.owner.invite(customer.company, grace, roles=roles)
    reader = [{"organization_id": customer.organization, "role": "member"}]
    await customer.owner.invite(customer.company, alan, roles=reader)

    found = (await grace.get(drafting.root))["items"]
    filled = await drafting.fill(begun, by=grace, export_bucket="")

    assert [(each["id"], each["next_step"]) for each in found] == [(begun["id"], "export")]
    assert filled.json()["next"]["step"] == "register"
    assert (await alan.ask("GET", drafting.root)).status_code == 403


@pytest.mark.req("ING-1", part="a draft that is not complete is not registered")
async def test_an_incomplete_draft_names_the_step_and_its_fields(drafting: Drafting) -> None:
    begun = await drafting.begin()

    refused = await drafting.register(begun)

    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["step"]) == ("draft-incomplete", "account")
    assert problem["missing"] == ["account_id"]


@pytest.mark.req("ING-1", part="a draft is checked field by field")
async def test_an_answer_that_no_cloud_has_is_refused_by_its_field_and_the_rest_stays(
    customer: Customer, drafting: Drafting
) -> None:
    begun = await drafting.begin(account_id=customer.payer)

    refused = await drafting.fill(begun, account_id="12")
    taken_back = (await drafting.fill(begun, account_id=None)).json()
    other = await Drafting(drafting.owner, customer.organization, "Microsoft").fill(begun)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "body.AWS.account_id"
    assert taken_back["next"]["missing"] == ["account_id"]
    assert other.json()["code"] == "credentials-of-another-provider"


@pytest.mark.req("ING-1", part="a refused draft stays, to be mended")
async def test_a_registration_that_is_refused_leaves_its_draft(
    customer: Customer, drafting: Drafting
) -> None:
    theirs = "arn:aws:iam::999999999999:role/theirs"
    begun = await drafting.begin(account_id=customer.payer, export_bucket="", role_arn=theirs)

    refused = await drafting.register(begun)
    await drafting.fill(begun, role_arn=None)
    again = await drafting.register(begun)

    assert refused.json()["code"] == "role-of-another-account"
    assert again.status_code == 201, again.text


@pytest.mark.req("ING-1", part="a draft registered twice, or by two at once, is one account")
async def test_who_registers_twice_or_at_once_finds_the_one_account(
    customer: Customer, drafting: Drafting
) -> None:
    begun = await drafting.begin(account_id=customer.payer, export_bucket="")

    both = await asyncio.gather(drafting.register(begun), drafting.register(begun))
    again = await drafting.register(begun)

    assert [each.status_code for each in (*both, again)] == [201] * 3
    assert {each.json()["id"] for each in (*both, again)} == {begun["id"]}
    assert len((await customer.owner.get(customer.accounts))["items"]) == 1


@pytest.mark.req("PLAT-4", part="If-Match on drafts")
async def test_two_who_answer_at_once_do_not_overwrite_each_other_unseen(
    customer: Customer, drafting: Drafting
) -> None:
    begun = await drafting.begin()
    seen = {"If-Match": f'"{begun["version"]}"'}

    first = await drafting.fill(begun, headers=seen, account_id=customer.payer)
    again = await drafting.fill(begun, headers=seen, account_id=customer.payer)
    second = await drafting.fill(begun, headers=seen, account_id="123456789012")

    assert (first.status_code, again.status_code, second.status_code) == (200, 200, 412)
    assert again.json() == first.json()
    assert (await drafting.read(begun)).json()["answers"]["account_id"] == customer.payer


@pytest.mark.req("PLAT-5", part="another tenant's drafts")
async def test_another_company_s_draft_looks_absent(
    customer: Customer, drafting: Drafting, settle: Callable[[], Awaitable[Customer]]
) -> None:
    begun = await drafting.begin(account_id=customer.payer, export_bucket="")
    other = await settle()
    theirs = Drafting(other.owner, other.organization, "AWS")

    answers = [await theirs.read(begun), await theirs.fill(begun), await theirs.register(begun)]

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert (await theirs.register({"id": uuid4()})).status_code == 404


@pytest.mark.req("ING-1", part="a draft is forgotten 30 days after its last change")
async def test_a_draft_is_deleted_30_days_after_its_last_change(
    drafting: Drafting, ingestion: Running
) -> None:
    begun = await drafting.begin()

    async def swept_after(days: int) -> int:
        later = Database(
            ingestion.database.engine, "ingestion", lambda: utc_now() + timedelta(days=days)
        )
        # Rolled back: drafts of other tests would go, too.
        async with later.transaction(Acting(SYSTEM)) as tx:
            nested = await tx.connection.begin_nested()
            await forget_old(tx)
            mine = select(account_drafts).where(account_drafts.c.id == begun["id"])
            left = len(await tx.all(mine))
            await nested.rollback()
        return left

    assert [await swept_after(29), await swept_after(31)] == [1, 0]
    gone = await drafting.owner.ask("DELETE", f"{drafting.root}/{begun['id']}")
    assert gone.status_code == 204
    assert (await drafting.read(begun)).status_code == 404


@pytest.mark.req("ING-1", part="every step says what to do")
def test_every_step_of_every_provider_says_what_to_do_in_three_languages() -> None:
    asked = {(provider, step.name) for provider, steps in STEPS.items() for step in steps}

    assert asked == set(INSTRUCTIONS)
    assert all(text.en and text.ko and text.ja for text in INSTRUCTIONS.values())


@pytest.mark.req("ING-1", part="what is answered while a draft is registered is kept")
async def test_what_a_colleague_answers_while_it_is_registered_is_not_lost(
    customer: Customer, drafting: Drafting, ingestion: Running
) -> None:
    begun = await drafting.begin(account_id=customer.payer, export_bucket="")
    scope = scopes.organization(UUID(customer.company), UUID(customer.organization))
    async with ingestion.database.transaction(Acting(scope)) as tx:
        read = await DraftRepository(tx).get(UUID(begun["id"]))

    await drafting.fill(begun, name="Hanbit")
    async with ingestion.database.transaction(Acting(scope)) as tx:
        await DraftRepository(tx).remove(read)

    assert (await drafting.read(begun)).json()["answers"]["name"] == "Hanbit"
