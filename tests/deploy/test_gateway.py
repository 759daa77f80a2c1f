"""Both gateways, Envoy's local file and the Gateway API's objects, come from one route table."""

import re
from typing import Any

import pytest

from finops_sandbox.envoy_config import render
from finops_sandbox.manifests.gateway import gateway
from finops_sandbox.manifests.table import SERVICES
from finops_sandbox.routes import GatewaySettings, Route, RouteTable, load_routes

Json = dict[str, Any]
Way = tuple[str, str, str]
"""How the path is compared, the path, the upstream."""

pytestmark = pytest.mark.req("PLAT-43")


@pytest.fixture(scope="session")
def table() -> RouteTable:
    return load_routes()


def of_kind(objects: list[Json], kind: str) -> list[Json]:
    return [found for found in objects if found["kind"] == kind]


def in_kubernetes(objects: list[Json]) -> set[Way]:
    return {
        (match["path"]["type"], match["path"]["value"], backend["name"])
        for route in of_kind(objects, "HTTPRoute")
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
        for backend in rule["backendRefs"]
    }


def in_envoy(table: RouteTable) -> set[Way]:
    listener = render(table, GatewaySettings(port=1, upstreams={}))["static_resources"]["listeners"]
    manager = listener[0]["filter_chains"][0]["filters"][0]["typed_config"]
    routes = manager["route_config"]["virtual_hosts"][0]["routes"]
    return {way(route["match"], route["route"]["cluster"]) for route in routes if "route" in route}


def way(match: Json, upstream: str) -> Way:
    if "path" in match:
        return "Exact", match["path"], upstream
    if "prefix" in match:
        return "PathPrefix", match["prefix"], upstream
    return "RegularExpression", match["safe_regex"]["regex"], upstream


def test_both_gateways_have_the_same_set_of_routes(base: list[Json], table: RouteTable) -> None:
    assert in_kubernetes(base) == in_envoy(table)
    assert len(in_kubernetes(base)) == len(table.routes)


def test_a_route_added_to_the_table_is_in_both(table: RouteTable) -> None:
    added = Route(match="prefix", path="/added/v1/", upstream="added")
    longer = table.model_copy(update={"routes": [*table.routes, added]})

    made = in_kubernetes(gateway(longer))

    assert ("PathPrefix", "/added/v1/", "added") in made
    assert made == in_envoy(longer)


def test_the_first_route_of_the_table_wins_in_the_gateway_api_too(table: RouteTable) -> None:
    """There an exact path goes before an expression, that before prefixes, the longest first."""
    kinds = ["exact", "regex", "prefix"]

    for route in table.routes:
        path = sample(route)
        assert takes(route, path)
        matching = [other for other in table.routes if takes(other, path)]
        first = min(matching, key=lambda other: (kinds.index(other.match), -len(other.path)))

        assert first == matching[0]


def sample(route: Route) -> str:
    """A path that a route takes."""
    if route.match != "regex":
        return route.path if route.match == "exact" else route.path + "x"
    plain = re.sub(r"\([^)]*\)\?", "", route.path)
    return re.sub(r"\((\w+)\|[^)]*\)", r"\1", plain).replace("[^/]+", "x")


def takes(route: Route, path: str) -> bool:
    if route.match == "exact":
        return path == route.path
    if route.match == "prefix":
        return path.startswith(route.path)
    return re.fullmatch(route.path, path) is not None


def test_every_service_is_reached_below_its_version_only(base: list[Json]) -> None:
    names = {service.name for service in SERVICES}
    ways = [found for found in in_kubernetes(base) if found[2] in names]

    assert {name for _, _, name in ways} == names
    assert all(path.startswith(f"/{name}/v1/") for _, path, name in ways)


def test_what_identity_headers_a_client_sends_is_taken_off_before_routing(
    base: list[Json], table: RouteTable
) -> None:
    (policy,) = of_kind(base, "ClientTrafficPolicy")
    headers = policy["spec"]["headers"]

    assert set(headers["earlyRequestHeaders"]["remove"]) == set(table.strip_headers)
    assert headers["withUnderscoresAction"] == "DropHeader"
    assert policy["spec"]["path"]["escapedSlashesAction"] == "RejectRequest"


def test_bodies_are_limited_but_where_bills_are_streamed(
    base: list[Json], table: RouteTable
) -> None:
    limits = {
        (target["kind"], target["name"]): policy["spec"].get("requestBuffer", {}).get("limit")
        for policy in of_kind(base, "BackendTrafficPolicy")
        for target in policy["spec"]["targetRefs"]
    }
    streamed = {route.path for route in table.routes if route.max_body_bytes is not None}

    assert limits == {
        ("Gateway", "finops"): str(table.max_body_bytes),
        ("HTTPRoute", "ingestion-streamed"): None,
    }
    (route,) = [
        found
        for found in of_kind(base, "HTTPRoute")
        if found["metadata"]["name"] == "ingestion-streamed"
    ]
    assert {rule["matches"][0]["path"]["value"] for rule in route["spec"]["rules"]} == streamed


def test_nothing_a_service_may_have_seen_is_sent_again(base: list[Json]) -> None:
    for policy in of_kind(base, "BackendTrafficPolicy"):
        retry = policy["spec"]["retry"]

        assert retry["numRetries"] == 1
        assert set(retry["retryOn"]["triggers"]) <= {"connect-failure", "refused-stream"}


def test_the_policies_name_objects_that_exist(overlay: list[Json]) -> None:
    known = {(found["kind"], found["metadata"]["name"]) for found in overlay}
    targets = {
        (target["kind"], target["name"])
        for found in overlay
        if found["apiVersion"].startswith("gateway.envoyproxy.io/")
        for target in found["spec"]["targetRefs"]
    }

    assert targets
    assert targets <= known


@pytest.mark.req("PRIV-12", part="TLS from the client to the gateway in production")
def test_production_is_reached_by_tls_alone(production: list[Json]) -> None:
    (found,) = of_kind(production, "Gateway")

    assert [listener["protocol"] for listener in found["spec"]["listeners"]] == ["HTTPS"]
    (policy,) = of_kind(production, "ClientTrafficPolicy")
    assert policy["spec"]["tls"]["minVersion"] == "1.2"
