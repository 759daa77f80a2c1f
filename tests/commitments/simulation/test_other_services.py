"""Reservations of databases, caches, search and warehouses."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from finops_commitments.simulation.answer import simulated
from finops_commitments.simulation.scenario import Scenario, ScenarioError

ScenarioOf = Callable[[Mapping[str, Any]], Scenario]
Json = dict[str, Any]


def covered(scenario_of: ScenarioOf, usage: Json, reserved: Json) -> str:
    place = {"region": "us-east-1", "family": "r6g"}
    scenario = {
        "usage": [{**place, "quantity": 1, **usage}],
        "reserved_instances": [{"id": "ri", "count": 1, **place, **reserved}],
    }
    part: str = simulated(scenario_of(scenario))["usage"][0]["covered_by_reserved_instances"]
    return part


@pytest.mark.req("COM-10", part="reservations of RDS, ElastiCache, MemoryDB flex over sizes")
@pytest.mark.parametrize(
    ("service", "engine"),
    [
        ("AmazonRDS", "MySQL"),
        ("AmazonRDS", "PostgreSQL"),
        ("AmazonRDS", "Aurora PostgreSQL"),
        ("AmazonElastiCache", "Redis"),
        ("AmazonElastiCache", "Memcached"),
        ("AmazonMemoryDB", "Redis"),
    ],
)
def test_a_reservation_covers_half_of_the_next_size(
    service: str, engine: str, scenario_of: ScenarioOf
) -> None:
    running = {"service": service, "platform": engine, "size": "2xlarge"}
    held = {"service": service, "platform": engine, "size": "xlarge"}

    assert covered(scenario_of, running, held) == "0.5"
    assert covered(scenario_of, running | {"family": "r7g"}, held) == "0"
    assert covered(scenario_of, running | {"region": "eu-west-1"}, held) == "0"


@pytest.mark.req("COM-10", part="reservations without size flexibility")
@pytest.mark.parametrize(
    ("service", "engine", "size", "larger"),
    [
        ("AmazonRDS", "SQL Server", "xlarge", "2xlarge"),
        ("AmazonRDS", "Oracle", "xlarge", "2xlarge"),
        ("AmazonES", None, "xlarge.search", "2xlarge.search"),
        ("AmazonRedshift", None, "4xlarge", "16xlarge"),
    ],
)
def test_other_reservations_cover_their_own_size_alone(
    service: str, engine: str | None, size: str, larger: str, scenario_of: ScenarioOf
) -> None:
    held = {"service": service, "platform": engine, "size": size}

    assert covered(scenario_of, held, held) == "1"
    assert covered(scenario_of, held | {"size": larger}, held) == "0"


@pytest.mark.req("COM-10", part="a reservation is for one service and engine")
def test_engines_and_services_do_not_share_reservations(scenario_of: ScenarioOf) -> None:
    held = {"service": "AmazonRDS", "platform": "MySQL", "size": "large"}

    assert covered(scenario_of, held, held) == "1"
    assert covered(scenario_of, held | {"platform": "MariaDB"}, held) == "0"
    assert covered(scenario_of, held | {"service": "EC2", "platform": "Linux"}, held) == "0"


@pytest.mark.req("COM-10", part="deployments over several zones")
def test_a_deployment_over_several_zones_counts_its_instances(scenario_of: ScenarioOf) -> None:
    held = {"service": "AmazonRDS", "platform": "MySQL", "size": "large"}

    assert covered(scenario_of, held | {"deployment": "multi_az"}, held) == "0.5"
    assert covered(scenario_of, held, held | {"deployment": "multi_az"}) == "1"
    cluster = held | {"deployment": "multi_az_cluster"}
    assert covered(scenario_of, cluster, held | {"count": 3}) == "1"
    fixed = held | {"platform": "SQL Server"}
    assert covered(scenario_of, fixed | {"deployment": "multi_az"}, fixed) == "0"


def test_a_valkey_node_draws_less_from_a_reservation_of_redis(scenario_of: ScenarioOf) -> None:
    held = {"platform": "Redis", "size": "large", "count": 7}
    running = {"platform": "Valkey", "size": "large", "quantity": 100}

    memory = {"service": "AmazonMemoryDB"}
    assert covered(scenario_of, running | memory, held | memory) == "10"
    cache = {"service": "AmazonElastiCache"}
    assert covered(scenario_of, running | cache, held | cache) == "8.75"


def test_zones_do_not_matter_outside_ec2(scenario_of: ScenarioOf) -> None:
    held = {"service": "AmazonES", "size": "large.search", "zone": "us-east-1a"}

    assert covered(scenario_of, held | {"zone": "us-east-1b"}, held) == "1"


@pytest.mark.parametrize("service", ["AmazonRDS", "AmazonElastiCache", "AmazonMemoryDB"])
def test_where_nobody_names_an_engine_it_is_one_that_flexes(
    service: str, scenario_of: ScenarioOf
) -> None:
    held = {"service": service, "size": "large", "family": "r6g"}

    assert covered(scenario_of, held | {"size": "xlarge", "family": "db.r6g"}, held) == "0.5"


def test_services_of_one_engine_are_the_same_by_any_name(scenario_of: ScenarioOf) -> None:
    held = {"service": "AmazonRedshift", "family": "ra3", "size": "4xlarge"}

    assert covered(scenario_of, held | {"platform": "Redshift"}, held) == "1"


def test_an_engine_named_on_one_side_alone_is_refused(scenario_of: ScenarioOf) -> None:
    unnamed = {"service": "AmazonRDS", "size": "large"}
    named = unnamed | {"platform": "MySQL"}

    with pytest.raises(ScenarioError, match=r"usage\[0\].platform"):
        covered(scenario_of, unnamed, named)
    with pytest.raises(ScenarioError, match=r"reserved_instances\[0\].platform"):
        covered(scenario_of, named, unnamed)
