"""The template a customer downloads."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from finops_ingestion.connections.domain import FocusPlace
from finops_ingestion.connections.template import read_template, stack_parameters

WRITES = ("Create", "Delete", "Put", "Purchase", "Modify", "Update", "Tag", "Untag", "Attach")


def actions_of(template: str) -> list[str]:
    found: list[str] = []

    def visit(value: object) -> None:
        if isinstance(value, dict):
            if value.get("Effect") == "Allow" and "Principal" not in value:
                found.extend(value["Action"])
            for each in value.values():
                visit(each)
        if isinstance(value, list):
            for each in value:
                visit(each)

    visit(json.loads(template)["Resources"])
    return found


@pytest.mark.req("ING-2", part="least privilege: the read stack changes nothing")
def test_the_read_stack_allows_nothing_that_changes_anything() -> None:
    template = read_template("arn:aws:iam::1:root", {})

    verbs = [action.partition(":")[2] for action in actions_of(template)]

    assert len(verbs) > 40
    assert not [verb for verb in verbs if verb.startswith(WRITES) or verb == "*"]


@pytest.mark.req("ING-2", part="ExternalId on every role")
def test_every_role_trusts_our_principal_with_an_external_id_only() -> None:
    template = json.loads(read_template("arn:aws:iam::1:root", {}))

    for role in template["Resources"].values():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"AWS": "arn:aws:iam::1:root"}
        assert set(statement["Condition"]["StringEquals"]) == {"sts:ExternalId"}


def test_parameters_become_defaults_and_options() -> None:
    parameters = stack_parameters("x", "tag", bucket="b", leave_out=frozenset({"resources"}))

    template = json.loads(read_template("arn:aws:iam::1:root", parameters))

    defaults = {name: about["Default"] for name, about in template["Parameters"].items()}
    assert defaults["ExternalId"] == "x"
    assert (defaults["WithResources"], defaults["WithBills"]) == ("no", "yes")


@pytest.mark.req("ING-2", part="least privilege: of a bucket with FOCUS files one folder")
def test_a_folder_of_focus_files_is_opened_alone_and_only_where_it_is_named() -> None:
    focus = FocusPlace("saas", "focus/")
    parameters = stack_parameters("x", "tag", bucket="", leave_out=frozenset(), focus=focus)

    template = json.loads(read_template("arn:aws:iam::1:root", parameters))

    defaults = {name: about["Default"] for name, about in template["Parameters"].items()}
    assert (defaults["FocusBucket"], defaults["FocusFolder"]) == ("saas", "focus/")
    policies = template["Resources"]["ReadRole"]["Properties"]["Policies"]
    (folder,) = [
        each["Fn::If"][1] for each in policies if each.get("Fn::If", [""])[0] == "ReadsFolder"
    ]
    listing, reading, _ = folder["PolicyDocument"]["Statement"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": [{"Fn::Sub": "${FocusFolder}*"}]}}
    assert reading["Resource"]["Fn::Sub"].endswith(":${FocusBucket}/${FocusFolder}*")


@pytest.mark.req("ING-2", part="quick-create link")
async def test_the_quick_create_link_fills_everything_in(customer) -> None:
    path = f"/ingestion/v1/organizations/{customer.organization}/aws/stack"

    stack = await customer.owner.get(f"{path}?without=resources")

    fragment = urlsplit(stack["quick_create_url"]).fragment
    given = parse_qs(fragment.partition("?")[2])
    assert given["templateURL"] == ["https://finops-templates.s3.amazonaws.com/read.json"]
    assert given["param_ExternalId"] == [stack["external_id"]]
    assert given["param_WithResources"] == ["no"]


async def test_the_template_comes_as_a_file(customer) -> None:
    path = f"/ingestion/v1/organizations/{customer.organization}/aws/template"

    answer = await customer.owner.ask("GET", path, expect=200)

    assert answer.headers["content-disposition"] == 'attachment; filename="finops-read.json"'
    assert answer.headers["cache-control"] == "no-store"
