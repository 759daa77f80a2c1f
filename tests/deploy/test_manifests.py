"""The manifests are what the table says, valid for the cluster, and one thing with kustomize."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from finops_sandbox.manifests.compose import compose
from finops_sandbox.manifests.files import BASE, out_of_date, render, write
from finops_sandbox.manifests.table import SERVICES
from finops_sandbox.routes import load_routes

Json = dict[str, Any]
CLUSTER = "1.33"

pytestmark = pytest.mark.req("PLAT-43")


def problem_of(found: Json, schemas: Path) -> str | None:
    """Why a cluster would refuse an object; a kind nobody knows is a reason too."""
    own = schemas / f"{found['kind'].lower()}.json"
    try:
        if own.exists():
            jsonschema.validate(found, json.loads(own.read_text()))
        else:
            kubernetes_validate.validate(found, CLUSTER, strict=True)
    except kubernetes_validate.SchemaNotFoundError as error:
        return str(error.message)
    except jsonschema.ValidationError as error:
        return f"{found['kind']} {found['metadata']['name']}: {error.message}"
    return None


def test_the_committed_base_is_what_the_table_renders() -> None:
    assert out_of_date() == []


def test_rendering_again_mends_a_changed_a_missing_and_a_left_over_file(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "identity.yaml").write_text("kind: Changed")
    (tmp_path / "billing.yaml").unlink()
    (tmp_path / "gone.yaml").write_text("kind: LeftOver")

    assert out_of_date(tmp_path) == ["billing.yaml", "gone.yaml", "identity.yaml"]

    write(tmp_path)

    assert out_of_date(tmp_path) == []


def test_the_command_says_that_the_committed_base_is_up_to_date() -> None:
    command = [sys.executable, "-m", "finops_sandbox.manifests", "--check"]

    checked = subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_cluster_takes_every_object(overlay: list[Json], deploy: Path) -> None:
    problems = [problem_of(found, deploy / "k8s" / "schemas") for found in overlay]

    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"apiVersion": "example.com/v1", "kind": "Unheard", "metadata": {"name": "x"}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"prots": []}},
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "x"},
            "spec": {"parentRefs": [{"name": "finops"}], "rulez": []},
        },
    ],
    ids=["a kind nobody knows", "a misspelt field", "a misspelt field of the Gateway API"],
)
def test_the_check_refuses(wrong: Json, deploy: Path) -> None:
    assert problem_of(wrong, deploy / "k8s" / "schemas") is not None


def test_no_two_objects_have_one_name(overlay: list[Json]) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in overlay]

    assert len(names) == len(set(names))


def test_every_service_has_api_worker_and_migration(base: list[Json]) -> None:
    processes = {
        (found["kind"], found["metadata"]["name"], tuple(container["args"]))
        for found in base
        if found["kind"] in {"Deployment", "Job"}
        for container in found["spec"]["template"]["spec"]["containers"]
    }

    assert processes == {
        process
        for service in SERVICES
        for process in (
            ("Deployment", f"{service.name}-api", ("serve",)),
            ("Deployment", f"{service.name}-worker", ("worker",)),
            ("Job", f"{service.name}-migration", ("migrate",)),
        )
    }


def test_every_route_of_the_base_file_is_listed_in_its_kustomization() -> None:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]

    assert {*listed, "kustomization.yaml"} == set(render(load_routes()))


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="compares with kubectl where it is")
@pytest.mark.parametrize("name", ["dev", "production"])
def test_kustomize_builds_the_same_objects(name: str, deploy: Path) -> None:
    folder = deploy / "k8s" / "overlays" / name
    built = subprocess.run(  # noqa: S603 - our own files
        ["kubectl", "kustomize", str(folder)],  # noqa: S607 - whichever is installed
        capture_output=True,
        text=True,
        check=True,
    )

    def by_name(objects: list[Json]) -> dict[tuple[str, str], Json]:
        return {(found["kind"], found["metadata"]["name"]): found for found in objects}

    assert by_name(list(yaml.safe_load_all(built.stdout))) == by_name(compose(folder))
