"""What a folder of FOCUS files is, and when two hold the same files."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from finops_ingestion.accounts.sources import BillingSource

_REFUSALS = frozenset(
    {
        "AccessDenied",
        "AllAccessDisabled",
        "NoSuchBucket",
        "PermanentRedirect",
        "AuthorizationHeaderMalformed",
        "InvalidObjectState",
        "IllegalLocationConstraintException",
    }
)


def must_be_mended(answer: str) -> bool:
    """Whether S3 answers so when a person must mend something; all else is an outage.

    Its keys too: files that may be listed can be locked by a key, or archived.
    """
    return answer in _REFUSALS or answer.startswith("KMS.")


@dataclass(frozen=True)
class Draft:
    """A folder that is to be read; `prefix` without / at its ends, empty: the whole bucket."""

    cloud_account_id: UUID
    name: str
    bucket: str
    prefix: str
    region: str


@dataclass(frozen=True)
class Folder:
    """A folder that is read, and how the newest look into it went.

    `trouble` is why nothing could be seen, S3's code for it where it gave one.
    """

    source: BillingSource
    looked_at: datetime | None = None
    trouble: str | None = None
    months: tuple[date, ...] = ()
    """That stood there when it was added."""


def below(prefix: str | None) -> str:
    """What keys in the folder begin with: an export may name its folder with or without the /."""
    plain = (prefix or "").strip("/")
    return f"{plain}/" if plain else ""


def overlap(one: str, other: str) -> bool:
    """Whether of two such prefixes one lies in the other, so that some files are in both."""
    return one.startswith(other) or other.startswith(one)


def told(source: BillingSource) -> dict[str, str]:
    """What events say of it before and after."""
    place = f"s3://{source.bucket}/{source.prefix}"
    return {
        "name": source.name,
        "place": place,
        "region": source.region or "",
        "cloud_account_id": str(source.cloud_account_id),
    }
