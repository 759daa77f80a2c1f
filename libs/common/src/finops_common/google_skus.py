"""Google's SKU descriptions: which machine family and resource one is for.

The catalogue and the bill tell it in no field of its own. As resource-based commitments count:
not what they never cover, such as Spot, extended memory and premiums.
"""

import re
from typing import Literal, NamedTuple

Resource = Literal["vcpu", "memory"]


class MachineResource(NamedTuple):
    """Cores or memory of a machine family, such as vcpu of n2."""

    family: str
    resource: Resource


_RESOURCES: dict[str, Resource] = {"cpu": "vcpu", "core": "vcpu", "ram": "memory"}
# Before their generations had names; of commitments the first generation has none at all.
_NAMED = {"custom": "n1", "compute optimized": "c2", "memory-optimized": "m1", None: "n1"}
_FAMILY = r"(?:(?P<family>[A-Z]\d+[A-Z]{0,2})|(?P<named>Custom|Compute optimized|Memory-optimized))"
_USAGE = re.compile(
    rf"^(?!.*\b(?:Extended|Spot|Preemptible|Premium|DWS|Calendar|Reserved)\b)"
    rf"{_FAMILY} (?:[\w-]+ )*?(?P<resource>Core|Ram) running in "
)
_COMMITMENT = re.compile(
    rf"^Commitment(?: v\d+)?: (?:{_FAMILY} )?(?:[\w-]+ )*?(?P<resource>Cpu|Core|Ram)"
    r" (?:running )?in .+ for \d Years?$"
)


def used(description: str) -> MachineResource | None:
    """Of a SKU of usage on demand; None where no resource-based commitment covers it."""
    return _found(_USAGE.match(description))


def committed(description: str) -> MachineResource | None:
    """Of a SKU of a commitment's fee; None of those to other things, such as disks."""
    return _found(_COMMITMENT.match(description))


def _found(match: re.Match[str] | None) -> MachineResource | None:
    if match is None:
        return None
    named = match["named"]
    family = match["family"] or _NAMED[named and named.lower()]
    return MachineResource(family.lower(), _RESOURCES[match["resource"].lower()])
