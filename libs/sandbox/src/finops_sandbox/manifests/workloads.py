"""The processes of a service: api, worker, and the job that migrates its database."""

from typing import Any

from finops_sandbox.manifests.objects import Json, labels, thing
from finops_sandbox.manifests.table import API_PORT, VERSION, WORKER_PORT, Deployed, Size

USER = 10001
CONFIG = "finops"
PUBLIC_KEYS = "finops-service-keys"

_EVERY_SECRET = ("database-url", "service-key", "sealing-keys")


def api(service: Deployed) -> Json:
    """The processes that answer requests."""
    return _deployment(service, "api", "serve", service.api, API_PORT)


def worker(service: Deployed) -> Json:
    """The processes that relay, consume and work; health and metrics on a port of their own."""
    return _deployment(service, "worker", "worker", service.worker, WORKER_PORT)


def migration(service: Deployed) -> Json:
    """The job that brings database and topics up to date, as the role that owns the database."""
    container = _container(
        service, "migrate", Size(), [_from_secret(service, "owner-database-url")]
    )
    pod = _pod(service, "migration", {"name": "migration", **container}, Size().scratch)
    pod["spec"]["restartPolicy"] = "Never"
    # Deleted when done, so that the next release can make a job of the same name.
    spec = {"backoffLimit": 3, "ttlSecondsAfterFinished": 600, "template": pod}
    given = labels(service, "migration")
    return thing("batch/v1", "Job", f"{service.name}-migration", given, spec=spec)


def _deployment(service: Deployed, component: str, command: str, size: Size, port: int) -> Json:
    keys = (*_EVERY_SECRET, *service.secrets)
    environment = [_public_keys(), *(_from_secret(service, key) for key in keys)]
    container = {
        "name": component,
        **_container(service, command, size, environment),
        "ports": [{"name": "http", "containerPort": port}],
        **_probes(),
        # Endpoints forget the pod before it stops to listen, so that no request is lost.
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    }
    pod = _pod(service, component, container, size.scratch)
    pod["spec"]["terminationGracePeriodSeconds"] = 40
    pod["spec"]["topologySpreadConstraints"] = [
        _spread(service, component, "topology.kubernetes.io/zone"),
        _spread(service, component, "kubernetes.io/hostname"),
    ]
    given = labels(service, component)
    spec = {
        # The number of replicas is the autoscaler's, whose word an apply would overwrite.
        "selector": {"matchLabels": given},
        "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": pod,
    }
    return thing("apps/v1", "Deployment", f"{service.name}-{component}", given, spec=spec)


def _pod(service: Deployed, component: str, container: Json, scratch: str) -> Json:
    return {
        "metadata": {"labels": labels(service, component)},
        "spec": {
            "serviceAccountName": service.name,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": scratch}}],
        },
    }


def _container(service: Deployed, command: str, size: Size, environment: list[Json]) -> Json:
    return {
        "image": f"finops/{service.name}:{VERSION}",
        "command": ["python", "-m", service.package],
        "args": [command],
        "envFrom": [{"configMapRef": {"name": CONFIG}}],
        "env": environment,
        "resources": {
            "requests": {"cpu": size.cpu, "memory": size.memory},
            "limits": {"cpu": size.most_cpu, "memory": size.most_memory},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
    }


def _probes() -> Json:
    def get(path: str, **every: Any) -> Json:
        return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 3, **every}

    # A dependency that is down turns readiness off and restarts nothing.
    return {
        "startupProbe": get("/health/live", periodSeconds=2, failureThreshold=60),
        "livenessProbe": get("/health/live", periodSeconds=10, failureThreshold=3),
        "readinessProbe": get("/health/ready", periodSeconds=5, failureThreshold=2),
    }


def _spread(service: Deployed, component: str, key: str) -> Json:
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels(service, component)},
        "matchLabelKeys": ["pod-template-hash"],
    }


def _from_secret(service: Deployed, key: str) -> Json:
    variable = service.prefix + key.upper().replace("-", "_")
    reference = {"name": service.name, "key": key}
    return {"name": variable, "valueFrom": {"secretKeyRef": reference}}


def _public_keys() -> Json:
    reference = {"name": PUBLIC_KEYS, "key": "jwks.json"}
    return {"name": "FINOPS_SERVICE_JWKS", "valueFrom": {"configMapKeyRef": reference}}
