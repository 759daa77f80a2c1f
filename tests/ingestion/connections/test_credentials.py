"""Credentials: sealed, never said, changed only for what works."""

from typing import Any

import pytest
from sqlalchemy import select
from tests.ingestion.reading import everything

from finops_common.acting import Acting
from finops_common.contracts.ingestion import CLOUD_ACCOUNT, CredentialsChanged
from finops_common.db.scopes import SYSTEM
from finops_common.testing.services import Running
from finops_ingestion.connections.tables import credentials, external_ids
from finops_sandbox.stack import Stack


@pytest.mark.req("ING-6", part="AWS: a new version, checked before it takes effect")
async def test_a_new_role_takes_effect_once_it_works(customer, told) -> None:
    made = await customer.registered()
    renamed = (await customer.template()).replace("finops-read-", "other-read-")
    other = await customer.run(renamed.replace("finops-probe-", "other-probe-"), name="other")
    await customer.simulator.delete_stack(customer.payer, "finops")

    changed = await customer.owner.ask(
        "PUT", f"{customer.accounts}/{made['id']}/credentials", {"role_arn": other}, expect=200
    )

    assert changed.json()["credentials_version"] == 2
    assert changed.json()["connection"]["status"] == "healthy"
    (event,) = [
        message.data
        for message in await told(CLOUD_ACCOUNT, made["id"], 4)
        if isinstance(message.data, CredentialsChanged)
    ]
    assert (event.before, event.after) == ({"credentials_version": 1}, {"credentials_version": 2})


@pytest.mark.req("ING-6", part="AWS: the former version stays when the new one does not work")
async def test_a_role_that_does_not_work_changes_nothing(customer) -> None:
    made = await customer.registered()
    path = f"{customer.accounts}/{made['id']}/credentials"

    refused = await customer.owner.ask(
        "PUT", path, {"role_arn": f"arn:aws:iam::{customer.payer}:role/Nobody"}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "credentials-refused")
    assert refused.json()["cause"] == "role_missing"
    after = await customer.owner.get(f"{customer.accounts}/{made['id']}")
    assert (after["credentials_version"], after["connection"]["status"]) == (1, "healthy")
    assert (await customer.check(made["id"]))["status"] == "healthy"


@pytest.mark.req("ING-6", part="AWS: sealed, never returned, never logged")
@pytest.mark.req("PRIV-6", part="cloud credentials")
@pytest.mark.req("PRIV-7", part="ExternalIds")
async def test_an_external_id_is_shown_to_its_owner_and_stands_nowhere_else(
    customer, ingestion: Running, stack: Stack, topic_prefix: str, capfd
) -> None:
    secret = await customer.external_id()
    await customer.run_stack(ExternalId="wrong")
    answers = [await customer.register()]
    await customer.simulator.delete_stack(customer.payer, "finops")
    await customer.run_stack()
    answers.append(await customer.register())
    account = answers[-1].json()["id"]
    for method, path, body in (
        ("GET", "", None),
        ("GET", f"/{account}", None),
        ("POST", f"/{account}/checks", None),
        ("GET", f"/{account}/permissions", None),
        ("PATCH", f"/{account}", {"name": "Renamed"}),
        ("PUT", f"/{account}/credentials", {"role_arn": secret}),
        ("PUT", f"/{account}/credentials", {"role_arn": _arn(customer, "Nobody")}),
    ):
        answers.append(await customer.owner.ask(method, customer.accounts + path, body))

    assert not [answer for answer in answers if secret in answer.text]
    assert not [answer for answer in answers if "finops-read-" in answer.text]
    records = await everything(stack.kafka_brokers or "", topic_prefix + CLOUD_ACCOUNT.name)
    assert any(record.key == account.encode() for record in records)
    assert not [record for record in records if secret.encode() in _whole(record)]
    logged = capfd.readouterr()
    assert secret not in logged.out + logged.err
    assert secret.encode() not in b"".join(await _sealed(ingestion))


def _arn(customer, role: str) -> str:
    return f"arn:aws:iam::{customer.payer}:role/{role}"


def _whole(record: Any) -> bytes:  # noqa: ANN401 - of an untyped client
    return bytes(record.value) + b"".join(value for _, value in record.headers)


async def _sealed(ingestion: Running) -> list[bytes]:
    async with ingestion.database.transaction(Acting(SYSTEM)) as tx:
        rows = [
            *await tx.all(select(credentials.c.sealed)),
            *await tx.all(select(external_ids.c.sealed)),
        ]
    assert rows
    return [row.sealed for row in rows]


async def test_every_organization_has_an_external_id_of_its_own_that_stays(settle) -> None:
    ada, eve = await settle(), await settle()

    assert await ada.external_id() == await ada.external_id()
    assert await ada.external_id() != await eve.external_id()
