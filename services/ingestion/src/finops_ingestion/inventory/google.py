"""Commitments from Google Cloud: its export of committed use to BigQuery.

The export names spend-based commitments alone, once a day each. The schema is Google's:
https://docs.cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/cud-export.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import orjson

from finops_common.contracts.ingestion import ListedCommitment
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.connections.adapters.gcp import BillingExport, KeySession
from finops_ingestion.connections.adapters.rest import RefusedError
from finops_ingestion.connections.credentials import GooglePlace
from finops_ingestion.inventory.domain import RightMissingError, State

TABLE = "cud_subscriptions_export"
_MONTHS = {"P1Y": 12, "P3Y": 36}
_STATES: Mapping[str, State] = MappingProxyType(
    {"active": "active", "expired": "retired", "canceled": "returned", "cancelled": "returned"}
)


class GoogleCommitments:
    """Reads the export beside the bills; satisfies `Lister`."""

    async def list_of(self, account: CloudAccount, session: KeySession) -> list[ListedCommitment]:
        """Every spend-based commitment of the billing account in the newest day of the export.

        Raises:
            RightMissingError: there is no such export, or it may not be read.
            ConnectionBrokenError, CloudSilentError: as `KeySession.ask`.
        """
        place = GooglePlace(**(account.place or {}))
        try:
            rows = await BillingExport(session, place, TABLE).newest_day()
        except RefusedError:
            raise RightMissingError from None
        listed = [orjson.loads(row) for row in rows]
        return [_commitment(each) for each in listed if _is_of(each, account.account_id)]


def _is_of(row: Mapping[str, Any], billing_account: str) -> bool:
    return row["billing_account_id"] == billing_account and row["term"] in _MONTHS


def _commitment(row: Mapping[str, Any]) -> ListedCommitment:
    # Google's page misspells the field; tables may hold either.
    amount = row.get("commitment_amount") or row["commitent_amount"]
    hourly = Decimal(str(amount["value"]))
    scope = row["subscription"].get("entitlement_scope") or ""
    kind, _, name = scope.partition("/")
    region = row.get("region")
    return ListedCommitment(
        provider="Google Cloud",
        id=row["subscription"]["instance_id"],
        kind="savings_plan",
        type="Spend-based CUD",
        owner_account_id=name if kind == "projects" else row["billing_account_id"],
        region=None if region in {None, "", "global"} else region,
        hourly_commitment=hourly,
        term_months=_MONTHS[row["term"]],
        payment_option="Monthly",
        upfront=Decimal(0),
        recurring_hourly=hourly,
        starts_at=_instant(row["start_time"]),
        ends_at=_instant(row["end_time"]),
        state=_STATES.get(str(row["state"]).lower(), "payment-pending"),
    )


def _instant(text: str) -> datetime:
    # "2024-09-27 18:08:20 UTC" on Google's page, ISO 8601 in JSON.
    return datetime.fromisoformat(text.replace(" UTC", "+00:00")).astimezone(UTC)
