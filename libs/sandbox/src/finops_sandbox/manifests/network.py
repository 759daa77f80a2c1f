"""Network policies: nothing may pass but what the table declares."""

from finops_sandbox.manifests.objects import Json, labels, thing
from finops_sandbox.manifests.table import (
    API_PORT,
    EVERY_SERVICE_REACHES,
    GATEWAY_PODS,
    NOT_PUBLIC,
    PLACES,
    PROMETHEUS_PODS,
    Deployed,
    Place,
    callers_of,
)

_KIND = ("networking.k8s.io/v1", "NetworkPolicy")


def default_deny() -> Json:
    """No pod of the namespace sends or receives anything unless another policy says so."""
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return thing(*_KIND, "default-deny", spec=spec)


def policies(service: Deployed) -> list[Json]:
    """What may reach the api, who may read metrics, and where the service's pods may go."""
    name = service.name
    callers = [_pods(caller) for caller in callers_of(name)]
    to_api = [{"from": [*callers, _peer(GATEWAY_PODS)], "ports": _ports(GATEWAY_PODS)}]
    metrics = [{"from": [_peer(PROMETHEUS_PODS)], "ports": _ports(PROMETHEUS_PODS)}]
    return [
        _policy(f"{name}-api", labels(service, "api"), "Ingress", to_api),
        _policy(f"{name}-metrics", labels(service), "Ingress", metrics),
        _policy(f"{name}-egress", labels(service), "Egress", _ways_out(service)),
    ]


def _ways_out(service: Deployed) -> list[Json]:
    places = (*EVERY_SERVICE_REACHES, *service.reaches)
    outside = [{"to": [_peer(PLACES[place])], "ports": _ports(PLACES[place])} for place in places]
    callees = [_pods(callee) for callee in service.callees]
    return [{"to": callees, "ports": [{"protocol": "TCP", "port": API_PORT}]}, *outside]


def _policy(name: str, pods: Json, direction: str, rules: list[Json]) -> Json:
    spec = {
        "podSelector": {"matchLabels": pods},
        "policyTypes": [direction],
        direction.lower(): rules,
    }
    return thing(*_KIND, name, pods, spec=spec)


def _pods(service: str) -> Json:
    return {"podSelector": {"matchLabels": labels(Deployed(service))}}


def _peer(place: Place) -> Json:
    if place.namespace is None:
        return {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(NOT_PUBLIC)}}
    namespace = {"matchLabels": {"kubernetes.io/metadata.name": place.namespace}}
    return {
        "namespaceSelector": namespace,
        "podSelector": {"matchLabels": dict(place.pods or {})},
    }


def _ports(place: Place) -> list[Json]:
    return [
        {"protocol": protocol, "port": port} for port in place.ports for protocol in place.protocols
    ]
