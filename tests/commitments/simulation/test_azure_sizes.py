"""Sizes of Azure's virtual machines: which count together."""

from decimal import Decimal

import pytest

from finops_commitments.simulation.azure_sizes import VirtualMachine


@pytest.mark.parametrize(
    ("size", "family", "units"),
    [
        ("Standard_D2s_v5", "Dsv5", 2),
        ("Standard_E96ads_v5", "Eadsv5", 96),
        ("Standard_F8s_v2", "Fsv2", 8),
        ("Standard_E64s_v3", "Esv3", Decimal("57.6")),
        ("Standard_E64_v3", "Ev3", 64),
        # The group is a table of its own there, and a constrained size is one of another.
        ("Standard_D2_v2", "Dv2", None),
        ("Standard_E4-2s_v5", "E4-2s_v5", None),
        ("Standard_B2s", "B2s", None),
    ],
)
def test_a_size_counts_as_its_cores_where_its_series_flexes(
    size: str, family: str, units: Decimal | int | None
) -> None:
    machine = VirtualMachine("koreacentral", size)

    assert [machine.family, machine.units] == [family, units]
    other = VirtualMachine("koreacentral", size.replace("2", "4", 1))
    elsewhere = VirtualMachine("eastus", size)
    assert machine.regional_reach != elsewhere.regional_reach
    if size == "Standard_D2s_v5":
        assert machine.regional_reach == other.regional_reach
    if units is None:
        assert machine.regional_reach != other.regional_reach
