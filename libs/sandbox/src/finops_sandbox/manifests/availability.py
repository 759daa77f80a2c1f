"""How a service is found and how many of it run: service, account, budgets and autoscalers."""

from finops_sandbox.manifests.objects import Json, labels, thing
from finops_sandbox.manifests.table import API_PORT, Deployed

LAG = "finops_consumer_lag"


def account(service: Deployed) -> Json:
    """An identity of its own in the cluster, for the cloud's workload identity; no token."""
    made = thing("v1", "ServiceAccount", service.name, labels(service))
    return {**made, "automountServiceAccountToken": False}


def address(service: Deployed) -> Json:
    """Where the gateway and other services find the api."""
    port = {"name": "http", "port": API_PORT, "targetPort": "http"}
    spec = {"selector": labels(service, "api"), "ports": [port]}
    return thing("v1", "Service", service.name, labels(service), spec=spec)


def budget(service: Deployed, component: str) -> Json:
    """One at a time may be taken away by a drained node."""
    given = labels(service, component)
    # Not minAvailable: with one replica that would hold every drain for ever.
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": given}}
    name = f"{service.name}-{component}"
    return thing("policy/v1", "PodDisruptionBudget", name, given, spec=spec)


def by_load(service: Deployed) -> Json:
    """As many api processes as their CPU needs."""
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    return _autoscaler(service, "api", 2, 10, {"type": "Resource", "resource": cpu})


def by_lag(service: Deployed) -> Json:
    """As many workers as there are unread records for; Kafka's partitions bound their use."""
    selector = {"matchLabels": {"service": service.name}}
    lag = {
        "metric": {"name": LAG, "selector": selector},
        "target": {"type": "AverageValue", "averageValue": str(service.lag)},
    }
    return _autoscaler(service, "worker", 1, 6, {"type": "External", "external": lag})


def _autoscaler(service: Deployed, component: str, least: int, most: int, metric: Json) -> Json:
    name = f"{service.name}-{component}"
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [metric],
        # Every change of a group's members stops its reading for a moment.
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
    }
    given = labels(service, component)
    return thing("autoscaling/v2", "HorizontalPodAutoscaler", name, given, spec=spec)
