"""What the provider's APIs list, in the inventory's own model."""

from collections.abc import Iterable

from finops_commitments.inventory.domain import Commitment, Kind, Scope, Source, marked
from finops_commitments.inventory.repository import Snapshot
from finops_common.contracts.ingestion import ListedCommitment

_MONTHS = 12


def commitments_listed(snapshots: Iterable[Snapshot]) -> list[Commitment]:
    """Every commitment of the snapshots by id; of one listed twice, the newest listing."""
    found = {
        each.id: from_provider(each, snapshot.payer_account_id)
        for snapshot in sorted(snapshots, key=lambda snapshot: snapshot.listed_at)
        for each in snapshot.commitments
    }
    return [found[name] for name in sorted(found)]


def from_provider(listed: ListedCommitment, payer_account_id: str) -> Commitment:
    """The commitment with each known field marked as the provider's word."""
    capacity = listed.kind == "reservation"
    commitment = Commitment(
        id=listed.id,
        provider=listed.provider,
        kind=Kind.CAPACITY if capacity else Kind.SPEND,
        type=listed.type,
        scope=Scope(
            region=listed.region,
            zone=listed.zone,
            family=listed.family,
            instance_type=listed.instance_type,
            platform=listed.platform,
            tenancy=listed.tenancy,
            deployment=listed.deployment,
        ),
        payer_account_id=payer_account_id,
        owner_account_id=listed.owner_account_id,
        hourly_amount=listed.hourly_commitment,
        quantity=listed.quantity,
        unit="instances" if capacity else None,
        currency=listed.currency,
        term_years=listed.term_months // _MONTHS or None,
        payment_option=listed.payment_option,
        upfront=listed.upfront,
        recurring_hourly=listed.recurring_hourly,
        starts_at=listed.starts_at,
        ends_at=listed.ends_at,
        state=listed.state,
        offering_class=listed.offering_class,
    )
    return marked(commitment, Source.PROVIDER)
