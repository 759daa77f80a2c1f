"""What a payer of Azure owns, as the provider lists it.

What the bill alone shows tells no size and no end: what such a commitment covers stays covered.
"""

import re
from dataclasses import replace
from datetime import datetime

from finops_commitments.inventory.domain import Commitment, Kind
from finops_commitments.simulation.azure_sizes import VirtualMachine

PROVIDER = "Microsoft"
_RUNNING = ("active", "payment-pending")


def reserved_machine(commitment: Commitment) -> VirtualMachine | None:
    """What a listed reservation is for; one of another service has a size that no machine has."""
    scope = commitment.scope
    if not _is_listed(commitment, Kind.CAPACITY) or commitment.quantity is None or scope is None:
        return None
    if not scope.region or not scope.instance_type:
        return None
    region = re.sub(r"[ _-]", "", scope.region).lower()
    return VirtualMachine(region, scope.instance_type)


def is_savings_plan(commitment: Commitment) -> bool:
    """Whether it is a listed savings plan, which holds its whole amount in every hour.

    What other organizations use of it is not known here: none of it is bought again.
    """
    return _is_listed(commitment, Kind.SPEND) and commitment.hourly_amount is not None


def running_since(commitment: Commitment, midnight: datetime) -> Commitment:
    """The same as if it ran from then on: the hours ahead begin days before now.

    What began in those days covers all that is still to come.
    """
    began = commitment.starts_at
    if began is None or began <= midnight or commitment.state not in _RUNNING:
        return commitment
    return replace(commitment, starts_at=midnight)


def _is_listed(commitment: Commitment, kind: Kind) -> bool:
    told = (commitment.provider, commitment.kind)
    return told == (PROVIDER, kind) and commitment.ends_at is not None
