"""Opens the catalog in PostgreSQL and an organization's tables in it."""

import asyncio
from threading import Lock
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog

    from finops_ingestion.lake.iceberg import OrganizationTables

CATALOG = "finops"


class Lake(Protocol):
    """Where organizations' tables are."""

    async def open(self, organization_id: UUID) -> "OrganizationTables":
        """The organization's tables as they are now, made where they are missing."""


class IcebergLake:
    """The Iceberg tables of one installation.

    Connects, and imports what speaks Iceberg, on first use: processes that publish nothing
    pay nothing.
    """

    def __init__(self, database_url: str, role: str, blobs_url: str) -> None:
        self._catalog_url = catalog_url(database_url, role)
        self._root, self._files = place_of(blobs_url)
        self._opened: SqlCatalog | None = None
        self._opening = Lock()

    async def open(self, organization_id: UUID) -> "OrganizationTables":
        return await asyncio.to_thread(self._open, organization_id)

    async def close(self) -> None:
        """Let go of the catalog's connections."""
        if self._opened:
            await asyncio.to_thread(self._opened.close)

    def _open(self, organization_id: UUID) -> "OrganizationTables":
        from finops_ingestion.lake.iceberg import load_tables  # noqa: PLC0415 - on first use

        return load_tables(self._catalog(), self._root, organization_id)

    def _catalog(self) -> "SqlCatalog":
        from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415 - on first use

        with self._opening:
            if self._opened is None:
                self._opened = SqlCatalog(
                    CATALOG,
                    uri=self._catalog_url.render_as_string(hide_password=False),
                    warehouse=self._root,
                    init_catalog_tables="false",
                    pool_pre_ping="true",
                    **{"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"},
                    **self._files,
                )
            return self._opened


def catalog_url(database_url: str, role: str) -> URL:
    """The service's database for psycopg2, in a role that may use the catalog's tables."""
    url = make_url(database_url).set(drivername="postgresql+psycopg2")
    if url.query.get("sslmode") == "verify-full" and "sslrootcert" not in url.query:
        url = url.update_query_dict({"sslrootcert": "system"})
    limits = f"-c role={role} -c statement_timeout=30000"
    return url.update_query_dict({"options": limits, "connect_timeout": "5"})


def place_of(blobs_url: str) -> tuple[str, dict[str, str]]:
    """Where the blobs lie as Iceberg writes it, and what opens files there."""
    address = urlsplit(blobs_url)
    path = unquote(address.path).rstrip("/")
    given = dict(pair.split("=", 1) for pair in address.query.split("&") if pair)
    files = {name: unquote(given[key]) for key, name in _OPTIONS.items() if key in given}
    return f"{address.scheme}://{address.netloc}{path}", files


_OPTIONS = {"region": "s3.region", "endpoint_url": "s3.endpoint"}
