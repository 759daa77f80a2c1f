"""Rules about every route of every service, read from the OpenAPI documents."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from finops_common.auth.permissions import PERMISSIONS, Mine
from finops_sandbox.documents import ROOT, committed, merge
from finops_sandbox.environment import SERVICES

PUBLIC = {
    # Whoever has no session yet, and what verifies tokens.
    "sign_up",
    "verify_email",
    "confirm_email_change",
    "ask_reset",
    "reset_password",
    "log_in",
    "refresh_session",
    "get_jwks",
}
"""Reviewed: operations that ask for no caller."""

DOCUMENTS: dict[str, dict[str, Any]] = {}
INTERNAL: dict[str, dict[str, Any]] = {}
for _service in SERVICES:
    DOCUMENTS[_service], INTERNAL[_service] = committed(_service)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of each route."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def scopes(operation: dict[str, Any]) -> list[str]:
    return [
        scope
        for entry in operation.get("security", [])
        for names in entry.values()
        for scope in names
    ]


@pytest.mark.req("PLAT-5", part="every operation")
@pytest.mark.parametrize("service", DOCUMENTS)
def test_every_operation_names_one_permission_or_is_public(service: str) -> None:
    for path, method, operation in operations(DOCUMENTS[service]):
        named = scopes(operation)
        if operation["operationId"] in PUBLIC:
            assert not named, f"{method} {path} is public and names {named}"
        else:
            assert len(named) == 1, f"{method} {path} names {named}"
            assert named[0] in PERMISSIONS | set(Mine), f"{method} {path}: {named[0]}"


@pytest.mark.req("PLAT-5", part="every operation")
def test_the_public_list_names_only_what_exists() -> None:
    every = {o["operationId"] for d in DOCUMENTS.values() for _, _, o in operations(d)}

    assert every >= PUBLIC


@pytest.mark.req("PLAT-5", part="every operation")
@pytest.mark.parametrize("service", DOCUMENTS)
def test_a_permission_of_a_tenant_stands_on_a_path_that_names_the_tenant(service: str) -> None:
    for path, method, operation in operations(DOCUMENTS[service]):
        if set(scopes(operation)) & PERMISSIONS:
            tenant = "{organization_id}" in path or "{company_id}" in path
            assert tenant, f"{method} {path} selects no tenant"


@pytest.mark.req("PLAT-1", part="without clients")
@pytest.mark.parametrize("service", DOCUMENTS)
def test_documents_are_complete(service: str) -> None:
    document = DOCUMENTS[service]

    assert document["openapi"].startswith("3.1")
    for path, method, operation in operations(document):
        assert path.startswith(f"/{service}/v1/"), path
        assert operation.get("summary"), f"{method} {path} has no summary"
        assert operation.get("description"), f"{method} {path} has no description"
        answers = operation["responses"]
        for status in ("400", "401", "403", "404", "413", "415", "422", "429", "503"):
            content = answers.get(status, {}).get("content", {})
            assert "application/problem+json" in content, (
                f"{method} {path} does not declare {status}"
            )


@pytest.mark.req("PLAT-1", part="without clients")
def test_the_merged_document_holds_every_operation_once() -> None:
    merged = merge(list(DOCUMENTS.values()))

    ids = [o["operationId"] for _, _, o in operations(merged)]
    assert len(ids) == len(set(ids)) == sum(len(list(operations(d))) for d in DOCUMENTS.values())


@pytest.mark.parametrize("service", INTERNAL)
def test_internal_operations_take_service_tokens(service: str) -> None:
    for path, method, operation in operations(INTERNAL[service]):
        assert {"service": []} in operation.get("security", []), f"{method} {path}"


@pytest.mark.req("PLAT-3", part="money")
@pytest.mark.parametrize("service", DOCUMENTS)
def test_no_schema_shows_money_as_a_float(service: str) -> None:
    words = ("cost", "amount", "price", "saving", "commitment", "upfront", "fee")
    for name, schema in DOCUMENTS[service].get("components", {}).get("schemas", {}).items():
        for field, shape in schema.get("properties", {}).items():
            if any(word in field for word in words):
                assert shape.get("type") != "number", f"{name}.{field}"


def test_no_dependency_waits_for_a_thread() -> None:
    """FastAPI runs what is not `async def` in a thread: a fifth of a short request's time."""
    asked = set(dependencies())

    assert len(asked) > 20
    assert {each for each in asked if not _is_async(each)} == set()


def dependencies() -> Iterator[Any]:
    """What the sources name in `Depends(…)` and `Security(…)`."""
    sources = [*ROOT.glob("libs/common/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Name("Depends" | "Security"), [ast.Name(name), *_]):
                    module = ".".join(path.with_suffix("").parts[path.parts.index("src") + 1 :])
                    # A factory asks for what it is given.
                    if hasattr(found := importlib.import_module(module), name):
                        yield getattr(found, name)


def _is_async(dependency: Any) -> bool:  # noqa: ANN401 - a function, or what can be called
    return any(
        inspect.iscoroutinefunction(each)
        for each in (dependency, getattr(dependency, "__call__", None))  # noqa: B004 - its kind, not whether
    )
