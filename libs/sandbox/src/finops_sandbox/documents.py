"""`make contracts`: renders what is generated and committed, or checks that it is in sync.

OpenAPI per service and internal, the merged document the gateway shows, AsyncAPI, and the
page that names each event's producer and handlers.
"""

import argparse
import difflib
import importlib
import importlib.util
import inspect
import json
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from finops_common.contracts.catalogue import EVENTS
from finops_common.events import asyncapi
from finops_common.events.consumer import Handler
from finops_common.events.contract import Event
from finops_common.service import Service
from finops_sandbox.environment import SERVICES

ROOT = Path(__file__).parents[4]
MERGED = Path("docs/api/openapi.json")
EVENTS_DOCUMENT = Path("docs/api/asyncapi.json")
EVENTS_PAGE = Path("docs/events.md")
AUDIT_LOG = "services/audit-log/src/finops_audit_log/entries/handlers.py"
"""Handles every audited event: it builds its map from the catalogue when it starts."""


def services() -> Iterator[Service[Any]]:
    """Every service that exists, by the name of its folder."""
    for name in SERVICES:
        package = f"finops_{name.replace('-', '_')}"
        if importlib.util.find_spec(f"{package}.main"):
            yield importlib.import_module(f"{package}.main").SERVICE


def committed(service: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A service's OpenAPI document and the one of its internal routes, as last rendered."""
    folder = ROOT / "services" / service
    names = ("openapi.json", "openapi-internal.json")
    public, internal = (json.loads((folder / name).read_text()) for name in names)
    return public, internal


def render() -> dict[Path, str]:
    """Every generated file with its content."""
    files: dict[Path, str] = {}
    merged: list[dict[str, Any]] = []
    for service in services():
        # Nothing is wired: documents need the routes alone.
        app = service.create_app(service.settings.model_construct())
        folder = Path("services") / service.name
        document = app.openapi()
        merged.append(document)
        files[folder / "openapi.json"] = _text(document)
        files[folder / "openapi-internal.json"] = _text(app.state.internal.openapi())
    files[MERGED] = _text(merge(merged))
    files[EVENTS_DOCUMENT] = _text(asyncapi.document(EVENTS))
    files[EVENTS_PAGE] = asyncapi.page(EVENTS, handlers())
    return files


def handlers() -> dict[str, set[str]]:
    """By event type the files that handle it: from the handler maps of all services' modules."""
    found: dict[str, set[str]] = defaultdict(set)
    for event in EVENTS:
        if event.audited:
            found[event.type()].add(AUDIT_LOG)
    for service in services():
        package = importlib.import_module(f"finops_{service.name.replace('-', '_')}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] in {"worker", "handlers"}:
                for event, handler in _maps(importlib.import_module(module.name)):
                    source = inspect.getsourcefile(inspect.unwrap(handler)) or ""
                    found[event.type()].add(str(Path(source).relative_to(ROOT)))
    return found


def _maps(module: ModuleType) -> Iterator[tuple[type[Event], Handler]]:
    for value in vars(module).values():
        if isinstance(value, dict):
            for event, handler in value.items():
                if isinstance(event, type) and issubclass(event, Event):
                    yield event, handler


def merge(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """One document of all services; schemas of the same name must mean the same.

    Raises:
        ValueError: two services use one name for different schemas, or one operation id.
    """
    merged: dict[str, Any] = {
        "openapi": documents[0]["openapi"],
        "info": {
            "title": "finops",
            "version": "1",
            "summary": "Cloud cost, commitments and savings",
        },
        "servers": [{"url": "/"}],
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": {}},
    }
    seen: set[str] = set()
    for document in documents:
        merged["paths"] |= document["paths"]
        for kind in ("schemas", "securitySchemes"):
            for name, schema in document.get("components", {}).get(kind, {}).items():
                if merged["components"][kind].setdefault(name, schema) != schema:
                    raise ValueError(
                        f"{document['info']['title']}: another service has a different {name}"
                    )
        for path in document["paths"].values():
            for operation in path.values():
                if operation["operationId"] in seen:
                    raise ValueError(f"operation id {operation['operationId']} is used twice")
                seen.add(operation["operationId"])
    return merged


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files, or with --check compare; 1 when they differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = 0
    for path, text in render().items():
        target = ROOT / path
        old = target.read_text() if target.exists() else ""
        if old == text:
            continue
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            print(f"wrote {path}")
            continue
        stale += 1
        changes = difflib.unified_diff(old.splitlines(), text.splitlines(), lineterm="", n=1)
        print(
            f"{path} is not what the code says; run `make contracts`", *list(changes)[:20], sep="\n"
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
