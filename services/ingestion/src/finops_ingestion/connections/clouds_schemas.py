"""What opens Azure and Google Cloud, on the wire: told right or wrong field by field (ING-3)."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from finops_common.schemas import Command, Line
from finops_ingestion.accounts.schemas import AzurePlace, GooglePlace
from finops_ingestion.connections.credentials import AzureApp, GoogleKey
from finops_ingestion.connections.domain import Given, Registration

BillsAndAccounts = Literal["bills", "accounts"]
_BOTH: frozenset[BillsAndAccounts] = frozenset({"bills", "accounts"})
_LONGEST_PEM = 20_000


def _private_key(value: SecretStr) -> SecretStr:
    try:
        key = load_pem_private_key(value.get_secret_value().encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        # In words of our own: the library's may quote what was sent.
        raise ValueError("must be an RSA private key in PEM, without a password")  # noqa: TRY004 - as Pydantic wants it
    return value


def _certificate(value: SecretStr) -> SecretStr:
    try:
        x509.load_pem_x509_certificate(value.get_secret_value().encode())
    except (ValueError, x509.InvalidVersion):
        raise ValueError("must hold a certificate in PEM beside its private key") from None
    return _private_key(value)


Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]
Pem = Annotated[SecretStr, Field(max_length=_LONGEST_PEM), AfterValidator(_certificate)]
PrivateKey = Annotated[SecretStr, Field(max_length=_LONGEST_PEM), AfterValidator(_private_key)]
BillingAccount = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9:_.-]{3,127}$")]
GoogleBillingAccount = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$")
]
ServiceAccountEmail = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[a-z0-9][a-z0-9.-]*@[a-z0-9.-]+$")
]


class AzureCredentials(Command):
    """An application registration, with a client secret or a certificate."""

    provider: Literal["Microsoft"] = "Microsoft"
    tenant_id: UUID = Field(description="directory (tenant) id")
    client_id: UUID = Field(description="application (client) id")
    client_secret: Secret | None = Field(default=None, description="its value, not its id")
    certificate: Pem | None = Field(
        default=None, description="in place of a secret: PEM of the certificate and its private key"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.client_secret is None) == (self.certificate is None):
            raise ValueError("give either client_secret or certificate")
        return self

    def given(self) -> Given:
        """As connections take it."""
        app = AzureApp(
            str(self.tenant_id),
            str(self.client_id),
            _open(self.client_secret),
            _open(self.certificate),
        )
        return Given("Microsoft", credentials=app)


class ServiceAccountKey(BaseModel):
    """The JSON file of a key, as the console gives it; what we do not need of it is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["service_account"]
    client_email: ServiceAccountEmail = Field(
        examples=["finops@hanbit-billing.iam.gserviceaccount.com"]
    )
    private_key_id: Line
    private_key: PrivateKey


class GoogleCredentials(Command):
    """A key of a service account."""

    provider: Literal["Google Cloud"] = "Google Cloud"
    service_account: ServiceAccountKey

    def given(self) -> Given:
        """As connections take it."""
        key = self.service_account
        private = key.private_key.get_secret_value()
        opened = GoogleKey(key.client_email, key.private_key_id, private)
        return Given("Google Cloud", credentials=opened)


class _NewAccount(Command):
    name: Line | None = None
    capabilities: frozenset[BillsAndAccounts] = Field(
        default=_BOTH, description="what is to be read"
    )

    def _registration(self, account_id: str, given: Given, **more: Any) -> Registration:  # noqa: ANN401 - fields by name
        capabilities = tuple(sorted(self.capabilities))
        return Registration(
            **{"export_name": None} | more,
            account_id=account_id,
            given=given,
            name=self.name,
            capabilities=capabilities,
        )


class NewAzureAccount(_NewAccount):
    provider: Literal["Microsoft"]
    account_id: BillingAccount = Field(
        description="billing account id, or enrolment number", examples=["8608480"]
    )
    credentials: AzureCredentials
    place: AzurePlace

    def registration(self) -> Registration:
        """As connections take it."""
        place = self.place.model_dump(mode="json")
        return self._registration(self.account_id, self.credentials.given(), place=place)


class NewGoogleAccount(_NewAccount):
    provider: Literal["Google Cloud"]
    account_id: GoogleBillingAccount = Field(
        description="billing account id", examples=["01A2B3-4C5D6E-7F8A9B"]
    )
    credentials: GoogleCredentials
    place: GooglePlace
    export_name: Line | None = Field(
        default=None, description="the table to read; else the detailed export, or the standard one"
    )

    def registration(self) -> Registration:
        """As connections take it."""
        place = self.place.model_dump(mode="json")
        return self._registration(
            self.account_id, self.credentials.given(), place=place, export_name=self.export_name
        )


def _open(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
