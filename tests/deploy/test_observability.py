"""Alerts, dashboard and autoscalers speak of metrics and labels that the processes export."""

import importlib
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from finops_sandbox.manifests.availability import LAG
from finops_sandbox.manifests.table import SERVICES

Json = dict[str, Any]

pytestmark = pytest.mark.req("PLAT-44", part="alert rules and dashboards as files")

# Put on by Prometheus: the time series itself, and what scrape.yaml makes of pods.
FROM_PROMETHEUS = {"up"}
WATCHED = ("finops_http", "finops_outbox", "finops_consumer", "finops_dead", "finops_events")
LABELS_OF_SCRAPE = {"job", "service", "component", "pod", "instance"}
WORDS = {
    *("sum", "max", "min", "avg", "topk", "rate", "increase", "histogram_quantile"),
    *("by", "on", "ignoring", "unless", "and", "or", "le", "label_values"),
}


@pytest.fixture(scope="session")
def exported() -> dict[str, set[str]]:
    """Every name that can appear on /metrics, with its labels."""
    for part in ("asgi", "events.relay", "events.consumer", "events.dead_letters"):
        importlib.import_module(f"finops_common.{part}")
    for service in SERVICES:
        if find_spec(f"{service.package}.main") is not None:
            importlib.import_module(f"{service.package}.main")
    names: dict[str, set[str]] = {}
    for collector in list(REGISTRY._collector_to_names):  # noqa: SLF001 - the only way to unset labels
        labels = set(getattr(collector, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[collector]:  # noqa: SLF001 - the same
            names[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return names


def expressions(deploy: Path) -> Iterator[str]:
    folder = deploy / "observability"
    for group in yaml.safe_load((folder / "alerts.yaml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    dashboard = json.loads((folder / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]
    for rule in yaml.safe_load((folder / "adapter.yaml").read_text())["externalRules"]:
        yield rule["seriesQuery"]


def metrics_of(expression: str) -> dict[str, set[str]]:
    """The metrics an expression names, with the labels it selects by."""
    plain = re.sub(r"\b(by|on|ignoring) \([^)]*\)", " ", expression)
    plain = re.sub(r"label_values\((.*), *\w+\)", r"\1", plain)
    plain = re.sub(r"\[[^]]*\]", "", plain)
    found: dict[str, set[str]] = {}
    for name, selector in re.findall(r"([a-z_][a-z0-9_]*)\s*(\{[^}]*\})?", strip_values(plain)):
        if name not in WORDS:
            found.setdefault(name, set()).update(re.findall(r"(\w+)\s*[=!]", selector))
    return found


def strip_values(expression: str) -> str:
    """Without quoted values, which may hold anything."""
    return re.sub(r'"[^"]*"', '""', expression)


def test_every_metric_named_is_exported_with_the_labels_it_is_selected_by(
    deploy: Path, exported: dict[str, set[str]]
) -> None:
    named = [metrics_of(expression) for expression in expressions(deploy)]
    unknown = {
        name for each in named for name in each if name not in exported.keys() | FROM_PROMETHEUS
    }
    mistaken = {
        (name, label)
        for each in named
        for name, labels in each.items()
        for label in labels - LABELS_OF_SCRAPE - exported.get(name, set())
    }

    assert all(named)
    assert unknown == set()
    assert mistaken == set()


def test_groupings_name_labels_that_the_metrics_have(
    deploy: Path, exported: dict[str, set[str]]
) -> None:
    for expression in expressions(deploy):
        known = LABELS_OF_SCRAPE.union(
            *(exported.get(name, set()) for name in metrics_of(expression))
        )
        grouped = {
            label.strip()
            for labels in re.findall(r"\bby \(([^)]*)\)", expression)
            for label in labels.split(",")
        }

        assert grouped <= known, expression


def test_a_metric_that_does_not_exist_would_be_found() -> None:
    expression = 'sum by (service) (rate(finops_imagined_total{service="x", le!="1"}[5m])) > 0'

    assert metrics_of(expression) == {"finops_imagined_total": {"service", "le"}}


def test_the_metrics_of_events_and_requests_are_all_watched(
    deploy: Path, exported: dict[str, set[str]]
) -> None:
    watched = {name for expression in expressions(deploy) for name in metrics_of(expression)}
    ours = {
        name
        for name in exported
        if name.startswith("finops_") and name.endswith(("_total", "_lag", "_waiting", "_bucket"))
    }

    assert {name for name in ours if name.startswith(WATCHED)} <= watched


def test_an_alert_says_how_bad_it_is_and_what_to_do(deploy: Path) -> None:
    groups = yaml.safe_load((deploy / "observability" / "alerts.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_the_panels_have_ids_of_their_own_and_do_not_overlap(deploy: Path) -> None:
    panels = json.loads((deploy / "observability" / "dashboard.json").read_text())["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(set(places)) == len(panels)


def test_the_scrape_makes_the_labels_that_autoscalers_and_alerts_select_by(deploy: Path) -> None:
    (job,) = yaml.safe_load((deploy / "observability" / "scrape.yaml").read_text())[
        "scrape_configs"
    ]
    made = {rule.get("target_label") for rule in job["relabel_configs"]} - {None}

    assert job["job_name"] == "finops"
    assert made == {"service", "component", "pod"}


@pytest.mark.req("PLAT-43", part="workers scale by lag")
def test_the_adapter_serves_the_metric_that_workers_scale_by(
    deploy: Path, production: list[Json], exported: dict[str, set[str]]
) -> None:
    (rule,) = yaml.safe_load((deploy / "observability" / "adapter.yaml").read_text())[
        "externalRules"
    ]
    asked = {
        (
            metric["external"]["metric"]["name"],
            *metric["external"]["metric"]["selector"]["matchLabels"],
        )
        for found in production
        if found["kind"] == "HorizontalPodAutoscaler"
        for metric in found["spec"]["metrics"]
        if metric["type"] == "External"
    }

    assert asked == {(rule["name"]["as"], "service")} == {(LAG, "service")}
    assert LAG in exported
