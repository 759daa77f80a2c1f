"""Reads requests and writes answers by botocore's service models (query, ec2, json, rest-json)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4
from xml.sax.saxutils import escape

import botocore.session

from finops_sandbox.aws.errors import AwsError

Parameters = dict[str, Any]
Model = Any
Shape = Any
Value = Any
# botocore ships no types; values are whatever a shape holds.

# Signing names of SigV4 scopes that differ from the model's name.
_MODEL_NAMES = {"api.pricing": "pricing", "memory-db": "memorydb"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, ready to send."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class HttpRequest:
    """The parts of a request that signing and parsing look at."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@cache
def service_model(name: str) -> Model:
    """The model of a service by its signing name.

    Raises:
        AwsError: botocore knows no such service.
    """
    session = botocore.session.get_session()
    model_name = _MODEL_NAMES.get(name, name)
    if model_name not in session.get_available_services():
        raise AwsError("UnknownService", f"No service signs as {name}", 404)
    return session.get_service_model(model_name)


def protocol_of(name: str) -> str:
    """The protocol the service's model names first."""
    return str(service_model(name).metadata["protocol"])


def parse(service: str, request: HttpRequest) -> tuple[str, Parameters]:
    """The operation's name and its parameters by model names.

    Raises:
        AwsError: the service has no such operation.
    """
    model, protocol = service_model(service), protocol_of(service)
    if protocol in {"query", "ec2"}:
        form = dict(parse_qsl(request.body.decode() or request.query, keep_blank_values=True))
        operation = _operation(model, form.get("Action", ""))
        shape = operation.input_shape
        parsed = _read_query(shape, form, "", ec2=protocol == "ec2") if shape else None
        return str(operation.name), parsed or {}
    if protocol == "json":
        target = request.headers.get("x-amz-target", "").rpartition(".")[2]
        return target, _read_json(_operation(model, target).input_shape, _body(request))
    operation = _route(model, request)
    return str(operation.name), _read_rest(operation.input_shape, request)


def _operation(model: Model, name: str) -> Model:
    if name not in model.operation_names:
        raise AwsError("InvalidAction", f"{model.service_name} has no operation {name!r}", 400)
    return model.operation_model(name)


def _route(model: Model, request: HttpRequest) -> Model:
    for name in model.operation_names:
        operation = model.operation_model(name)
        http = operation.http
        if (http["method"], http["requestUri"].partition("?")[0]) == (request.method, request.path):
            return operation
    raise AwsError("UnknownOperationException", f"Nothing at {request.path}", 404)


def _body(request: HttpRequest) -> Value:
    return json.loads(request.body or b"{}")


def _read_query(shape: Shape, form: Mapping[str, str], prefix: str, *, ec2: bool) -> Value:
    """The value at the prefix, None where the form has nothing there."""
    if prefix and not any(key == prefix or key.startswith(f"{prefix}.") for key in form):
        return None
    if shape.type_name == "structure":
        read = {
            name: _read_query(member, form, _query_name(prefix, name, member, ec2=ec2), ec2=ec2)
            for name, member in shape.members.items()
        }
        return {name: value for name, value in read.items() if value is not None}
    if shape.type_name == "list":
        return _read_query_list(shape, form, prefix, ec2=ec2)
    return _scalar(shape, form[prefix]) if prefix in form else None


def _read_query_list(shape: Shape, form: Mapping[str, str], prefix: str, *, ec2: bool) -> list[Any]:
    flat = ec2 or shape.serialization.get("flattened")
    stem = prefix if flat else f"{prefix}.{shape.member.serialization.get('name', 'member')}"
    values: list[Any] = []
    while (
        value := _read_query(shape.member, form, f"{stem}.{len(values) + 1}", ec2=ec2)
    ) is not None:
        values.append(value)
    return values


def _query_name(prefix: str, name: str, member: Shape, *, ec2: bool) -> str:
    given = member.serialization
    own = given.get("name", name)
    if ec2:
        own = given.get("queryName") or f"{own[0].upper()}{own[1:]}"
    return f"{prefix}.{own}" if prefix else own


def _read_json(shape: Shape, value: Value) -> Value:
    if shape is None:
        return {}
    if shape.type_name == "structure" and isinstance(value, dict):
        named = {m.serialization.get("name", n): (n, m) for n, m in shape.members.items()}
        return {
            named[key][0]: _read_json(named[key][1], inner)
            for key, inner in value.items()
            if key in named
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_read_json(shape.member, inner) for inner in value]
    return value


def _read_rest(shape: Shape, request: HttpRequest) -> Parameters:
    if shape is None:
        return {}
    query = dict(parse_qsl(request.query))
    read: Parameters = _read_json(shape, _body(request)) if request.body else {}
    for name, member in shape.members.items():
        key = member.serialization.get("name", name)
        if member.serialization.get("location") == "querystring" and key in query:
            read[name] = _scalar(member, query[key])
    return read


def _scalar(shape: Shape, text: str) -> Value:
    if shape.type_name in {"integer", "long"}:
        return int(text)
    return text == "true" if shape.type_name == "boolean" else text


def answer(service: str, operation: str, result: Parameters) -> Answer:
    """The operation's answer; members the model does not have are left out."""
    protocol = protocol_of(service)
    shape = _operation(service_model(service), operation).output_shape
    if protocol in {"json", "rest-json"}:
        body = json.dumps(_write_json(shape, result) if shape else {})
        return _answer(200, body, "application/x-amz-json-1.1")
    inner = _write_members(shape, result) if shape else ""
    if protocol == "ec2":
        inner = f"<requestId>{uuid4()}</requestId>{inner}"
    else:
        wrapper = (shape.serialization if shape else {}).get("resultWrapper")
        inner = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
        inner += f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>"
    space = service_model(service).metadata.get("xmlNamespace", "")
    root = f'<{operation}Response xmlns="{space}">{inner}</{operation}Response>'
    return _answer(200, root, "text/xml")


def error_answer(protocol: str, error: AwsError) -> Answer:
    """The refusal in the protocol's form."""
    code, message = escape(error.code), escape(error.message)
    if protocol in {"json", "rest-json"}:
        body = json.dumps({"__type": error.code, "message": error.message})
        kind = {"x-amzn-errortype": error.code}
        return _answer(error.status, body, "application/x-amz-json-1.1", kind)
    detail = f"<Code>{code}</Code><Message>{message}</Message>"
    forms = {
        "ec2": f"<Response><Errors><Error>{detail}</Error></Errors></Response>",
        "rest-xml": f"<Error>{detail}</Error>",
        "query": f"<ErrorResponse><Error><Type>Sender</Type>{detail}</Error></ErrorResponse>",
    }
    return _answer(error.status, forms[protocol], "text/xml")


def _answer(
    status: int, body: str, content_type: str, headers: Mapping[str, str] | None = None
) -> Answer:
    identity = {"x-amzn-requestid": str(uuid4())}
    return Answer(status, body.encode(), content_type, {**identity, **(headers or {})})


def _write_json(shape: Shape, value: Value) -> Value:
    if shape.type_name == "structure":
        return {
            member.serialization.get("name", name): _write_json(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list":
        return [_write_json(shape.member, inner) for inner in value]
    if isinstance(value, datetime):
        return value.timestamp()
    return value


def _write_members(shape: Shape, value: Parameters) -> str:
    return "".join(
        _write_xml(member, member.serialization.get("name", name), value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None
    )


def _write_xml(shape: Shape, name: str, value: Value) -> str:
    if shape.type_name == "structure":
        return f"<{name}>{_write_members(shape, value)}</{name}>"
    if shape.type_name == "list":
        flat = shape.serialization.get("flattened")
        item = name if flat else shape.member.serialization.get("name", "member")
        items = "".join(_write_xml(shape.member, item, inner) for inner in value)
        return items if flat else f"<{name}>{items}</{name}>"
    return f"<{name}>{escape(_xml_text(value))}</{name}>"


def _xml_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
