"""How a process reads its environment: once, at the edge, by name."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, ValidationError


class SettingsError(ValueError):
    """The environment lacks a setting or holds one that cannot be; names the variable."""


def variables_under(prefix: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that start with `prefix`, named as fields: `X_DATABASE_URL` is `database_url`."""
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in environ.items()
        if name.startswith(prefix)
    }


class ServiceSettings(BaseModel, frozen=True, extra="ignore"):
    """What every service needs; a service adds its own fields and its prefix."""

    database_url: SecretStr = Field(description="postgresql://service:…@host/database")
    database_pool_size: int = Field(default=8, ge=1, description="connections per process")
    kafka_brokers: str = Field(description="host:port, comma separated")
    topic_prefix: str = Field(default="finops.", description="before each topic's name")
    service_key: SecretStr = Field(description="private Ed25519 JWK that signs calls to others")
    service_jwks: str = Field(description="public keys of all services, a JWK set as JSON")
    identity_url: str = Field(description="where identity answers inside the cluster")
    org_rbac_url: str = Field(description="where org-rbac answers inside the cluster")
    public_app_url: str = Field(description="where links in mails lead")
    sealing_keys: SecretStr = Field(
        description="id:base64 of 32 bytes, comma separated; newest first"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    trusted_proxy_hops: int = Field(
        default=1, ge=0, description="proxies that append to X-Forwarded-For"
    )
    host: str = "127.0.0.1"
    port: int = 0
    worker_port: int = Field(default=0, description="health and metrics of the worker process")

    @classmethod
    def from_environment(cls, prefix: str, environ: Mapping[str, str]) -> Self:
        """Read `<prefix>*`, and `FINOPS_*` for what all services share.

        Raises:
            SettingsError: names every variable that is missing or wrong, and no value.
        """
        found = variables_under("FINOPS_", environ) | variables_under(prefix, environ)
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            wrong = [f"{prefix}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
            raise SettingsError("; ".join(wrong)) from None
