"""The committed files of deploy/k8s/base: what each holds, and whether it is up to date."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from finops_sandbox.manifests import availability, network, workloads
from finops_sandbox.manifests.gateway import APP, gateway
from finops_sandbox.manifests.objects import Json, thing
from finops_sandbox.manifests.table import API_PORT, NAMESPACE, SERVICES, WORKER_PORT, Deployed
from finops_sandbox.routes import RouteTable, load_routes

BASE = Path(__file__).parents[5] / "deploy" / "k8s" / "base"

_HEADER = "# Made by `python -m finops_sandbox.manifests`; change its table or deploy/gateway.\n"


def render(table: RouteTable) -> dict[str, str]:
    """Every file of the base by name."""
    contents = {
        "shared": [namespace(), configuration(), network.default_deny()],
        "gateway": gateway(table),
        **{service.name: of_service(service) for service in SERVICES},
    }
    resources: Json = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{name}.yaml" for name in contents],
    }
    files = {f"{name}.yaml": _text(objects) for name, objects in contents.items()}
    return {"kustomization.yaml": _text([resources]), **files}


def namespace() -> Json:
    """Of the whole installation; refuses pods that are not restricted."""
    levels = {
        f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": levels},
    }


def configuration() -> Json:
    """What all services are told alike; nothing here is secret."""
    data = {
        "FINOPS_HOST": "0.0.0.0",
        "FINOPS_PORT": str(API_PORT),
        "FINOPS_WORKER_PORT": str(WORKER_PORT),
        "FINOPS_LOG_LEVEL": "INFO",
        "FINOPS_TRUSTED_PROXY_HOPS": "1",
        "FINOPS_PUBLIC_APP_URL": APP,
        "FINOPS_KAFKA_BROKERS": "kafka.data.svc:9092",
        "FINOPS_KAFKA_REPLICAS": "3",
        "FINOPS_TOPIC_PREFIX": "finops.",
        **{
            f"FINOPS_{service.prefix}URL": f"http://{service.name}:{API_PORT}"
            for service in SERVICES
        },
    }
    return thing("v1", "ConfigMap", workloads.CONFIG, data=data)


def of_service(service: Deployed) -> list[Json]:
    """All that one service consists of."""
    return [
        availability.account(service),
        workloads.migration(service),
        workloads.api(service),
        workloads.worker(service),
        availability.address(service),
        availability.budget(service, "api"),
        availability.budget(service, "worker"),
        availability.by_load(service),
        availability.by_lag(service),
        *network.policies(service),
    ]


@cache
def _wanted() -> dict[str, str]:
    return render(load_routes())


def out_of_date(base: Path = BASE) -> list[str]:
    """Names of files that differ from what would be rendered now, missing or left over."""
    wanted = _wanted()
    found = {path.name: path.read_text() for path in base.glob("*.yaml")}
    return sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )


def write(base: Path = BASE) -> None:
    """Bring the folder up to date."""
    wanted = _wanted()
    base.mkdir(parents=True, exist_ok=True)
    for name in out_of_date(base):
        if name in wanted:
            (base / name).write_text(wanted[name])
        else:
            (base / name).unlink()


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        """Never: an anchor saves a line and costs the reader a search."""
        del data
        return True


def _text(objects: Sequence[Json]) -> str:
    return _HEADER + yaml.dump_all(objects, Dumper=_Plain, sort_keys=False, width=100)
