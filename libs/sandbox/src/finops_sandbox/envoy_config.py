"""Envoy's configuration as data, made from a route table."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from finops_sandbox.routes import GatewaySettings, Route, RouteTable

EXTENSIONS = "type.googleapis.com/envoy.extensions"

Json = dict[str, Any]


class LocalAnswer(BaseModel, frozen=True):
    """The gateway's own answer with a status, in the shape the services' problems have."""

    status: int
    code: str
    title: str
    detail: str
    retry_after: int | None = None


ANSWERS = (
    LocalAnswer(
        status=400,
        code="malformed-request",
        title="The request cannot be read",
        detail="Send a well-formed HTTP request; encoded slashes are not taken in paths.",
    ),
    LocalAnswer(
        status=404,
        code="not-found",
        title="Nothing is there",
        detail="Look up the path in the API's documentation at /docs.",
    ),
    LocalAnswer(
        status=408,
        code="request-timeout",
        title="The request took too long",
        detail="Send the whole request without long pauses.",
    ),
    LocalAnswer(
        status=413,
        code="body-too-large",
        title="The request's body is too large",
        detail="Send less at once; bills go to the upload routes.",
    ),
    LocalAnswer(
        status=429,
        code="rate-limited",
        title="Too many requests",
        detail="Wait, and send fewer requests a second.",
        retry_after=1,
    ),
    LocalAnswer(
        status=503,
        code="service-unavailable",
        title="The service does not answer",
        detail="Try again in a moment.",
        retry_after=5,
    ),
    LocalAnswer(
        status=504,
        code="service-timeout",
        title="The service did not answer in time",
        detail="Try again; ask for less if it happens often.",
        retry_after=5,
    ),
)


def render(table: RouteTable, settings: GatewaySettings) -> Json:
    """Envoy's whole configuration for a table on a loopback port."""
    manager = _connection_manager(table, settings)
    listener = {
        "name": "gateway",
        "address": _address(f"127.0.0.1:{settings.port}"),
        "per_connection_buffer_limit_bytes": table.max_body_bytes,
        "filter_chains": [
            {
                "filters": [
                    _typed(
                        "envoy.filters.network.http_connection_manager",
                        "filters.network.http_connection_manager.v3.HttpConnectionManager",
                        manager,
                    )
                ]
            }
        ],
    }
    clusters = [_cluster(name, settings.upstreams.get(name)) for name in table.upstreams]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _typed(name: str, kind: str, config: Json) -> Json:
    return {"name": name, "typed_config": {"@type": f"{EXTENSIONS}.{kind}", **config}}


def _address(address: str) -> Json:
    host, _, port = address.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}


def _connection_manager(table: RouteTable, settings: GatewaySettings) -> Json:
    return {
        "stat_prefix": "gateway",
        # The peer's address alone says where a request comes from, and nobody is inside.
        "use_remote_address": True,
        "internal_address_config": {"unix_sockets": False},
        "early_header_mutation_extensions": [_strip(table.strip_headers)],
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "common_http_protocol_options": {"headers_with_underscores_action": "DROP_HEADER"},
        "request_headers_timeout": "10s",
        "always_set_request_id_in_response": True,
        "local_reply_config": _local_replies(),
        "http_filters": _filters(table, settings),
        "route_config": {
            "name": "routes",
            "virtual_hosts": [_virtual_host(table, settings)],
        },
    }


def _strip(headers: Sequence[str]) -> Json:
    mutations = [{"remove": header} for header in headers]
    return _typed(
        "envoy.http.early_header_mutation.header_mutation",
        "http.early_header_mutation.header_mutation.v3.HeaderMutation",
        {"mutations": mutations},
    )


def _filters(table: RouteTable, settings: GatewaySettings) -> list[Json]:
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    limit = {
        "stat_prefix": "gateway",
        "token_bucket": {
            "max_tokens": settings.burst,
            "tokens_per_fill": settings.requests_per_second,
            "fill_interval": "1s",
        },
        "filter_enabled": always,
        "filter_enforced": always,
    }
    largest = {"max_request_bytes": table.max_body_bytes}
    return [
        _typed("envoy.filters.http.cors", "filters.http.cors.v3.Cors", {}),
        _typed(
            "envoy.filters.http.local_ratelimit",
            "filters.http.local_ratelimit.v3.LocalRateLimit",
            limit,
        ),
        _typed("envoy.filters.http.buffer", "filters.http.buffer.v3.Buffer", largest),
        _typed("envoy.filters.http.router", "filters.http.router.v3.Router", {}),
    ]


def _virtual_host(table: RouteTable, settings: GatewaySettings) -> Json:
    cors = {
        "@type": f"{EXTENSIONS}.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"exact": origin} for origin in settings.allowed_origins],
        "allow_methods": ", ".join(table.cors.methods),
        "allow_headers": ", ".join(table.cors.request_headers),
        "expose_headers": ", ".join(table.cors.response_headers),
        "max_age": "600",
        "allow_credentials": True,
    }
    return {
        "name": "everything",
        "domains": ["*"],
        "typed_per_filter_config": {"envoy.filters.http.cors": cors},
        "routes": [made for route in table.routes for made in _routes(route, settings)],
    }


def _routes(route: Route, settings: GatewaySettings) -> list[Json]:
    """A route, behind one that refuses a larger announced body where it has its own limit."""
    kinds: dict[str, Json] = {
        "exact": {"path": route.path},
        "prefix": {"prefix": route.path},
        "regex": {"safe_regex": {"regex": route.path}},
    }
    match = kinds[route.match]
    target = {
        "cluster": route.upstream,
        # No limit to the whole: downloads and event streams last. Silence ends them.
        "timeout": "0s",
        "idle_timeout": f"{settings.idle_seconds}s",
        "retry_policy": {
            "retry_on": "connect-failure,refused-stream,reset-before-request",
            "num_retries": 1,
        },
    }
    if route.max_body_bytes is None:
        return [{"match": match, "route": target}]
    # The buffer would hold the request back until its body is whole, also before a refusal.
    buffer = f"{EXTENSIONS}.filters.http.buffer.v3.BufferPerRoute"
    filters = {"envoy.filters.http.buffer": {"@type": buffer, "disabled": True}}
    larger = {"start": route.max_body_bytes + 1, "end": 2**63 - 1}
    announced = {**match, "headers": [{"name": "content-length", "range_match": larger}]}
    return [
        {
            "match": announced,
            "direct_response": {"status": 413},
            "typed_per_filter_config": filters,
        },
        {"match": match, "route": target, "typed_per_filter_config": filters},
    ]


def _cluster(name: str, address: str | None) -> Json:
    endpoints = [] if address is None else [{"endpoint": {"address": _address(address)}}]
    # Shorter than the servers' own keep-alive, so that no request goes into a closing connection.
    protocol = {
        "@type": f"{EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions",
        "common_http_protocol_options": {"idle_timeout": "4s"},
        "explicit_http_config": {"http_protocol_options": {}},
    }
    return {
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": protocol
        },
    }


def _local_replies() -> Json:
    return {"mappers": [_local_reply(answer) for answer in ANSWERS]}


def _local_reply(answer: LocalAnswer) -> Json:
    status = {
        "value": {"default_value": answer.status, "runtime_key": "gateway.unused"},
        "op": "EQ",
    }
    problem = {
        "type": "about:blank",
        "title": answer.title,
        "status": answer.status,
        "detail": answer.detail,
        "code": answer.code,
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    wait = {"header": {"key": "retry-after", "value": str(answer.retry_after)}}
    return {
        "filter": {"status_code_filter": {"comparison": status}},
        "body_format_override": {
            "json_format": problem,
            "content_type": "application/problem+json",
        },
        "headers_to_add": [] if answer.retry_after is None else [wait],
    }
