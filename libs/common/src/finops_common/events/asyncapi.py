"""The documents made from the event contracts, and which changes of them break readers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from finops_common.events.contract import Event, Topic
from finops_common.events.examples import example_of

VERSION = "3.0.0"
_TEXT = {"type": "string"}
HEADERS: Mapping[str, Any] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "repeats carry the same"},
        "ce_type": _TEXT,
        "ce_source": {"type": "string", "description": "/<service>"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "the Kafka key: an aggregate or tenant"},
        "ce_aggregateversion": {"type": "string", "description": "ignore what is older"},
        "ce_actor": {"type": "string", "description": "<kind>:<id>, who did it"},
        "ce_impersonator": {"type": "string", "description": "staff acting as the actor"},
        "ce_companyid": {"type": "string", "format": "uuid"},
        "ce_organizationid": {"type": "string", "format": "uuid"},
        "ce_requestid": _TEXT,
        "ce_reason": _TEXT,
        "ce_outcome": {"enum": ["success", "failure"]},
        "ce_clientip": _TEXT,
        "ce_useragent": _TEXT,
        "traceparent": _TEXT,
        "content-type": _TEXT,
    },
}
"""CloudEvents 1.0 in Kafka's binary mode, with this platform's extensions (`to_headers`)."""


def document(events: Iterable[type[Event]], title: str = "finops events") -> dict[str, Any]:
    """The AsyncAPI 3 document of `events`: a channel per topic, a message per event."""
    found = sorted(events, key=lambda event: event.type())
    topics = {event.topic.name: event.topic for event in found}
    return {
        "asyncapi": VERSION,
        "info": {"title": title, "version": "1", "description": "Generated from the contracts."},
        "defaultContentType": "application/json",
        "channels": {name: _channel(topic, found) for name, topic in sorted(topics.items())},
        "operations": {f"send.{name}": _operation(name) for name in sorted(topics)},
        "components": {
            "messages": {event.type(): _message(event) for event in found},
            "schemas": {"headers": dict(HEADERS)} | {e.type(): _schema(e) for e in found},
        },
    }


def _channel(topic: Topic, events: Iterable[type[Event]]) -> dict[str, Any]:
    types = [event.type() for event in events if event.topic.name == topic.name]
    return {
        "address": topic.name,
        "description": topic.what,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in types},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"retention.ms": topic.retention_days * 24 * 3600 * 1000},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operation(topic: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type(),
        "summary": _summary(event),
        "contentType": _content_type(event),
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {"$ref": f"#/components/schemas/{event.type()}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"the field {event.key}"},
                "bindingVersion": "0.5.0",
            }
        },
        "examples": [{"name": "example", "payload": example_of(event).model_dump(mode="json")}],
    }


def _content_type(event: type[Event]) -> str:
    _, headers = example_of(event).encode()
    return headers["content-type"]


def _schema(event: type[Event]) -> dict[str, Any]:
    schema = event.model_json_schema(mode="serialization")
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inlined(schema, definitions)
    return inlined


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """`node` with local definitions in their places, so that one schema stands alone."""
    if isinstance(node, list):
        return [_inlined(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        rest = {name: value for name, value in node.items() if name != "$ref"}
        found: Any = _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions)
        return found | rest
    return {name: _inlined(value, definitions) for name, value in node.items()}


def page(events: Iterable[type[Event]], handlers: Mapping[str, Iterable[str]]) -> str:
    """A Markdown page: per event its topic, key, producer and handlers.

    `handlers` gives the files that handle an event, by its type.
    """
    rows = [
        f"| `{event.type()}` | {_summary(event)} | `{event.topic.name}` | {event.key} "
        f"| {event.topic.service} | {_files(handlers.get(event.type(), ()))} |"
        for event in sorted(events, key=lambda event: event.type())
    ]
    head = ["| event | says | topic | key | producer | handled in |", "|" + " --- |" * 6]
    return "\n".join(["# Events", "", "Generated by `make contracts`.", "", *head, *rows, ""])


def _summary(event: type[BaseModel]) -> str:
    return " ".join((event.__doc__ or "").split("\n\n", 1)[0].split()).replace("|", "/")


def _files(found: Iterable[str]) -> str:
    return ", ".join(f"`{file}`" for file in sorted(found)) or "nobody yet"


def compatible(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What in `new` breaks readers or records of `old`, both made by `document`; empty when nothing.

    Readers ignore fields they do not know, so a new optional field is fine. Gone events
    and fields, other types, topics or keys, and new required fields (records of old
    writers lack them) are not: they want a new version of the event.
    """
    return [
        *_changed_places(old, new),
        *(
            f"{kind}: {fault}"
            for kind, schema in _payloads(old).items()
            for fault in _faults("", schema, _payloads(new).get(kind))
        ),
    ]


def _payloads(found: Mapping[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = found["components"]["schemas"]
    return {name: schema for name, schema in schemas.items() if name != "headers"}


def _changed_places(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    places, keys = _places(new), _keys(new)
    for kind, topic in _places(old).items():
        if kind in places and places[kind] != topic:
            yield f"{kind}: moved from topic {topic} to {places[kind]}"
    for kind, key in _keys(old).items():
        if kind in keys and keys[kind] != key:
            yield f"{kind}: its key changed"


def _places(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        kind: topic for topic, channel in found["channels"].items() for kind in channel["messages"]
    }


def _keys(found: Mapping[str, Any]) -> dict[str, Any]:
    messages = found["components"]["messages"]
    return {kind: message["bindings"]["kafka"]["key"] for kind, message in messages.items()}


def _faults(path: str, old: Mapping[str, Any], new: Mapping[str, Any] | None) -> Iterator[str]:
    if new is None:
        yield f"{path or 'event'} is gone"
        return
    if _shape(old) != _shape(new):
        yield f"{path or 'event'} changed its type"
        return
    fields, required = old.get("properties", {}), set(old.get("required", ()))
    for name in sorted(set(new.get("required", ())) - required):
        yield f"{_under(path, name)} is newly required"
    for name, schema in fields.items():
        yield from _faults(_under(path, name), schema, new.get("properties", {}).get(name))
    if isinstance(old.get("items"), Mapping):
        yield from _faults(f"{path}[]", old["items"], new.get("items"))


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shape(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """What decides whether a value still fits: not its texts, defaults or inner fields."""
    own = {
        name: value
        for name, value in schema.items()
        if name not in {"title", "description", "default", "examples", "properties", "required"}
    }
    own.pop("items", None)
    if "anyOf" in own:
        own["anyOf"] = sorted(str(_shape(each)) for each in own["anyOf"])
    return own
