"""Secrets of Azure and keys of Google: sealed, never said, changed only for what works."""

import secrets
from typing import Any

import pytest
from sqlalchemy import select
from tests.ingestion.clouds import (
    AzureCustomer,
    GoogleCustomer,
    a_certificate,
    one_key,
    private_pem,
    public_pem,
)
from tests.ingestion.reading import everything

from finops_common.acting import Acting
from finops_common.contracts.ingestion import CLOUD_ACCOUNT, CredentialsChanged
from finops_common.db.scopes import SYSTEM
from finops_common.testing.services import Running
from finops_ingestion.accounts.advice import advice_on
from finops_ingestion.accounts.tables import cloud_accounts
from finops_ingestion.connections.tables import credentials
from finops_sandbox.stack import Stack


@pytest.mark.req("ING-6", part="Azure: a new version, checked before it takes effect")
async def test_a_new_secret_takes_effect_once_it_works(azure: AzureCustomer, told) -> None:
    made = (await azure.register(azure.body())).json()
    azure.app.secret = "the-new-one"
    assert (await azure.check(made["id"]))["status"] == "error"

    changed = await azure.change(
        made["id"], {"provider": "Microsoft", **azure.credentials(client_secret="the-new-one")}
    )

    assert changed.status_code == 200, changed.text
    assert changed.json()["credentials_version"] == 2
    assert changed.json()["connection"]["status"] == "healthy"
    said = [message.data for message in await told(CLOUD_ACCOUNT, made["id"], 6)]
    (event,) = [each for each in said if isinstance(each, CredentialsChanged)]
    assert (event.before, event.after) == ({"credentials_version": 1}, {"credentials_version": 2})


@pytest.mark.req("ING-6", part="Azure: the former version stays when the new one does not work")
@pytest.mark.req("ING-3", part="Azure: the wrong field of new credentials, and the step")
async def test_a_secret_that_does_not_work_changes_nothing_and_is_named(
    azure: AzureCustomer,
) -> None:
    made = (await azure.register(azure.body())).json()

    refused = await azure.change(
        made["id"],
        {"provider": "Microsoft", **azure.credentials(client_secret="wrong")},
        **{"Accept-Language": "ko"},
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "credentials-refused")
    assert refused.json()["errors"] == [
        {
            "field": "body.client_secret",
            "code": "secret_wrong",
            "message": advice_on("secret_wrong", "ko"),
        }
    ]
    after = await azure.owner.get(f"{azure.accounts}/{made['id']}")
    assert (after["credentials_version"], after["connection"]["status"]) == (1, "healthy")
    assert (await azure.check(made["id"]))["status"] == "healthy"


@pytest.mark.req("ING-6", part="Google Cloud: a new version, checked before it takes effect")
async def test_a_new_key_takes_effect_once_it_works_and_a_revoked_one_does_not(
    google: GoogleCustomer,
) -> None:
    made = (await google.register(google.body())).json()
    new_id = secrets.token_hex(20)
    given = google.credentials(private_key_id=new_id)

    refused = await google.change(made["id"], given)
    google.account.keys = {new_id: public_pem(google.key)}
    changed = await google.change(made["id"], given)

    assert (refused.status_code, refused.json()["cause"]) == (422, "key_revoked")
    assert refused.json()["errors"][0]["field"] == "body.service_account"
    assert (changed.status_code, changed.json()["credentials_version"]) == (200, 2)
    assert (await google.check(made["id"]))["status"] == "healthy"


async def test_credentials_of_another_provider_are_refused(
    azure: AzureCustomer, google: GoogleCustomer
) -> None:
    made = (await azure.register(azure.body())).json()

    refused = await azure.change(made["id"], google.credentials())

    assert (refused.status_code, refused.json()["code"]) == (422, "credentials-of-another-provider")


async def test_a_subscription_is_read_through_its_billing_account_alone(
    azure: AzureCustomer,
) -> None:
    await azure.register(azure.body())
    number = next(iter(azure.billing.subscriptions))
    linked = (await azure.listed())[number]

    changed = await azure.change(linked["id"], {"provider": "Microsoft", **azure.credentials()})
    registered = await azure.register(azure.body(account_id=number))

    for refused in (changed, registered):
        assert (refused.status_code, refused.json()["code"]) == (409, "no-role-of-its-own")


@pytest.mark.req("ING-6", part="Azure and Google Cloud: sealed, never returned, never logged")
@pytest.mark.req("PRIV-6", part="cloud credentials of Azure and Google")
@pytest.mark.req("PRIV-7", part="client secrets, certificates and service-account keys")
async def test_no_secret_stands_in_an_answer_a_log_an_event_or_a_plain_column(
    azure: AzureCustomer,
    google: GoogleCustomer,
    ingestion: Running,
    stack: Stack,
    topic_prefix: str,
    capfd,
) -> None:
    pem = private_pem(one_key())
    certificate = pem + a_certificate(one_key())
    canaries = [azure.secret, pem.splitlines()[1], pem.splitlines()[5]]
    answers = await _through_every_route(azure, azure.credentials(), certificate)
    answers += await _through_every_route(google, google.credentials(), certificate)

    assert {answer.status_code for answer in answers} <= {200, 201, 409, 422}
    records = await everything(stack.kafka_brokers or "", topic_prefix + CLOUD_ACCOUNT.name)
    logged = capfd.readouterr()
    places = {
        "answers": "".join(answer.text for answer in answers),
        "events": "".join(map(repr, records)),
        "logs": logged.out + logged.err,
        "columns": await _stored(ingestion),
    }
    for name, text in places.items():
        assert text or name == "logs"
        assert not [canary for canary in canaries if canary in text], name


async def _through_every_route(
    customer: AzureCustomer | GoogleCustomer, given: dict[str, Any], certificate: str
) -> list[Any]:
    """Register wrongly and rightly, read, check, change to what works and what does not."""
    ask, accounts = customer.owner.ask, customer.accounts
    wrong = customer.body(account_id="!")
    answers = [await customer.register(wrong), await customer.register(customer.body())]
    account = f"{accounts}/{answers[-1].json()['id']}"
    named = {"provider": customer.body()["provider"], **given}
    for method, path, body in (
        ("POST", accounts, customer.body()),
        ("GET", accounts, None),
        ("GET", account, None),
        ("GET", f"{account}/permissions", None),
        ("GET", f"{account}/subscriptions", None),
        ("POST", f"{account}/checks", None),
        ("PATCH", account, {"name": "Renamed"}),
        ("PUT", f"{account}/credentials", named),
        ("PUT", f"{account}/credentials", named | {"surprise": certificate}),
        ("PUT", f"{account}/credentials", {"provider": "Microsoft", "certificate": certificate}),
        ("PUT", f"{account}/credentials", {"role_arn": certificate}),
        ("PUT", f"{account}/credentials", {"provider": certificate}),
    ):
        answers.append(await ask(method, path, body))
    return answers


async def _stored(ingestion: Running) -> str:
    async with ingestion.database.transaction(Acting(SYSTEM)) as tx:
        rows = [*await tx.all(select(credentials)), *await tx.all(select(cloud_accounts))]
    return "".join(map(repr, rows))
