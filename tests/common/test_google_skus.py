"""What a Google SKU is for, read from its description as catalogue and bill write it."""

import pytest

from finops_common.google_skus import committed, used


@pytest.mark.parametrize(
    ("description", "found"),
    [
        ("N2 Instance Core running in Americas", ("n2", "vcpu")),
        ("N2D AMD Custom Instance Ram running in Seoul", ("n2d", "memory")),
        ("C4A Arm Instance Core running in Frankfurt", ("c4a", "vcpu")),
        ("N1 Predefined Instance Ram running in Americas", ("n1", "memory")),
        ("Custom Instance Core running in Americas", ("n1", "vcpu")),
        ("Compute optimized Core running in Americas", ("c2", "vcpu")),
        ("Memory-optimized Instance Ram running in Americas", ("m1", "memory")),
        ("N2 Sole Tenancy Instance Core running in Americas", ("n2", "vcpu")),
        ("Spot Preemptible N2 Instance Core running in Americas", None),
        ("N2 Custom Extended Instance Ram running in Americas", None),
        ("Custom Extended Instance Ram running in Americas", None),
        ("Sole Tenancy Premium for N2 Sole Tenancy Instance Core running in Iowa", None),
        ("Memory Optimized Upgrade Premium for Memory-optimized Instance Core running in Iowa", None),
        ("Nvidia L4 GPU running in Americas", None),
        ("Commitment v1: N2 Cpu in Americas for 1 Year", None),
        ("Licensing Fee for Red Hat Enterprise Linux 8 (RAM cost)", None),
    ],
)  # fmt: skip
def test_usage_names_its_family_and_resource(
    description: str, found: tuple[str, str] | None
) -> None:
    assert used(description) == found


@pytest.mark.parametrize(
    ("description", "found"),
    [
        ("Commitment v1: N2 Cpu in Americas for 1 Year", ("n2", "vcpu")),
        ("Commitment v1: C2D AMD Ram in EMEA for 3 Year", ("c2d", "memory")),
        ("Commitment v1: Cpu in Seoul for 3 Years", ("n1", "vcpu")),
        ("Commitment: Compute optimized Core running in Iowa for 1 Year", ("c2", "vcpu")),
        ("Commitment: Memory-optimized Ram running in Iowa for 3 Year", ("m1", "memory")),
        ("Commitment v1: Local SSD In Americas for 1 Year", None),
        ("Commitment - dollar based v1: GCE for 1 year", None),
        ("N2 Instance Core running in Americas", None),
    ],
)
def test_a_fee_names_what_it_commits_to(description: str, found: tuple[str, str] | None) -> None:
    assert committed(description) == found
