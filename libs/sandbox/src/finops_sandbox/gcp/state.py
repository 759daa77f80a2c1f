"""What the simulated Google Cloud knows: projects, service accounts, billing accounts, tables."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import token_urlsafe
from typing import Any, Literal

BILLING_VIEWER = "roles/billing.viewer"
DATA_VIEWER = "roles/bigquery.dataViewer"
JOB_USER = "roles/bigquery.jobUser"
BIGQUERY, BILLING = "bigquery.googleapis.com", "cloudbilling.googleapis.com"
Row = dict[str, Any]


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class ServiceAccount:
    """`keys`: public keys in PEM by id. `roles` are pairs of a role and what it is given on."""

    email: str
    project: str
    keys: dict[str, str] = field(default_factory=dict)
    roles: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class BillingAccount:
    id: str
    projects: list[str] = field(default_factory=list)
    currency: str = "USD"


@dataclass
class Table:
    """Rows as BigQuery shows them in JSON; each lies in the partition of its export's day.

    `written_on` are the days of rows that do not tell theirs. `buffered` of the newest rows are still in the streaming buffer, in no partition. `scanned`
    keeps, per query for whole rows, the partitions that it was charged for.
    """

    rows: list[Row] = field(default_factory=list)
    partitioned: bool = True
    buffered: int = 0
    scanned: list[set[str | None]] = field(default_factory=list)
    written_on: list[str] | None = None

    def days(self) -> list[str | None]:
        """The partition of each row; None: the streaming buffer."""
        if self.written_on is not None:
            return list(self.written_on)
        kept = len(self.rows) - self.buffered
        return [
            str(row["export_time"])[:10] if i < kept else None for i, row in enumerate(self.rows)
        ]


@dataclass
class Project:
    """`apis` that are on, and tables by dataset and name."""

    id: str
    apis: set[str] = field(default_factory=lambda: {BIGQUERY, BILLING})
    datasets: dict[str, dict[str, Table]] = field(default_factory=dict)


@dataclass(frozen=True)
class Token:
    email: str
    ends: datetime


@dataclass
class Job:
    """A query that has run; `slow` answers say that it has not ended yet."""

    project: str
    email: str
    rows: list[tuple[str | None, ...]]
    slow: int


@dataclass
class State:
    clock: Callable[[], datetime] = system_clock
    accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    billing: dict[str, BillingAccount] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    slow: int = 0
    """So many times the next queries answer that they have not ended."""
    pricing: Literal["by_model", "default", "gone"] = "by_model"
    """Whether prices are told under every consumption model, of which flexible commitments are
    some, under the default one alone, or not at all: that API is a beta."""
    exchange_rates: dict[str, Decimal] = field(
        default_factory=lambda: {"USD": Decimal(1), "KRW": Decimal(1400)}
    )

    def add(self, account: ServiceAccount) -> ServiceAccount:
        """Make a service account in its project."""
        self.projects.setdefault(account.project, Project(account.project))
        self.accounts[account.email] = account
        return account

    def issue(self, email: str) -> str:
        """A token of an hour."""
        token = token_urlsafe(40)
        self.tokens[token] = Token(email, self.clock() + timedelta(hours=1))
        return token
