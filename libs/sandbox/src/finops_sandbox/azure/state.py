"""What the simulated Azure knows: directories, applications, billing accounts, containers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex, token_urlsafe
from typing import Any
from uuid import uuid4

BILLING_READER = "Billing account reader"
COST_READER = "Cost Management Reader"
BLOB_READER = "Storage Blob Data Reader"
RESERVATIONS_READER = "Reservations Reader"
SAVINGS_PLAN_READER = "Savings plan Reader"


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class App:
    """An application registration. `roles` are pairs of a role and what it is given on."""

    tenant_id: str
    client_id: str
    secret: str | None = None
    secret_ends: datetime | None = None
    certificate: str | None = None
    roles: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Export:
    """An export of Cost Management and where it delivers."""

    name: str
    storage_account: str
    container: str
    directory: str

    @property
    def path(self) -> str:
        return f"{self.directory}/{self.name}"


@dataclass
class BillingAccount:
    """`subscriptions`: names by id."""

    id: str
    subscriptions: dict[str, str] = field(default_factory=dict)
    exports: list[Export] = field(default_factory=list)


@dataclass(frozen=True)
class Benefit:
    """A reservation or a savings plan of a directory, as the resource manager shows it."""

    tenant_id: str
    document: dict[str, Any]


@dataclass(frozen=True)
class Blob:
    data: bytes
    modified: datetime
    etag: str


@dataclass(frozen=True)
class Token:
    client_id: str
    audience: str
    ends: datetime


@dataclass
class State:
    """Everything; `closed` names storage accounts whose firewall turns us away."""

    clock: Callable[[], datetime] = system_clock
    tenants: set[str] = field(default_factory=set)
    apps: dict[str, App] = field(default_factory=dict)
    billing: dict[str, BillingAccount] = field(default_factory=dict)
    reservations: list[Benefit] = field(default_factory=list)
    savings_plans: list[Benefit] = field(default_factory=list)
    storage: dict[str, dict[str, dict[str, Blob]]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    tokens: dict[str, Token] = field(default_factory=dict)
    busy: int = 0
    """So many of the next calls are throttled."""

    def add_app(self, app: App) -> App:
        """Register an application in its directory."""
        self.tenants.add(app.tenant_id)
        self.apps[app.client_id] = app
        return app

    def issue(self, app: App, audience: str) -> str:
        """A token of an hour."""
        token = token_urlsafe(40)
        self.tokens[token] = Token(app.client_id, audience, self.clock() + timedelta(hours=1))
        return token

    def holder(self, token: str, audience: str) -> App | None:
        """Whose token it is, while it counts for this audience."""
        found = self.tokens.get(token)
        if found is None or found.audience != audience or found.ends <= self.clock():
            return None
        return self.apps.get(found.client_id)

    def put(self, account: str, container: str, name: str, data: bytes) -> None:
        """Write a blob; its ETag is a new one every time."""
        blob = Blob(data, self.clock(), f"0x{token_hex(8).upper()}")
        self.storage[account][container][name] = blob

    def deliver(
        self, export: Export, month: date, files: Mapping[str, bytes], *, rows: int | None = None
    ) -> list[str]:
        """One run of an export: its files, then the manifest; the files' names."""
        run = token_hex(16)
        folder = f"{_folder(export, month)}/{self.clock():%Y%m%d%H%M}/{run}"
        for name, data in files.items():
            self.put(export.storage_account, export.container, f"{folder}/{name}", data)
        manifest = _manifest(folder, run, month, files, rows)
        text = json.dumps(manifest).encode()
        self.put(export.storage_account, export.container, f"{folder}/manifest.json", text)
        return [f"{folder}/{name}" for name in files]

    def deliver_whole(
        self, export: Export, month: date, data: bytes, *, suffix: str = ".csv"
    ) -> str:
        """One run of an export without partitions: a file and no manifest; its name."""
        name = f"{_folder(export, month)}/{export.name}_{uuid4()}{suffix}"
        self.put(export.storage_account, export.container, name, data)
        return name


def _folder(export: Export, month: date) -> str:
    return f"{export.path}/{month:%Y%m%d}-{_month_end(month):%Y%m%d}"


def _month_end(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _manifest(
    folder: str, run: str, month: date, files: Mapping[str, bytes], rows: int | None
) -> dict[str, Any]:
    counted = {} if rows is None else {"dataRowCount": rows}
    return {
        "manifestVersion": "2024-04-01",
        "blobCount": len(files),
        "byteCount": sum(map(len, files.values())),
        **counted,
        "runInfo": {
            "executionType": "Scheduled",
            "runId": run,
            "startDate": f"{month:%Y-%m-%dT00:00:00}",
            "endDate": f"{_month_end(month):%Y-%m-%dT00:00:00}",
        },
        "blobs": [
            {"blobName": f"{folder}/{name}", "byteCount": len(data)} for name, data in files.items()
        ],
    }
