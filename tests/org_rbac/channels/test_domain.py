"""What a channel is sent, how it is signed, and which addresses are never called."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from ipaddress import ip_address
from uuid import UUID, uuid4

import pytest

from finops_common.jobs import GiveUpError
from finops_org_rbac.channels.adapters import AddressRefusedError, Outgoing, is_public
from finops_org_rbac.channels.domain import Kind, Message, payload, signature, wanted_from

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_message(**values: str) -> Message:
    usual = {"title": "t", "body": "b", "organization": "Platform", "link": "http://app.test/x"}
    return Message(
        notice_id=UUID(int=1),
        organization_id=UUID(int=2),
        category="money",
        kind="budget.spent",
        about="budget",
        severity="warning",
        facts={"share": "80"},
        raised_at=NOW,
        **usual | values,
    )


@pytest.mark.req("ORG-40", part="webhook, signed")
def test_a_receiver_checks_a_call_with_the_secret_alone() -> None:
    key, message_id, body = b"0" * 32, uuid4(), b'{"a":1}'
    secret = "whsec_" + base64.b64encode(key).decode()

    headers = signature(secret, message_id, NOW, body)

    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


@pytest.mark.req("ORG-40", part="Slack and Teams by incoming webhook")
@pytest.mark.parametrize("kind", ["webhook", "slack", "teams"])
def test_each_kind_says_title_place_and_link(kind: Kind) -> None:
    said = json.dumps(payload(kind, a_message(title="A title", body="A body")))

    assert "A title" in said
    assert "A body" in said
    assert "http://app.test/x" in said


def test_a_fact_calls_nobody_in_slack() -> None:
    said = payload("slack", a_message(body="<!channel> & <http://evil.test|click>"))["text"]

    assert "&lt;!channel&gt; &amp; &lt;http://evil.test|click&gt;" in said


def test_a_channel_is_told_of_what_is_grave_enough() -> None:
    assert wanted_from("info") == ("info",)
    assert wanted_from("critical") == ("info", "warning", "critical")


@pytest.mark.req("ORG-40", part="webhooks lead into no private network")
@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "ftp://hooks.example.com/x",
        "https:///x",
        "https://user:word@hooks.example.com/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[64:ff9b::a00:1]/x",
        "https://[fd00::1]/x",
        "https://0.0.0.0/x",
    ],
)
def test_an_address_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        Outgoing(private=False).check(url)


@pytest.mark.req("ORG-40", part="webhooks lead into no private network")
async def test_a_name_that_leads_inside_is_given_up_when_it_is_called() -> None:
    with pytest.raises(GiveUpError, match="private network"):
        await Outgoing(private=False).post("https://localhost/x", b"{}", {})


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("2002:a00:1::", False),
        ("2001:0:a00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, *, public: bool) -> None:
    assert is_public(ip_address(address)) is public
