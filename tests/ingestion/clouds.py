"""Customers of Azure and Google Cloud, and the keys that open what is theirs."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from finops_sandbox.azure import App, Export, ServedAzure
from finops_sandbox.azure import BillingAccount as AzureBilling
from finops_sandbox.azure.state import BILLING_READER, BLOB_READER, COST_READER
from finops_sandbox.gcp import BillingAccount as GoogleBilling
from finops_sandbox.gcp import Project, ServedGoogle, ServiceAccount, Table
from finops_sandbox.gcp.state import BILLING_VIEWER, DATA_VIEWER, JOB_USER
from finops_sandbox.visitor import Visitor


def a_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def one_key() -> rsa.RSAPrivateKey:
    """For whom it does not matter whose it is: making keys takes time."""
    return a_key()


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def a_certificate(key: rsa.RSAPrivateKey, days: int = 30) -> str:
    """Signed by itself; ends in so many days."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "finops")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


@dataclass
class CloudCustomer:
    """The Owner of an organization; subclasses add a cloud and what opens it."""

    owner: Visitor
    organization: str

    @property
    def root(self) -> str:
        return f"/ingestion/v1/organizations/{self.organization}"

    @property
    def accounts(self) -> str:
        return f"{self.root}/cloud-accounts"

    async def register(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.owner.ask("POST", self.accounts, body, **headers)

    async def change(self, account: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Put other credentials in force."""
        path = f"{self.accounts}/{account}/credentials"
        return await self.owner.ask("PUT", path, body, **headers)

    async def check(self, account: str) -> Any:  # noqa: ANN401 - JSON
        return await self.owner.post(f"{self.accounts}/{account}/checks", expect=200)

    async def listed(self) -> dict[str, Any]:
        """Every account, by the cloud's own id."""
        page = await self.owner.get(f"{self.accounts}?limit=100")
        return {each["account_id"]: each for each in page["items"]}

    async def source(self) -> dict[str, Any]:
        """The one billing source."""
        (found,) = (await self.owner.get(f"{self.root}/billing-sources"))["items"]
        return dict(found)


@dataclass
class AzureCustomer(CloudCustomer):
    """A billing account with two subscriptions, an export of it, an application that may read."""

    azure: ServedAzure
    billing: AzureBilling
    app: App
    export: Export
    secret: str = field(default_factory=lambda: f"canary~{secrets.token_urlsafe(30)}")

    def credentials(self, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        given = {
            "tenant_id": self.app.tenant_id,
            "client_id": self.app.client_id,
            "client_secret": self.secret,
        }
        return {name: value for name, value in (given | other).items() if value is not None}

    def place(self, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        export = self.export
        return {
            "storage_account": export.storage_account,
            "container": export.container,
            "path": export.path,
        } | other

    def body(self, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return {
            "provider": "Microsoft",
            "account_id": self.billing.id,
            "credentials": self.credentials(),
            "place": self.place(),
        } | other


def azure_customer(owner: Visitor, organization: str, azure: ServedAzure) -> AzureCustomer:
    """A company's Azure, in which everything is as it should be."""
    number, storage = f"{secrets.randbelow(10**7):07}", f"costs{secrets.token_hex(6)}"
    export = Export("daily", storage, "exports", "costs")
    subscriptions = {str(uuid4()): name for name in ("production", "staging", "sandbox")}
    billing = AzureBilling(number, subscriptions, [export])
    azure.state.billing[number] = billing
    azure.state.storage[storage] = {"exports": {}}
    roles = {
        (BILLING_READER, number),
        (COST_READER, number),
        (BLOB_READER, f"{storage}/exports"),
    }
    app = azure.state.add_app(App(str(uuid4()), str(uuid4()), roles=roles))
    customer = AzureCustomer(owner, organization, azure, billing, app, export)
    app.secret = customer.secret
    return customer


@dataclass
class GoogleCustomer(CloudCustomer):
    """A billing account with projects, its export, a service account that may read."""

    google: ServedGoogle
    billing: GoogleBilling
    account: ServiceAccount
    project: Project
    key: rsa.RSAPrivateKey
    key_id: str

    @property
    def dataset(self) -> dict[str, Table]:
        return self.project.datasets["billing"]

    @property
    def detailed(self) -> str:
        return f"gcp_billing_export_resource_v1_{self.billing.id.replace('-', '_')}"

    def credentials(self, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        key = {
            "type": "service_account",
            "project_id": self.project.id,
            "private_key_id": self.key_id,
            "private_key": private_pem(self.key),
            "client_email": self.account.email,
            "token_uri": "http://127.0.0.1:1/never-asked",
        }
        return {"provider": "Google Cloud", "service_account": key | other}

    def body(self, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return {
            "provider": "Google Cloud",
            "account_id": self.billing.id,
            "credentials": self.credentials(),
            "place": {"project": self.project.id, "dataset": "billing"},
        } | other


def google_customer(owner: Visitor, organization: str, google: ServedGoogle) -> GoogleCustomer:
    """A company's Google Cloud, in which everything is as it should be."""
    number = "-".join(secrets.token_hex(3).upper() for _ in range(3))
    name = f"hanbit-{secrets.token_hex(4)}"
    billing = GoogleBilling(number, [name, f"{name}-web", f"{name}-ml"])
    google.state.billing[number] = billing
    project = google.state.projects.setdefault(name, Project(name))
    key, key_id = one_key(), secrets.token_hex(20)
    roles = {(BILLING_VIEWER, number), (DATA_VIEWER, f"{name}.billing"), (JOB_USER, name)}
    email = f"finops@{name}.iam.gserviceaccount.com"
    account = google.state.add(ServiceAccount(email, name, {key_id: public_pem(key)}, roles))
    customer = GoogleCustomer(owner, organization, google, billing, account, project, key, key_id)
    project.datasets["billing"] = {"notes": Table(), "more_notes": Table()}
    customer.dataset[customer.detailed] = Table()
    return customer
