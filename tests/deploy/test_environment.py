"""What the manifests tell a process is what the service's settings read, no more and no less."""

import importlib
from importlib.util import find_spec
from typing import Any

import pytest

from finops_common.settings import ServiceSettings
from finops_sandbox.manifests.table import SERVICES, Deployed

Json = dict[str, Any]

# Read beside the settings: by the migration, the tracing exporter and OpenSSL.
READ_ELSEWHERE = {"FINOPS_KAFKA_REPLICAS", "OTEL_EXPORTER_OTLP_ENDPOINT", "SSL_CERT_FILE"}

pytestmark = pytest.mark.req("PLAT-43")


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def built(request: pytest.FixtureRequest) -> tuple[Deployed, type[ServiceSettings]]:
    """A service with its settings."""
    service: Deployed = request.param
    settings = importlib.import_module(f"{service.package}.settings").Settings
    return service, settings


def variables(objects: list[Json], name: str) -> dict[str, str]:
    """What the containers of a deployment see; secrets as words that could be one."""
    (config,) = [
        found
        for found in objects
        if found["kind"] == "ConfigMap" and found["metadata"]["name"] == "finops"
    ]
    (deployment,) = [
        found
        for found in objects
        if found["kind"] == "Deployment" and found["metadata"]["name"] == name
    ]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    own = {variable["name"]: variable["name"].lower() for variable in container["env"]}
    data: dict[str, str] = config["data"]
    return data | own


@pytest.mark.parametrize("component", ["api", "worker"])
def test_a_process_finds_every_setting_it_needs(
    overlay: list[Json], built: tuple[Deployed, type[ServiceSettings]], component: str
) -> None:
    service, settings = built
    environ = variables(overlay, f"{service.name}-{component}")

    read = settings.from_environment(service.prefix, environ)

    assert (read.port, read.worker_port) == (8000, 8001)
    assert read.database_url.get_secret_value() == f"{service.prefix.lower()}database_url"


def test_every_variable_is_one_that_some_service_reads(overlay: list[Json]) -> None:
    found = [
        (service, importlib.import_module(f"{service.package}.settings").Settings)
        for service in SERVICES
        if find_spec(f"{service.package}.settings") is not None
    ]
    read = {
        prefix + field.upper()
        for service, settings in found
        for prefix in ("FINOPS_", service.prefix)
        for field in settings.model_fields
    }
    urls = {f"FINOPS_{service.prefix}URL" for service in SERVICES}
    given = {
        variable
        for service, _ in found
        for component in ("api", "worker")
        for variable in variables(overlay, f"{service.name}-{component}")
    }

    assert given - read - urls - READ_ELSEWHERE == set()
