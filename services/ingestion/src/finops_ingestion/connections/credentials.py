"""What opens a customer's Azure and Google Cloud, and where the bills lie there (ING-3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from finops_common.contracts.ingestion import Provider
from finops_ingestion.connections.domain import Credentials


@dataclass(frozen=True, slots=True)
class AzureApp:
    """An application registration; either a secret, or a certificate with its key in PEM."""

    tenant_id: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class GoogleKey:
    """A key of a service account, as the console's JSON file holds it."""

    client_email: str
    private_key_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AzurePlace:
    """Where an export is delivered; `path` is its directory and name, `subscriptions` empty: all."""

    storage_account: str
    container: str
    path: str
    subscriptions: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """As it is kept with the account."""
        return cls(**{**kept, "subscriptions": tuple(kept.get("subscriptions", ()))})

    @property
    def bucket(self) -> str:
        """How a billing source names the container."""
        return f"{self.storage_account}/{self.container}"


@dataclass(frozen=True, slots=True)
class GooglePlace:
    """The dataset that a billing account is exported to."""

    project: str
    dataset: str

    @property
    def bucket(self) -> str:
        """How a billing source names the dataset."""
        return f"{self.project}/{self.dataset}"


CREDENTIALS: Mapping[Provider, Any] = MappingProxyType(
    {"AWS": Credentials, "Microsoft": AzureApp, "Google Cloud": GoogleKey}
)
"""What is sealed for an account, by its provider: a class made from what was sealed."""
