"""How every object begins: names, labels and references."""

from typing import Any

from finops_sandbox.manifests.table import NAMESPACE, Deployed

Json = dict[str, Any]


def labels(service: Deployed, component: str | None = None) -> Json:
    """What selects the pods of a service, or of one component of it."""
    found = {"app.kubernetes.io/name": service.name, "app.kubernetes.io/part-of": "finops"}
    return found if component is None else {**found, "app.kubernetes.io/component": component}


def thing(version: str, kind: str, name: str, given: Json | None = None, **body: Any) -> Json:
    """One Kubernetes object in the namespace of the installation."""
    metadata: Json = {"name": name, "namespace": NAMESPACE}
    if given:
        metadata["labels"] = given
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
