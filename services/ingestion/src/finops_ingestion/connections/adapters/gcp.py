"""Google's REST APIs: tokens of a service account, billing accounts, a dataset, a table."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from joserfc import jwt
from joserfc.jwk import RSAKey

from finops_common.clock import Clock
from finops_ingestion.accounts.domain import Cause
from finops_ingestion.connections.adapters.rest import RefusedError, Rest
from finops_ingestion.connections.credentials import GoogleKey, GooglePlace
from finops_ingestion.connections.domain import ConnectionBrokenError
from finops_ingestion.imports.stores.tables import Days, InvoiceMonth, Row

_SCOPES = (
    "https://www.googleapis.com/auth/bigquery.readonly"
    " https://www.googleapis.com/auth/cloud-billing.readonly"
)
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE_S = 3600
_SPARE_S = 300
_PAGE = 10_000
_WAIT_MS = 20_000
_PARTITION = "_PARTITIONDATE"
"""Which day's part of the table a row lies in; null while it is in the streaming buffer."""
_MONTHS = (
    "SELECT invoice.month, CAST(COUNT(*) AS STRING),"
    " FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', MAX(export_time)){days} FROM `{table}` GROUP BY 1"
)
_DAYS = f", FORMAT_DATE('%F', MIN({_PARTITION})), FORMAT_DATE('%F', MAX({_PARTITION}))"
_ROWS = (
    "SELECT TO_JSON_STRING(line), FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', export_time)"
    " FROM `{table}` AS line WHERE invoice.month = @month{days}"
)
_ALL = "SELECT TO_JSON_STRING(line) FROM `{table}` AS line"
_RECENT = (
    "SELECT TO_JSON_STRING(line), FORMAT_DATE('%F', _PARTITIONDATE) FROM `{table}` AS line"
    " WHERE _PARTITIONDATE >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY)"
)
# Customers pay for what a query scans: of all columns, only the days that hold the month.
_ONLY = f" AND ({_PARTITION} BETWEEN @first AND @last OR {_PARTITION} IS NULL)"


@dataclass(frozen=True, slots=True)
class GoogleEndpoints:
    """Where Google answers. What a key's file says of it is not asked: anybody can write it."""

    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    bigquery: str = "https://bigquery.googleapis.com"
    billing: str = "https://cloudbilling.googleapis.com"


@dataclass
class KeySession:
    """A service account's token, fetched when needed and again before it ends."""

    rest: Rest
    endpoints: GoogleEndpoints
    key: GoogleKey
    clock: Clock
    _token: tuple[str, float] | None = field(default=None, repr=False)

    async def ask(
        self,
        method: str,
        url: str,
        **given: Any,  # noqa: ANN401 - what httpx takes
    ) -> dict[str, Any]:
        """The document of a call.

        Raises:
            ConnectionBrokenError: Google does not let the key in, and why.
            RefusedError: it is let in, and may not do this.
            CloudSilentError: no answer.
        """
        answer = await self.rest.ask(method, url, await self._bearer(), **given)
        # A page of rows is megabytes of JSON.
        found: dict[str, Any] = await asyncio.to_thread(answer.json)
        return found

    async def list(self, url: str, name: str) -> list[dict[str, Any]]:
        """The items called `name` on all pages. Raises as `ask`."""
        return [item async for page in self.pages(url, {}) for item in page.get(name, [])]

    async def pages(self, url: str, query: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
        """All pages of a list. Raises as `ask`."""
        while True:
            page = await self.ask("GET", url, params=query)
            yield page
            if not page.get("nextPageToken"):
                return
            query = query | {"pageToken": page["nextPageToken"]}

    async def _bearer(self) -> str:
        if self._token is None or self._token[1] < time.monotonic():
            self._token = await self._fetch()
        return self._token[0]

    async def _fetch(self) -> tuple[str, float]:
        form = {"grant_type": _GRANT, "assertion": self._assertion()}
        try:
            answer = await self.rest.ask("POST", self.endpoints.token, data=form)
        except RefusedError as refused:
            raise ConnectionBrokenError(_cause(refused)) from None
        given = answer.json()
        return given["access_token"], time.monotonic() + given["expires_in"] - _SPARE_S

    def _assertion(self) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.key.client_email,
            "scope": _SCOPES,
            "aud": self.endpoints.token,
            "iat": now,
            "exp": now + _LIFE_S,
        }
        header = {"alg": "RS256", "kid": self.key.private_key_id}
        private = RSAKey.import_key(self.key.private_key)
        return jwt.encode(header, claims, private, algorithms=["RS256"])


def _cause(refused: RefusedError) -> Cause:
    # Google tells these apart in its words alone.
    words = str(refused.document.get("error_description", ""))
    return "service_account_unknown" if "account not found" in words else "key_revoked"


def reasons_of(refused: RefusedError) -> frozenset[str]:
    """Google's short names for why it refused."""
    error = refused.document.get("error", {})
    told = [*error.get("errors", []), *error.get("details", [])]
    return frozenset(str(each["reason"]) for each in told if "reason" in each)


class BillingExport:
    """One table of a dataset (`imports.stores.tables.BillingTable`)."""

    def __init__(self, session: KeySession, place: GooglePlace, name: str) -> None:
        self._session = session
        self._place = place
        self.name = name

    async def months(self) -> list[InvoiceMonth]:
        """Every invoice month with rows; reads two columns of the table."""
        try:
            return [each async for each in self._months(_DAYS)]
        except RefusedError as refused:
            # A copy that somebody made of an export need not be partitioned.
            if _PARTITION not in str(refused.document):
                raise
        return [each async for each in self._months("")]

    async def _months(self, days: str) -> AsyncIterator[InvoiceMonth]:
        async for page in self._query(_MONTHS.replace("{days}", days), {}):
            for month, count, newest, *held in page:
                if month:
                    yield InvoiceMonth(month, int(count), newest, _days(held))

    async def pages(self, month: str, days: Days | None) -> AsyncGenerator[list[Row], None]:
        """The rows of one month: one query, whose result does not change while it is paged."""
        given = {"month": month}
        if days is not None:
            given |= {"first": days[0], "last": days[1]}
        query = _ROWS.replace("{days}", "" if days is None else _ONLY)
        async for page in self._query(query, given):
            yield [Row(line, written) for line, written in page]

    async def newest_day(self) -> list[str]:
        """The rows of the newest day, as JSON; of a table without partitions all.

        Raises:
            RefusedError: the table is not there, or may not be read.
        """
        try:
            dated = [row async for page in self._query(_RECENT, {}) for row in page]
        except RefusedError as refused:
            if _PARTITION not in str(refused.document):
                raise
            return [row async for page in self._query(_ALL, {}) for (row,) in page]
        newest = max((day for _, day in dated), default=None)
        return [row for row, day in dated if day == newest]

    async def may_query(self) -> None:
        """Raises RefusedError when queries are not allowed; runs none."""
        await self._start(_MONTHS.replace("{days}", ""), {}, dryRun=True)

    async def _query(
        self, query: str, parameters: dict[str, str]
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        page = await self._start(query, parameters)
        job = page["jobReference"]
        url = f"{self._url}/{quote(job['jobId'])}"
        where = {"location": job["location"]} if "location" in job else {}
        while True:
            if page.get("rows"):
                yield [tuple(cell["v"] for cell in row["f"]) for row in page["rows"]]
            if page["jobComplete"] and not page.get("pageToken"):
                return
            asked = where | {"maxResults": str(_PAGE), "timeoutMs": str(_WAIT_MS)}
            if page.get("pageToken"):
                asked["pageToken"] = page["pageToken"]
            page = await self._session.ask("GET", url, params=asked)

    async def _start(
        self,
        query: str,
        parameters: dict[str, str],
        **options: Any,  # noqa: ANN401 - JSON
    ) -> dict[str, Any]:
        place = self._place
        body = {
            "query": query.format(table=f"{place.project}.{place.dataset}.{self.name}"),
            "useLegacySql": False,
            "maxResults": _PAGE,
            "timeoutMs": _WAIT_MS,
            "parameterMode": "NAMED",
            "queryParameters": [_parameter(*each) for each in parameters.items()],
            **options,
        }
        return await self._session.ask("POST", self._url, json=body)

    @property
    def _url(self) -> str:
        base = self._session.endpoints.bigquery
        return f"{base}/bigquery/v2/projects/{quote(self._place.project)}/queries"


def _days(held: list[str | None]) -> Days | None:
    match held:
        case [str(first), str(last)]:
            return first, last
    return None


def _parameter(name: str, value: str) -> dict[str, Any]:
    return {
        "name": name,
        "parameterType": {"type": "STRING" if name == "month" else "DATE"},
        "parameterValue": {"value": value},
    }
