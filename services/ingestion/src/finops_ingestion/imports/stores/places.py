"""Which kind of billing source is read how: the one place that knows them all."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from finops_ingestion.accounts.sources import FOLDER, BillingSource
from finops_ingestion.imports.domain import DeliveredFile, Delivery
from finops_ingestion.imports.stores.folders import MOST_OBJECTS, by_month, newest_runs
from finops_ingestion.imports.stores.objects import ObjectBills, nearest_the_top, newest
from finops_ingestion.imports.stores.s3 import S3Objects
from finops_ingestion.imports.stores.tables import TableBills


class Bills(Protocol):
    """The bills of one billing source, while what opens it is open."""

    async def find(self) -> list[Delivery]:
        """The whole deliveries that stand there, one a period."""

    async def fetch(self, file: DeliveredFile, target: Path) -> str:
        """Bring one file here, in the version that was seen; its SHA-256.

        Raises:
            ChangedError: another version stands there now.
        """


def bills_of(client: Any, source: BillingSource) -> Bills:  # noqa: ANN401 - S3, a container, a table
    """The bills of a source through what opens it: connections hand that out by provider."""
    return _BY_KIND[source.kind](client, source)


def _s3(client: Any, source: BillingSource) -> Bills:  # noqa: ANN401 - the SDK ships no types
    return ObjectBills(S3Objects(client, source.bucket or ""), source.prefix or "", nearest_the_top)


def _blobs(client: Any, source: BillingSource) -> Bills:  # noqa: ANN401 - as `bills_of`
    # With its slash, for an export `cost` beside one that is named `cost-2`.
    return ObjectBills(client, f"{source.prefix}/", newest, newest_runs)


def _folder(client: Any, source: BillingSource) -> Bills:  # noqa: ANN401 - as `_s3`
    objects = S3Objects(client, source.bucket or "")
    prefix = source.prefix or ""
    return ObjectBills(objects, prefix, nearest_the_top, by_month, MOST_OBJECTS, one_bill=True)


def _table(client: Any, _: BillingSource) -> Bills:  # noqa: ANN401 - as `bills_of`
    return TableBills(client)


_BY_KIND: Mapping[str, Callable[[Any, BillingSource], Bills]] = MappingProxyType(
    {"aws_export": _s3, "azure_export": _blobs, "gcp_export": _table, FOLDER: _folder}
)
KINDS = tuple(_BY_KIND)
"""Sources that are looked at; uploads come by themselves."""
