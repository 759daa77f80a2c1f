"""What the manifests are made from: the services, who calls whom, and what lies outside."""

from collections.abc import Mapping
from dataclasses import dataclass

API_PORT = 8000
WORKER_PORT = 8001
NAMESPACE = "finops"
VERSION = "0.1.0"


@dataclass(frozen=True)
class Size:
    """What one process asks for and may take at most, in Kubernetes quantities."""

    cpu: str = "100m"
    memory: str = "256Mi"
    most_memory: str = "512Mi"
    most_cpu: str = "1"
    scratch: str = "256Mi"


@dataclass(frozen=True)
class Deployed:
    """One service as it runs: whom it calls, what it reaches outside, how large it is.

    ``calls`` comes on top of identity and org-rbac, which every service asks; ``secrets`` on top
    of what every service keeps. ``lag`` is how many unread records one worker process may have.
    """

    name: str
    calls: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    api: Size = Size()
    worker: Size = Size()
    lag: int = 1000

    @property
    def package(self) -> str:
        """Of its Python code: finops_org_rbac."""
        return "finops_" + self.name.replace("-", "_")

    @property
    def prefix(self) -> str:
        """Of its environment variables: ORG_RBAC_."""
        return self.name.upper().replace("-", "_") + "_"

    @property
    def callees(self) -> tuple[str, ...]:
        """Every service it sends requests to."""
        everyone_asks = (name for name in ("identity", "org-rbac") if name != self.name)
        return tuple(sorted({*everyone_asks, *self.calls}))


@dataclass(frozen=True)
class Place:
    """Something outside the services: the pods of a namespace, or public addresses."""

    ports: tuple[int, ...]
    namespace: str | None = None
    pods: Mapping[str, str] | None = None
    protocols: tuple[str, ...] = ("TCP",)


# Money and imports run in the worker; numpy and DuckDB want memory and a spool on disk.
_COMPUTES = Size(cpu="500m", memory="1Gi", most_memory="4Gi", most_cpu="4", scratch="20Gi")

SERVICES = (
    Deployed("identity", reaches=("smtp",), secrets=("smtp-url",)),
    Deployed("org-rbac", reaches=("smtp",), secrets=("smtp-url",)),
    Deployed(
        "ingestion",
        reaches=("https",),
        api=Size(most_memory="1Gi", scratch="12Gi"),
        worker=_COMPUTES,
    ),
    Deployed("commitments", calls=("ingestion",), worker=_COMPUTES, lag=200),
    Deployed("autosavings", calls=("ingestion", "commitments"), reaches=("https",)),
    Deployed("billing", reaches=("https",)),
    Deployed("audit-log", lag=5000),
)

EVERY_SERVICE_REACHES = ("dns", "kafka", "postgresql", "traces")

PLACES = {
    "dns": Place((53,), "kube-system", {"k8s-app": "kube-dns"}, protocols=("UDP", "TCP")),
    "postgresql": Place((5432,), "data", {"app.kubernetes.io/name": "postgresql"}),
    "kafka": Place((9092, 9093), "data", {"app.kubernetes.io/name": "kafka"}),
    "smtp": Place((465, 587), "mail", {"app.kubernetes.io/name": "smtp"}),
    "traces": Place((4318,), "monitoring", {"app.kubernetes.io/name": "opentelemetry-collector"}),
    "https": Place((443,)),
}

GATEWAY_PODS = Place(
    (API_PORT,), "envoy-gateway-system", {"gateway.envoyproxy.io/owning-gateway-name": "finops"}
)
PROMETHEUS_PODS = Place(
    (API_PORT, WORKER_PORT), "monitoring", {"app.kubernetes.io/name": "prometheus"}
)

# Public addresses only: neither the cluster's own networks nor the cloud's metadata service.
NOT_PUBLIC = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
)


def callers_of(name: str) -> tuple[str, ...]:
    """The services that send requests to one."""
    return tuple(sorted(service.name for service in SERVICES if name in service.callees))
