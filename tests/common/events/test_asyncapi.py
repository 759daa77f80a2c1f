"""The event documents: complete, valid, and strict about changes that break readers."""

from typing import Any, ClassVar, Literal
from uuid import UUID

import jsonschema
import pytest
from pydantic import BaseModel, create_model
from tests.common.probe.contracts import NOTES, NoteTaken, note_taken

from finops_common.acting import Actor, Origin
from finops_common.clock import utc_now
from finops_common.contracts.catalogue import EVENTS
from finops_common.events.asyncapi import HEADERS, compatible, document, page
from finops_common.events.contract import Event, Topic
from finops_common.events.envelope import envelope, to_record
from finops_common.events.examples import example_of

pytestmark = pytest.mark.req("PLAT-10", part="contracts rendered to AsyncAPI 3, compatible changes")

REF = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": {"type": "string", "pattern": "^#/"}},
}
STRUCTURE: dict[str, Any] = {
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components"],
    "additionalProperties": False,
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {"type": "object", "required": ["title", "version"]},
        "defaultContentType": {"type": "string"},
        "channels": {
            "additionalProperties": {
                "type": "object",
                "required": ["address", "messages"],
                "properties": {"messages": {"additionalProperties": REF, "minProperties": 1}},
            }
        },
        "operations": {
            "additionalProperties": {
                "required": ["action", "channel"],
                "properties": {"action": {"enum": ["send", "receive"]}, "channel": REF},
            }
        },
        "components": {
            "type": "object",
            "required": ["messages", "schemas"],
            "properties": {
                "messages": {
                    "additionalProperties": {
                        "required": ["name", "summary", "headers", "payload", "examples"],
                        "properties": {
                            "headers": REF,
                            "payload": REF,
                            "summary": {"minLength": 10},
                        },
                    }
                }
            },
        },
    },
}


def resolve(found: dict[str, Any], reference: str) -> object:
    node: Any = found
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [ref for value in node.values() for ref in references(value)]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_the_document_of_all_events_is_asyncapi_3_and_all_its_references_lead_somewhere() -> None:
    found = document(EVENTS)

    jsonschema.validate(found, STRUCTURE)
    for reference in references(found):
        assert resolve(found, reference)
    assert set(found["components"]["messages"]) == {event.type() for event in EVENTS}
    assert set(found["channels"]) == {event.topic.name for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type())
def test_the_example_of_an_event_is_one(event: type[Event]) -> None:
    found = document(EVENTS)
    (example,) = found["components"]["messages"][event.type()]["examples"]

    jsonschema.validate(example["payload"], found["components"]["schemas"][event.type()])
    instance = example_of(event)
    value, headers = instance.encode()
    assert event.decode(headers, value) == instance


def test_the_headers_we_send_are_the_headers_we_document() -> None:
    message = envelope(
        note_taken(),
        source="/probe",
        time=utc_now(),
        origin=Origin("request-1", Actor("user", "1"), "00-1-1-01", "127.0.0.1", "curl"),
        version=3,
        company_id=UUID(int=1),
        organization_id=UUID(int=2),
        reason="why",
    )
    headers, _ = to_record(message)

    jsonschema.validate(headers, HEADERS)
    assert set(headers) <= set(HEADERS["properties"])


def test_the_page_names_topic_key_producer_and_handlers() -> None:
    text = page([NoteTaken], {NoteTaken.type(): ["services/audit-log/src/handlers.py"]})

    (row,) = [line for line in text.splitlines() if NoteTaken.type() in line]
    assert "`probe.note` | book | probe | `services/audit-log/src/handlers.py`" in row


class Line(BaseModel):
    text: str


class Page(Event):
    """The contract as it was."""

    topic: ClassVar[Topic] = NOTES
    name: ClassVar[str] = "page.added"
    key: ClassVar[str] = "book"

    book: str
    kind: Literal["plain", "ruled"] = "plain"
    lines: tuple[Line, ...] = ()
    number: int | None = None


def changed(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - what create_model takes
    """The document after a change of some fields."""
    return document([create_model("Page", __base__=Page, **fields)])


def without(*names: str) -> dict[str, Any]:
    found = document([Page])
    for name in names:
        del found["components"]["schemas"][Page.type()]["properties"][name]
    return found


class LongLine(Line):
    number: int


class Elsewhere(Page):
    topic: ClassVar[Topic] = Topic("probe.page", "pages")


class OtherKey(Page):
    key: ClassVar[str] = "kind"


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        (without("kind"), "kind is gone"),
        (changed(book=(int, ...)), "book changed its type"),
        (changed(number=(int, 0)), "number changed its type"),
        (changed(kind=(Literal["plain"], "plain")), "kind changed its type"),
        (changed(author=(str, ...)), "author is newly required"),
        (changed(lines=(tuple[LongLine, ...], ())), "lines[].number is newly required"),
        (document([]), "event is gone"),
        (document([Elsewhere]), "moved from topic probe.note to probe.page"),
        (document([OtherKey]), "its key changed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_that_breaks_readers_is_found(new: dict[str, Any], fault: str) -> None:
    assert compatible(document([Page]), new) == [f"{Page.type()}: {fault}"]


def test_what_readers_ignore_is_compatible() -> None:
    assert compatible(document([Page]), changed(author=(str | None, None))) == []
    assert compatible(document([Page]), document([Page, NoteTaken])) == []
    assert compatible(document(EVENTS), document(EVENTS)) == []
