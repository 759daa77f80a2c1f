"""What every pod must keep to, looked up in what would be applied."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

from finops_sandbox.manifests.table import SERVICES

Json = dict[str, Any]

pytestmark = pytest.mark.req("PLAT-43")


def of_kind(objects: list[Json], *kinds: str) -> list[Json]:
    return [found for found in objects if found["kind"] in kinds]


def pods(objects: list[Json]) -> Iterator[tuple[str, Json]]:
    """The pods of deployments and jobs by the object's name."""
    for found in of_kind(objects, "Deployment", "Job"):
        yield found["metadata"]["name"], found["spec"]["template"]["spec"]


def offenders(objects: list[Json], keeps: Any) -> list[str]:  # noqa: ANN401 - a lambda over JSON
    """The names of pods with a container that does not keep to a rule."""
    return [
        name
        for name, pod in pods(objects)
        for container in [*pod["containers"], *pod.get("initContainers", [])]
        if not keeps(pod, container)
    ]


def test_the_namespace_takes_restricted_pods_only(overlay: list[Json]) -> None:
    (namespace,) = of_kind(overlay, "Namespace")

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_process_is_root_or_may_become_more(overlay: list[Json]) -> None:
    def restricted(pod: Json, container: Json) -> bool:
        of_pod, own = pod["securityContext"], container["securityContext"]
        return bool(
            of_pod["runAsNonRoot"]
            and of_pod["runAsUser"] > 0
            and of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
            and own["allowPrivilegeEscalation"] is False
            and own["capabilities"] == {"drop": ["ALL"]}
            and not {"privileged", "runAsUser", "runAsNonRoot"} & own.keys()
            and not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        )

    assert offenders(overlay, restricted) == []


def test_the_root_is_read_only_and_only_a_bounded_scratch_is_written(overlay: list[Json]) -> None:
    def read_only(pod: Json, container: Json) -> bool:
        scratch = [volume["emptyDir"] for volume in pod["volumes"] if "emptyDir" in volume]
        bounded = all(volume["sizeLimit"] for volume in scratch)
        mounts = container["volumeMounts"]
        places = [mount["mountPath"] for mount in mounts if not mount.get("readOnly")]
        own: bool = container["securityContext"]["readOnlyRootFilesystem"]
        return own and bounded and places == ["/tmp"]  # noqa: S108 - the mount the manifests make

    assert offenders(overlay, read_only) == []


def test_no_pod_gets_a_token_of_the_cluster(overlay: list[Json]) -> None:
    accounts = of_kind(overlay, "ServiceAccount")

    assert all(account["automountServiceAccountToken"] is False for account in accounts)
    assert all(pod["automountServiceAccountToken"] is False for _, pod in pods(overlay))
    assert {pod["serviceAccountName"] for _, pod in pods(overlay)} == {
        account["metadata"]["name"] for account in accounts
    }


def test_every_container_asks_for_and_is_held_to_cpu_and_memory(overlay: list[Json]) -> None:
    def sized(_: Json, container: Json) -> bool:
        return all(
            container["resources"][bound].keys() == {"cpu", "memory"}
            for bound in ("requests", "limits")
        )

    assert offenders(overlay, sized) == []


def test_no_image_is_named_latest_or_without_a_version(overlay: list[Json]) -> None:
    def versioned(_: Json, container: Json) -> bool:
        return bool(
            re.fullmatch(r"[^@]+(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})", container["image"])
        )

    assert offenders(overlay, versioned) == []


def test_production_names_its_images_by_digest(production: list[Json]) -> None:
    assert offenders(production, lambda _, container: "@sha256:" in container["image"]) == []


@pytest.mark.req("PLAT-45", part="a dependency down turns readiness off and restarts nothing")
def test_liveness_and_readiness_are_asked_on_the_paths_that_mean_them(overlay: list[Json]) -> None:
    def path(container: Json, probe: str) -> str:
        asked: Json = container[probe]["httpGet"]
        assert asked["port"] == container["ports"][0]["name"]
        return str(asked["path"])

    probed = {
        (
            path(container, "livenessProbe"),
            path(container, "startupProbe"),
            path(container, "readinessProbe"),
        )
        for found in of_kind(overlay, "Deployment")
        for container in found["spec"]["template"]["spec"]["containers"]
    }

    assert probed == {("/health/live", "/health/live", "/health/ready")}


@pytest.mark.req("PLAT-44", part="a pod leaves the endpoints before it stops listening")
def test_a_pod_has_time_to_finish_its_requests(overlay: list[Json]) -> None:
    for found in of_kind(overlay, "Deployment"):
        pod = found["spec"]["template"]["spec"]
        waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]

        assert waits >= 5
        # The server itself waits 20 s for requests under way.
        assert pod["terminationGracePeriodSeconds"] > waits + 20


def test_replicas_are_spread_over_zones_and_nodes(overlay: list[Json]) -> None:
    for found in of_kind(overlay, "Deployment"):
        rules = found["spec"]["template"]["spec"]["topologySpreadConstraints"]

        assert [rule["topologyKey"] for rule in rules] == [
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        ]
        assert all(rule["labelSelector"] == found["spec"]["selector"] for rule in rules)


def test_every_deployment_has_a_budget_that_lets_nodes_be_drained(overlay: list[Json]) -> None:
    budgets = {
        found["metadata"]["name"]: found["spec"]
        for found in of_kind(overlay, "PodDisruptionBudget")
    }
    deployments = {
        found["metadata"]["name"]: found["spec"]["selector"]
        for found in of_kind(overlay, "Deployment")
    }

    assert {name: budget["selector"] for name, budget in budgets.items()} == deployments
    assert all(budget["maxUnavailable"] == 1 for budget in budgets.values())


def test_apis_grow_with_cpu_and_workers_with_lag(overlay: list[Json]) -> None:
    grown_by = {
        found["spec"]["scaleTargetRef"]["name"]: found["spec"]["metrics"][0]["type"]
        for found in of_kind(overlay, "HorizontalPodAutoscaler")
    }

    assert grown_by == {
        name: kind
        for service in SERVICES
        for name, kind in (
            (f"{service.name}-api", "Resource"),
            (f"{service.name}-worker", "External"),
        )
    }
    assert all("replicas" not in found["spec"] for found in of_kind(overlay, "Deployment"))


def test_secrets_come_by_reference_from_the_services_own_secret(overlay: list[Json]) -> None:
    assert of_kind(overlay, "Secret") == []
    for found in of_kind(overlay, "Deployment", "Job"):
        service = found["metadata"]["labels"]["app.kubernetes.io/name"]
        for container in found["spec"]["template"]["spec"]["containers"]:
            sources = [variable["valueFrom"] for variable in container["env"]]
            secrets = [source["secretKeyRef"] for source in sources if "secretKeyRef" in source]

            assert all("value" not in variable for variable in container["env"])
            assert {reference["name"] for reference in secrets} == {service}


@pytest.mark.req("PRIV-12", part="processes are told whom to believe when a URL asks for TLS")
def test_production_mounts_the_authorities_its_processes_believe(production: list[Json]) -> None:
    (config,) = of_kind(production, "ConfigMap")
    place = config["data"]["SSL_CERT_FILE"].rpartition("/")[0]

    def believes(pod: Json, container: Json) -> bool:
        trust = [volume["name"] for volume in pod["volumes"] if "configMap" in volume]
        mounted = [m["name"] for m in container["volumeMounts"] if m["mountPath"] == place]
        return len(trust) == 1 and mounted == trust

    assert offenders(production, believes) == []


def test_only_the_migration_job_knows_the_owner_of_a_database(overlay: list[Json]) -> None:
    knows = {
        found["kind"]
        for found in of_kind(overlay, "Deployment", "Job")
        for container in found["spec"]["template"]["spec"]["containers"]
        for variable in container["env"]
        if variable["name"].endswith("_OWNER_DATABASE_URL")
    }

    assert knows == {"Job"}


def test_no_text_of_the_manifests_looks_like_a_secret(overlay: list[Json]) -> None:
    def texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON can hold
        if isinstance(value, dict):
            yield from (text for each in value.values() for text in texts(each))
        elif isinstance(value, list):
            yield from (text for each in value for text in texts(each))
        elif isinstance(value, str):
            yield value

    def looks_secret(text: str) -> bool:
        if re.search(r"://[^/\s]*:[^/\s]*@", text) or "PRIVATE KEY" in text:
            return True
        if text.startswith("sha256:") or not re.fullmatch(r"[A-Za-z0-9+/]{40,}={0,2}", text):
            return False
        return bool(base64.b64decode(text + "=" * (-len(text) % 4)))

    assert [text for found in overlay for text in texts(found) if looks_secret(text)] == []
