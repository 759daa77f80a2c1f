"""The gateway in Kubernetes: Gateway API objects and Envoy Gateway's policies, from the route table."""

from collections.abc import Sequence

from finops_sandbox.manifests.objects import Json, thing
from finops_sandbox.manifests.table import API_PORT
from finops_sandbox.routes import GatewaySettings, Route, RouteTable

NAME = "finops"
CERTIFICATE = "finops-gateway-tls"
HOST = "api.finops.example"
APP = "https://app.finops.example"

_GATEWAY_API = "gateway.networking.k8s.io"
_V1 = f"{_GATEWAY_API}/v1"
_ENVOY = "gateway.envoyproxy.io/v1alpha1"
_MATCHES = {"exact": "Exact", "prefix": "PathPrefix", "regex": "RegularExpression"}


def gateway(table: RouteTable) -> list[Json]:
    """Everything that stands between a client and the services.

    Routes need no order: the Gateway API lets an exact path win, Envoy Gateway then a regular
    expression, then the longest prefix.
    """
    limits = GatewaySettings(port=443, upstreams={})
    routed = [(route, _name(route)) for route in table.routes]
    names = list(dict.fromkeys(name for _, name in routed))
    streamed = list(dict.fromkeys(name for route, name in routed if route.max_body_bytes))
    return [
        _gateway_class(),
        _listeners(),
        *(_http_route(name, [r for r, its in routed if its == name]) for name in names),
        _client_policy(table),
        _cors(table),
        _backend_policy(NAME, limits, [("Gateway", NAME)], table.max_body_bytes),
        # Bills are streamed: a buffer would hold an upload back until it is whole.
        _backend_policy(f"{NAME}-streamed", limits, [("HTTPRoute", n) for n in streamed], None),
    ]


def _name(route: Route) -> str:
    return route.upstream if route.max_body_bytes is None else f"{route.upstream}-streamed"


def _gateway_class() -> Json:
    made = thing(_V1, "GatewayClass", NAME)
    del made["metadata"]["namespace"]
    return {**made, "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"}}


def _listeners() -> Json:
    listener = {
        "name": "https",
        "port": 443,
        "protocol": "HTTPS",
        "hostname": HOST,
        "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": CERTIFICATE}]},
        "allowedRoutes": {"namespaces": {"from": "Same"}},
    }
    return thing(_V1, "Gateway", NAME, spec={"gatewayClassName": NAME, "listeners": [listener]})


def _http_route(name: str, routes: Sequence[Route]) -> Json:
    rules = [
        {
            "matches": [{"path": {"type": _MATCHES[route.match], "value": route.path}}],
            "backendRefs": [{"name": route.upstream, "port": API_PORT}],
            # No limit to the whole: downloads and event streams last.
            "timeouts": {"request": "0s"},
        }
        for route in routes
    ]
    return thing(_V1, "HTTPRoute", name, spec={"parentRefs": [{"name": NAME}], "rules": rules})


def _policy(kind: str, name: str, targets: Sequence[tuple[str, str]], spec: Json) -> Json:
    references = [{"group": _GATEWAY_API, "kind": of, "name": named} for of, named in targets]
    return thing(_ENVOY, kind, name, spec={"targetRefs": references, **spec})


def _client_policy(table: RouteTable) -> Json:
    spec = {
        "path": {"escapedSlashesAction": "RejectRequest", "disableMergeSlashes": False},
        "headers": {
            "earlyRequestHeaders": {"remove": table.strip_headers},
            "withUnderscoresAction": "DropHeader",
        },
        "connection": {"bufferLimit": str(table.max_body_bytes)},
        "tls": {"minVersion": "1.2"},
    }
    return _policy("ClientTrafficPolicy", NAME, [("Gateway", NAME)], spec)


def _cors(table: RouteTable) -> Json:
    cors = {
        "allowOrigins": [APP],
        "allowMethods": table.cors.methods,
        "allowHeaders": table.cors.request_headers,
        "exposeHeaders": table.cors.response_headers,
        "maxAge": "10m",
        "allowCredentials": True,
    }
    return _policy("SecurityPolicy", NAME, [("Gateway", NAME)], {"cors": cors})


def _backend_policy(
    name: str, limits: GatewaySettings, targets: Sequence[tuple[str, str]], buffer: int | None
) -> Json:
    limit = {"limit": {"requests": limits.requests_per_second, "unit": "Second"}}
    spec: Json = {
        "rateLimit": {"type": "Local", "local": {"rules": [limit]}},
        # Only what no service has seen is sent again: a request may have had its effect.
        "retry": {
            "numRetries": 1,
            "retryOn": {"triggers": ["connect-failure", "refused-stream"]},
        },
        "timeout": {
            "tcp": {"connectTimeout": "2s"},
            # Shorter than the servers' own keep-alive.
            "http": {"connectionIdleTimeout": "4s"},
        },
    }
    if buffer is not None:
        spec["requestBuffer"] = {"limit": str(buffer)}
    return _policy("BackendTrafficPolicy", name, targets, spec)
