"""Sizes of Azure's virtual machines: which reservations flex over them, and what each counts.

Microsoft publishes the groups as a table (aka.ms/isf). In the series listed here a group is
the series in one spelling, and a size counts as many as it has virtual cores, but for one; the
others, and sizes with fewer cores than their memory (E4-2s_v5), stand for themselves alone.
"""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

VIRTUAL_MACHINES = "Virtual Machines"
"""The service, as bills and price lists write it."""
_SIZE = re.compile(
    r"Standard_(?P<series>[DEF])(?P<cores>[0-9]+)(?P<kind>[a-z]*)_v(?P<version>[0-9]+)",
    re.IGNORECASE,
)
_SINCE = {"D": 3, "E": 3, "F": 2}
"""The version of each series from which on price goes with cores."""
_PRICED_BELOW_ITS_CORES = {"standard_e64s_v3": Decimal("57.6")}
"""The table has 28.8 for it, where Standard_E2s_v3 has 1."""


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """A virtual machine in a region, by Azure's name of its size: Standard_D2s_v5."""

    region: str
    size: str

    # Azure reserves the machine; what runs on it is licensed apart.
    platform: ClassVar[str] = ""
    deployment: ClassVar[str] = "single_az"
    is_cheaper_engine: ClassVar[bool] = False

    @property
    def family(self) -> str:
        """The series, which is its size flexibility group where it is in one: Dsv5."""
        found = _SIZE.fullmatch(self.size)
        if found is None:
            return self.size.removeprefix("Standard_")
        return f"{found['series']}{found['kind']}v{found['version']}"

    @property
    def units(self) -> Decimal | None:
        """What an hour of it draws from a reservation of its group; None: it is in none."""
        found = _SIZE.fullmatch(self.size)
        if found is None or int(found["version"]) < _SINCE[found["series"].upper()]:
            return None
        cores = Decimal(found["cores"])
        return _PRICED_BELOW_ITS_CORES.get(self.size.casefold(), cores) or None

    @property
    def regional_reach(self) -> Hashable:
        """Equal for all that one reservation could cover, in whatever case sizes are spelt."""
        if self.units is not None:
            return VIRTUAL_MACHINES, self.region, self.family.casefold()
        return VIRTUAL_MACHINES, self.region, None, self.size.casefold()
