"""A customer registers Google Cloud: what happens, and what each mistake is called."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.ingestion.clouds import GoogleCustomer, a_key, private_pem

from finops_ingestion.accounts.advice import advice_on
from finops_ingestion.accounts.domain import Cause
from finops_sandbox.gcp import Table
from finops_sandbox.gcp.state import (
    BIGQUERY,
    BILLING,
    BILLING_VIEWER,
    DATA_VIEWER,
    JOB_USER,
)

Spoil = Callable[[GoogleCustomer], None]


@pytest.mark.req("ING-1", part="Google Cloud, express")
@pytest.mark.req("ING-3", part="Google Cloud: key, project, dataset, billing account")
async def test_an_account_whose_export_is_linked_is_healthy_after_one_call(
    google: GoogleCustomer,
) -> None:
    answer = await google.register(google.body(name="Hanbit"))

    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["connection"]["status"] == "healthy", made
    assert (made["provider"], made["payer_account_id"]) == ("Google Cloud", google.billing.id)
    source = await google.source()
    assert (source["kind"], source["name"]) == ("gcp_export", google.detailed)
    assert (await google.listed()).keys() == {google.billing.id, *google.billing.projects}


@pytest.mark.req("ING-3", part="Google Cloud: the table is found by its name")
async def test_the_detailed_export_is_read_unless_another_is_asked_for(
    google: GoogleCustomer,
) -> None:
    standard = google.detailed.replace("_resource", "")
    google.dataset[standard] = Table()

    made = (await google.register(google.body())).json()
    assert (await google.source())["name"] == google.detailed
    path = f"{google.accounts}/{made['id']}"
    await google.owner.ask("PATCH", path, {"export_name": standard}, expect=200)
    await google.check(made["id"])

    assert (await google.source())["name"] == standard
    await google.owner.ask("PATCH", path, {"export_name": "notes"}, expect=200)
    found = await google.check(made["id"])
    assert (found["cause"], found["field"]) == ("billing_table_not_found", "export_name")


def _lose(role: str) -> Spoil:
    def change(google: GoogleCustomer) -> None:
        google.account.roles = {each for each in google.account.roles if each[0] != role}

    return change


def _switch_off(api: str) -> Spoil:
    return lambda google: google.project.apis.discard(api)


def _revoke(google: GoogleCustomer) -> None:
    google.account.keys.clear()


def _other_key(google: GoogleCustomer) -> None:
    google.key = a_key()


def _delete_account(google: GoogleCustomer) -> None:
    del google.google.state.accounts[google.account.email]


def _no_dataset(google: GoogleCustomer) -> None:
    google.project.datasets.clear()


def _not_linked(google: GoogleCustomer) -> None:
    del google.dataset[google.detailed]


def _of_another(google: GoogleCustomer) -> None:
    del google.dataset[google.detailed]
    google.dataset["gcp_billing_export_v1_000000_111111_222222"] = Table()


CAUSES = [
    (_revoke, "pre_registration", "key_revoked", "credentials.service_account"),
    (_other_key, "pre_registration", "key_revoked", "credentials.service_account"),
    (
        _delete_account,
        "pre_registration",
        "service_account_unknown",
        "credentials.service_account",
    ),
    (_switch_off(BILLING), "pre_registration", "billing_api_off", None),
    (_lose(BILLING_VIEWER), "pre_registration", "billing_viewer_missing", None),
    (_switch_off(BIGQUERY), "update_required", "bigquery_api_off", None),
    (_no_dataset, "update_required", "dataset_not_found", "place.dataset"),
    (_lose(DATA_VIEWER), "update_required", "data_viewer_missing", None),
    (_lose(JOB_USER), "update_required", "job_user_missing", None),
    (_not_linked, "update_required", "billing_export_not_linked", "place.dataset"),
    (_of_another, "update_required", "wrong_billing_account", "account_id"),
]


@pytest.mark.req("ING-3", part="Google Cloud: the wrong field, and the step that mends it")
@pytest.mark.req(
    "ING-4", part="Google Cloud: API off, export not linked, key out of date, and the others"
)
@pytest.mark.parametrize(("spoil", "status", "cause", "field"), CAUSES)
async def test_what_is_wrong_is_named_with_its_field_and_the_step_in_the_console(
    google: GoogleCustomer, spoil: Spoil, status: str, cause: Cause, field: str | None
) -> None:
    spoil(google)

    answer = await google.register(google.body(), **{"Accept-Language": "ko"})

    assert answer.status_code == 201, answer.text
    assert answer.json()["connection"] == {
        "status": status, "cause": cause, "field": field, "advice": advice_on(cause, "ko"),
    }  # fmt: skip


async def test_a_project_that_is_not_there_is_named(google: GoogleCustomer) -> None:
    place = {"project": "no-such-project", "dataset": "billing"}

    said = (await google.register(google.body(place=place))).json()["connection"]

    assert (said["cause"], said["field"]) == ("project_not_found", "place.project")


@pytest.mark.req("ING-3", part="Google Cloud: validated field by field")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("credentials.service_account.private_key", "-----BEGIN PRIVATE KEY-----\nnonsense"),
        ("credentials.service_account.client_email", "somebody"),
        ("credentials.service_account.type", "authorized_user"),
        ("place.project", "Not A Project"),
        ("place.dataset", "a`b"),
        ("account_id", "01A2B3"),
    ],
)
async def test_a_field_that_cannot_be_right_is_refused_by_name_without_its_value(
    google: GoogleCustomer, field: str, wrong: str
) -> None:
    body: dict[str, Any] = google.body()
    *parts, name = field.split(".")
    inside = body
    for part in parts:
        inside = inside[part]
    inside[name] = wrong

    answer = await google.register(body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"body.Google Cloud.{field}"
    assert wrong not in answer.text


async def test_a_key_that_is_no_rsa_key_is_refused(google: GoogleCustomer) -> None:
    pem = private_pem(google.key).replace("PRIVATE", "ENCRYPTED PRIVATE")

    answer = await google.register(google.body(credentials=google.credentials(private_key=pem)))

    assert answer.status_code == 422
    assert pem.splitlines()[1] not in answer.text


@pytest.mark.req("ING-4", part="Google Cloud: every right of a capability, with the fix")
async def test_the_rights_are_listed_with_the_role_that_gives_them(
    google: GoogleCustomer,
) -> None:
    _lose(JOB_USER)(google)
    made = (await google.register(google.body())).json()

    found = await google.owner.get(f"{google.accounts}/{made['id']}/permissions")

    (bills,) = (each for each in found["capabilities"] if each["capability"] == "bills")
    assert {each["action"]: each["granted"] for each in bills["actions"]} == {
        "billing.accounts.get": True,
        "bigquery.tables.getData": True,
        "bigquery.jobs.create": False,
    }
    assert "BigQuery Job User" in bills["fix"]
