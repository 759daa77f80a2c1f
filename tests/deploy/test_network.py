"""The network policies let through exactly the declared graph of services, and deny the rest."""

from itertools import product
from typing import Any

import pytest

Json = dict[str, Any]
Edge = tuple[str, str]

pytestmark = pytest.mark.req("PLAT-43")

NAMES = {"identity", "org-rbac", "ingestion", "commitments", "autosavings", "billing", "audit-log"}

# Written out a second time on purpose: a new edge is a decision, not a side effect of a change.
CALLS = {
    *((caller, callee) for caller, callee in product(NAMES, ("identity", "org-rbac"))),
    ("autosavings", "ingestion"),
    ("autosavings", "commitments"),
    ("commitments", "ingestion"),
} - {("identity", "identity"), ("org-rbac", "org-rbac")}
OUTSIDE = {
    *product(NAMES, ("data/postgresql", "data/kafka", "kube-system/dns", "monitoring/traces")),
    *product(("identity", "org-rbac"), ("mail/smtp",)),
    *product(("ingestion", "autosavings", "billing"), ("public addresses",)),
}
PORTS = {
    "data/postgresql": {("TCP", 5432)},
    "data/kafka": {("TCP", 9092), ("TCP", 9093)},
    "kube-system/dns": {("UDP", 53), ("TCP", 53)},
    "monitoring/traces": {("TCP", 4318)},
    "mail/smtp": {("TCP", 465), ("TCP", 587)},
    "public addresses": {("TCP", 443)},
}
SHORT = {"kube-dns": "dns", "opentelemetry-collector": "traces"}


@pytest.fixture
def policies(overlay: list[Json]) -> list[Json]:
    return [found["spec"] for found in overlay if found["kind"] == "NetworkPolicy"]


def peer_name(peer: Json) -> str:
    """A service of ours, `namespace/name` of a neighbour, or public addresses."""
    if "ipBlock" in peer:
        return "public addresses"
    labels = peer["podSelector"]["matchLabels"]
    if "namespaceSelector" not in peer:
        assert labels["app.kubernetes.io/part-of"] == "finops"
        return str(labels["app.kubernetes.io/name"])
    namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    name = next(iter(labels.values()))
    return f"{namespace}/{SHORT.get(name, name)}"


def ways(policies: list[Json], direction: str) -> dict[Edge, set[tuple[str, int]]]:
    """What is let through: (service, peer) with protocols and ports."""
    side = {"Egress": "to", "Ingress": "from"}[direction]
    return {
        (policy["podSelector"]["matchLabels"]["app.kubernetes.io/name"], peer_name(peer)): {
            (port["protocol"], port["port"]) for port in rule["ports"]
        }
        for policy in policies
        for rule in policy.get(direction.lower(), [])
        for peer in rule[side]
    }


def test_what_no_policy_lets_through_is_denied_both_ways(policies: list[Json]) -> None:
    everything = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    assert policies.count(everything) == 1


def test_no_rule_is_open_to_every_peer_or_port(policies: list[Json]) -> None:
    rules = [
        (rule.get("to") or rule.get("from"), rule.get("ports"))
        for policy in policies
        for direction in ("ingress", "egress")
        for rule in policy.get(direction, [])
    ]

    assert rules
    assert all(peers and ports for peers, ports in rules)


def test_services_call_exactly_whom_the_graph_names(policies: list[Json]) -> None:
    out = ways(policies, "Egress")

    assert {edge for edge in out if edge[1] in NAMES} == CALLS
    assert all(out[edge] == {("TCP", 8000)} for edge in CALLS)


def test_services_let_in_exactly_who_may_call_them(policies: list[Json]) -> None:
    let_in = {(caller, callee) for callee, caller in ways(policies, "Ingress") if caller in NAMES}

    assert let_in == CALLS


def test_services_reach_exactly_what_they_need_outside(policies: list[Json]) -> None:
    out = {edge: ports for edge, ports in ways(policies, "Egress").items() if edge[1] not in NAMES}

    assert out == {edge: PORTS[edge[1]] for edge in OUTSIDE}


def test_only_gateway_and_prometheus_come_in_from_outside(policies: list[Json]) -> None:
    let_in = ways(policies, "Ingress")
    strangers = {edge: ports for edge, ports in let_in.items() if edge[1] not in NAMES}

    assert strangers == {
        **{(name, "envoy-gateway-system/finops"): {("TCP", 8000)} for name in NAMES},
        **{(name, "monitoring/prometheus"): {("TCP", 8000), ("TCP", 8001)} for name in NAMES},
    }


def test_public_addresses_are_neither_the_clusters_nor_the_metadata_services(
    policies: list[Json],
) -> None:
    blocks = [
        peer["ipBlock"]
        for policy in policies
        for rule in policy.get("egress", [])
        for peer in rule["to"]
        if "ipBlock" in peer
    ]

    assert blocks
    for block in blocks:
        assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(
            block["except"]
        )
