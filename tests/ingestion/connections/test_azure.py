"""A customer registers Azure: what happens, and what each mistake is called."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from tests.ingestion.clouds import AzureCustomer, a_certificate, a_key, one_key, private_pem

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import CLOUD_ACCOUNT
from finops_common.i18n import LANGUAGES
from finops_ingestion.accounts.advice import ADVICE, advice_on
from finops_ingestion.accounts.domain import WRONG_FIELD, Cause
from finops_sandbox.azure.state import BILLING_READER, BLOB_READER, COST_READER

Spoil = Callable[[AzureCustomer], None]


@pytest.mark.req("ING-1", part="Azure, express")
@pytest.mark.req("ING-3", part="Azure, by a client secret")
async def test_an_account_whose_application_may_read_is_healthy_after_one_call(
    azure: AzureCustomer,
) -> None:
    answer = await azure.register(azure.body(name="Hanbit EA"))

    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["connection"] == {
        "status": "healthy", "cause": None, "field": None, "advice": None,
    }  # fmt: skip
    assert (made["provider"], made["account_id"]) == ("Microsoft", azure.billing.id)
    assert (made["payer_account_id"], made["name"]) == (azure.billing.id, "Hanbit EA")
    assert made["place"] == azure.place(subscriptions=[])
    source = await azure.source()
    assert (source["kind"], source["payer_account_id"]) == ("azure_export", azure.billing.id)


@pytest.mark.req("ING-3", part="Azure, by a certificate")
async def test_a_certificate_opens_what_a_secret_would(azure: AzureCustomer) -> None:
    key = one_key()
    azure.app.certificate = a_certificate(key)
    pem = a_certificate(key).join(["", private_pem(key)])
    azure.app.certificate = pem[: pem.index("-----BEGIN PRIVATE")]
    given = azure.credentials(client_secret=None, certificate=pem)

    made = (await azure.register(azure.body(credentials=given))).json()

    assert made["connection"]["status"] == "healthy"


@pytest.mark.req("ING-3", part="Azure: subscriptions to choose from")
async def test_its_subscriptions_come_in_as_accounts_and_only_the_chosen_ones(
    azure: AzureCustomer,
) -> None:
    production, staging, _ = azure.billing.subscriptions
    place = azure.place(subscriptions=[production, staging])

    made = (await azure.register(azure.body(place=place))).json()

    listed = await azure.listed()
    assert made["connection"]["status"] == "healthy"
    assert listed.keys() == {azure.billing.id, production, staging}
    assert listed[production]["name"] == "production"
    assert listed[production]["payer_account_id"] == azure.billing.id
    choice = await azure.owner.get(f"{azure.accounts}/{made['id']}/subscriptions")
    assert {each["id"]: each["chosen"] for each in choice["items"]} == {
        each: each in {production, staging} for each in azure.billing.subscriptions
    }


def _lose(role: str) -> Spoil:
    def change(azure: AzureCustomer) -> None:
        azure.app.roles = {each for each in azure.app.roles if each[0] != role}

    return change


def _forget_tenant(azure: AzureCustomer) -> None:
    azure.azure.state.tenants.discard(azure.app.tenant_id)


def _forget_app(azure: AzureCustomer) -> None:
    del azure.azure.state.apps[azure.app.client_id]


def _other_secret(azure: AzureCustomer) -> None:
    azure.app.secret = "another"


def _late_secret(azure: AzureCustomer) -> None:
    azure.app.secret_ends = utc_now() - timedelta(days=1)


def _no_billing(azure: AzureCustomer) -> None:
    del azure.azure.state.billing[azure.billing.id]


def _no_container(azure: AzureCustomer) -> None:
    azure.azure.state.storage[azure.export.storage_account].clear()


def _firewall(azure: AzureCustomer) -> None:
    azure.azure.state.closed.add(azure.export.storage_account)


def _no_export(azure: AzureCustomer) -> None:
    azure.billing.exports.clear()


CAUSES = [
    (_forget_tenant, "pre_registration", "tenant_unknown", "credentials.tenant_id"),
    (_forget_app, "pre_registration", "app_unknown", "credentials.client_id"),
    (_other_secret, "pre_registration", "secret_wrong", "credentials.client_secret"),
    (_late_secret, "pre_registration", "secret_expired", "credentials.client_secret"),
    (_no_billing, "pre_registration", "billing_account_not_found", "account_id"),
    (_lose(BILLING_READER), "pre_registration", "billing_reader_missing", None),
    (_lose(COST_READER), "update_required", "cost_reader_missing", None),
    (_lose(BLOB_READER), "update_required", "blob_reader_missing", None),
    (_no_container, "update_required", "container_not_found", "place.container"),
    (_firewall, "update_required", "storage_closed", None),
    (_no_export, "update_required", "cost_export_not_found", "place.path"),
]


@pytest.mark.req("ING-3", part="Azure: the wrong field, and the step that mends it")
@pytest.mark.req("ING-4", part="Azure: app role missing, secret expired, and the other causes")
@pytest.mark.parametrize(("spoil", "status", "cause", "field"), CAUSES)
async def test_what_is_wrong_is_named_with_its_field_and_the_step_in_the_portal(
    azure: AzureCustomer, spoil: Spoil, status: str, cause: Cause, field: str | None
) -> None:
    spoil(azure)

    answer = await azure.register(azure.body(), **{"Accept-Language": "ja"})

    assert answer.status_code == 201, answer.text
    said = answer.json()["connection"]
    assert said == {
        "status": status, "cause": cause, "field": field, "advice": advice_on(cause, "ja"),
    }  # fmt: skip
    assert (answer.json()["registered_at"] is None) == (status == "pre_registration")


@pytest.mark.req("ING-4", part="advice in three languages for every cause")
def test_every_cause_has_advice_in_every_language() -> None:
    assert set(ADVICE) == set(get_args(Cause))
    assert set(WRONG_FIELD) <= set(ADVICE)
    for cause in get_args(Cause):
        told = {advice_on(cause, language) for language in LANGUAGES}
        assert len(told) == len(LANGUAGES)


@pytest.mark.req("ING-4", part="Azure: the certificate is not the application's, or has ended")
@pytest.mark.parametrize("days", [30, -1])
async def test_a_certificate_that_is_unknown_or_late_is_named(
    azure: AzureCustomer, days: int
) -> None:
    known, key = (a_key(), one_key()) if days > 0 else (one_key(), one_key())
    azure.app.certificate = a_certificate(known, days)
    pem = private_pem(key) + (azure.app.certificate if days < 0 else a_certificate(key))
    given = azure.credentials(client_secret=None, certificate=pem)

    said = (await azure.register(azure.body(credentials=given))).json()["connection"]

    assert (said["cause"], said["field"]) == ("certificate_wrong", "credentials.certificate")


async def test_a_subscription_that_the_account_does_not_pay_for_is_named(
    azure: AzureCustomer,
) -> None:
    place = azure.place(subscriptions=["00000000-0000-4000-8000-000000000000"])

    said = (await azure.register(azure.body(place=place))).json()["connection"]

    assert (said["cause"], said["field"]) == ("subscription_not_found", "place.subscriptions")


async def test_an_export_of_a_narrower_scope_is_known_by_what_it_delivers(
    azure: AzureCustomer,
) -> None:
    azure.billing.exports.clear()
    azure.azure.state.put(
        azure.export.storage_account, "exports", f"{azure.export.path}/a.csv", b"Cost\n1\n"
    )

    made = (await azure.register(azure.body())).json()

    assert made["connection"]["status"] == "healthy"


async def test_bills_that_can_be_read_are_read_though_the_exports_cannot_be_listed(
    azure: AzureCustomer,
) -> None:
    _lose(COST_READER)(azure)
    azure.azure.state.deliver(azure.export, date(2026, 10, 1), {"part.csv": b"Cost\n1\n"})

    made = (await azure.register(azure.body())).json()

    assert made["connection"]["cause"] == "cost_reader_missing"
    assert (await azure.source())["name"] == azure.export.path


@pytest.mark.req("ING-3", part="Azure: what is wrong is mended field by field")
async def test_a_place_that_was_wrong_is_mended_and_read_from_then_on(
    azure: AzureCustomer,
) -> None:
    azure.app.roles.add((BLOB_READER, azure.export.storage_account))
    made = (await azure.register(azure.body(place=azure.place(container="wrong")))).json()
    assert made["connection"]["cause"] == "container_not_found"
    path = f"{azure.accounts}/{made['id']}"

    await azure.owner.ask("PATCH", path, {"place": azure.place()}, expect=200)

    assert (await azure.check(made["id"]))["status"] == "healthy"
    assert (await azure.source())["name"] == azure.export.path
    other = {"place": {"project": "hanbit-billing", "dataset": "billing"}}
    refused = await azure.owner.ask("PATCH", path, other, expect=422)
    assert refused.json()["errors"][0]["field"] == "body.place"


@pytest.mark.req("ING-3", part="Azure: validated field by field")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("credentials.tenant_id", "not-a-tenant"),
        ("credentials.client_id", "not-an-application"),
        ("credentials.certificate", "-----BEGIN CERTIFICATE-----"),
        ("place.storage_account", "UPPER.case"),
        ("place.container", "a--b"),
        ("place.path", "/costs//daily"),
        ("place.subscriptions", ["not-a-subscription"]),
        ("account_id", "../providers"),
    ],
)
async def test_a_field_that_cannot_be_right_is_refused_by_name_without_its_value(
    azure: AzureCustomer, field: str, wrong: object
) -> None:
    body: dict[str, Any] = azure.body()
    part, _, name = field.rpartition(".")
    (body[part] if part else body)[name] = wrong
    if name == "certificate":
        del body[part]["client_secret"]

    answer = await azure.register(body)

    assert answer.status_code == 422
    named = answer.json()["errors"][0]["field"]
    assert named.startswith(f"body.Microsoft.{field}")
    assert str(wrong) not in answer.text


async def test_a_secret_and_a_certificate_at_once_or_none_of_both_are_refused(
    azure: AzureCustomer,
) -> None:
    answer = await azure.register(azure.body(credentials=azure.credentials(client_secret=None)))

    assert answer.status_code == 422
    assert "either client_secret or certificate" in answer.text


@pytest.mark.req(
    "ING-4", part="Azure: every right of a capability, granted or missing, with the fix"
)
async def test_the_rights_are_listed_with_the_role_that_gives_them(azure: AzureCustomer) -> None:
    _lose(BLOB_READER)(azure)
    made = (await azure.register(azure.body())).json()

    found = await azure.owner.get(f"{azure.accounts}/{made['id']}/permissions")

    bills, accounts = sorted(found["capabilities"], key=lambda each: each["capability"])[::-1]
    lacking = [each["action"] for each in bills["actions"] if not each["granted"]]
    assert lacking == ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"]
    assert "Storage Blob Data Reader" in bills["fix"]
    assert (accounts["granted"], accounts["fix"]) == (True, None)


@pytest.mark.req("ING-4", part="Azure: a right that goes is noticed, with an event")
async def test_a_secret_that_ends_is_noticed_and_told(azure: AzureCustomer, told) -> None:
    made = (await azure.register(azure.body())).json()
    _late_secret(azure)

    found = await azure.check(made["id"])

    assert (found["status"], found["cause"]) == ("error", "secret_expired")
    assert found["field"] == "credentials.client_secret"
    last = (await told(CLOUD_ACCOUNT, made["id"], 4))[-1]
    assert last.data.before == {"status": "healthy", "cause": None}
    assert last.data.after == {"status": "error", "cause": "secret_expired"}


async def test_an_azure_that_is_busy_leaves_the_registration_waiting(
    azure: AzureCustomer,
) -> None:
    azure.azure.state.busy = 1

    made = (await azure.register(azure.body())).json()

    assert made["connection"]["status"] == "pre_registration"
    assert made["connection"]["cause"] is None
    assert (await azure.check(made["id"]))["status"] == "healthy"


@pytest.mark.req("ING-1", part="Azure: registered elsewhere is said after proof only")
async def test_who_reads_the_same_billing_account_second_is_told_so(
    azure: AzureCustomer, settle_cloud
) -> None:
    await azure.register(azure.body())
    eve = await settle_cloud()
    guess = azure.credentials(client_secret="guessed")

    guessed = await eve.register(azure.body(credentials=guess))
    proven = await eve.register(azure.body())

    assert guessed.json()["connection"]["cause"] == "secret_wrong"
    assert (proven.status_code, proven.json()["code"]) == (409, "registered-elsewhere")
