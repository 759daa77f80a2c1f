"""Instances of AWS services: sizes in normalised units, and which reservations flex over sizes.

The lists grow with AWS's catalogue; they stand here as data.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

EC2 = "ec2"
LINUX = "linux"
DEFAULT_TENANCY = "default"

_FACTORS = {
    "nano": Decimal("0.25"),
    "micro": Decimal("0.5"),
    "small": Decimal(1),
    "medium": Decimal(2),
    "large": Decimal(4),
    "xlarge": Decimal(8),
}
_MULTIPLE = re.compile(r"(?:metal-)?([0-9]{1,4})xl(?:arge)?")

# Bare metal is as large as the largest virtual size of its family.
_METAL = {
    "a1": 32,
    **dict.fromkeys(("m5zn", "x2iezn", "z1d"), 96),
    **dict.fromkeys(("c6g", "c6gd", "m6g", "m6gd", "r6g", "r6gd", "x2gd", "i3"), 128),
    **dict.fromkeys(("c7g", "c7gd", "m7g", "m7gd", "r7g", "r7gd"), 128),
    "c5n": 144,
    **dict.fromkeys(("c5", "c5d", "i3en"), 192),
    **dict.fromkeys(("c6i", "c6id", "c6in", "i4i", "x2idn", "x2iedn"), 256),
    **dict.fromkeys(("m6i", "m6id", "m6idn", "m6in", "r6i", "r6id", "r6idn", "r6in"), 256),
    **dict.fromkeys(("c6a", "m6a", "r6a"), 384),
}
_METAL_LIKE = ((re.compile(r"[mr]5[a-z]*"), 192), (re.compile(r"u-.+"), 896))


@dataclass(frozen=True, slots=True)
class Flexibility:
    """Which reservations of a service cover any size of their family, by normalised units.

    `platforms`: the platforms or engines that flex, each with the one whose reservations it
    takes part in and what a unit of it counts there. Not flexible still means any zone.
    """

    platforms: Mapping[str, tuple[str, Decimal]]
    fixed_families: frozenset[str] = frozenset()


UNNAMED = ""
"""The engine where nobody names one: then it is one that flexes."""


def _each_alone(*platforms: str) -> dict[str, tuple[str, Decimal]]:
    return {platform: (platform, Decimal(1)) for platform in platforms}


FLEXIBLE = {
    EC2: Flexibility(_each_alone(LINUX), frozenset({"g4ad", "g4dn", "g5", "g5g", "inf1"})),
    # SQL Server and Oracle with its licence included keep their size.
    "rds": Flexibility(
        _each_alone(
            *("mysql", "mariadb", "postgresql", "aurora mysql", "aurora postgresql"),
            *("oracle byol", "db2 byol", UNNAMED),
            # As offers name them, which tell editions apart.
            *("oracle-se(byol)", "oracle-se1(byol)", "oracle-se2(byol)", "oracle-ee(byol)"),
            *("db2-se(byol)", "db2-ae(byol)"),
        )
    ),
    # A node of Valkey takes part in reservations of Redis, at the lower price it has.
    "elasticache": Flexibility(
        {**_each_alone("memcached", "redis", UNNAMED), "valkey": ("redis", Decimal("0.8"))}
    ),
    # MemoryDB's reservations name no engine: they are all of Redis.
    "memorydb": Flexibility(
        {
            "redis": ("redis", Decimal(1)),
            UNNAMED: ("redis", Decimal(1)),
            "valkey": ("redis", Decimal("0.7")),
        }
    ),
}
"""Services without an entry, OpenSearch and Redshift, have no size flexibility."""

WITHOUT_ENGINE = frozenset({"opensearch", "redshift"})
"""Services that run but one engine, so that naming it tells nothing."""

DEPLOYMENTS = {
    "single_az": Decimal(1),
    "multi_az": Decimal(2),
    "multi_az_cluster": Decimal(3),
    "io_optimized": Decimal("1.3"),
}
"""RDS: as how many database instances one deployment counts."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What a reservation must match; None where it does not matter."""

    service: str = EC2
    region: str | None = None
    zone: str | None = None
    family: str | None = None
    size: str | None = None
    platform: str = LINUX
    tenancy: str = DEFAULT_TENANCY
    deployment: str = "single_az"

    @property
    def factor(self) -> Decimal | None:
        """Normalised units of one instance hour; None where the size is not known."""
        size = self.size or ""
        if size == "metal":
            return _metal_factor(self.family or "")
        if found := _MULTIPLE.fullmatch(size):
            return 8 * Decimal(found[1]) or None
        return _FACTORS.get(size)

    @property
    def units(self) -> Decimal | None:
        """What an hour of it draws from a reservation that covers any size; None: it has none."""
        rule = FLEXIBLE.get(self.service)
        if rule is None or self.factor is None or self.tenancy != DEFAULT_TENANCY:
            return None
        if self.platform not in rule.platforms or self.family in rule.fixed_families:
            return None
        return self.factor * rule.platforms[self.platform][1] * DEPLOYMENTS[self.deployment]

    @property
    def is_cheaper_engine(self) -> bool:
        """Whether it takes part in reservations of another engine, which its own do not cover."""
        rule = FLEXIBLE.get(self.service)
        return rule is not None and self.units is not None and rule.platforms[self.platform][1] != 1

    @property
    def regional_reach(self) -> Hashable:
        """Equal for all that one regional reservation could cover."""
        place = (self.service, self.region, self.family)
        if self.units is not None:
            return (*place, FLEXIBLE[self.service].platforms[self.platform][0])
        return (*place, self.size, self.platform, self.tenancy, self.deployment)

    @property
    def zonal_reach(self) -> Hashable:
        """Equal for all that one zonal reservation could cover."""
        return (
            *(self.service, self.region, self.zone),
            *(self.family, self.size, self.platform, self.tenancy),
        )


def _metal_factor(family: str) -> Decimal | None:
    if family in _METAL:
        return Decimal(_METAL[family])
    return next((Decimal(factor) for like, factor in _METAL_LIKE if like.fullmatch(family)), None)


_SERVICES = {
    "elastic compute cloud": EC2,
    "elastic compute cloud - compute": EC2,
    "relational database service": "rds",
    "es": "opensearch",
    "opensearch service": "opensearch",
}
_PLATFORMS = {
    "linux/unix": LINUX,
    "unix": LINUX,
    "postgres": "postgresql",
    "aurora-mysql": "aurora mysql",
    "aurora-postgresql": "aurora postgresql",
    "redis oss": "redis",
}
_TENANCIES = {"shared": DEFAULT_TENANCY}


@cache
def service_named(name: str) -> str:
    """One word for a service however bills and people write it: AmazonEC2 and EC2 are ec2."""
    short = re.sub(r"^(?:amazon|aws)\s*", "", name.casefold().strip())
    return _SERVICES.get(short, short)


def instance_named(
    service: str,
    region: str | None,
    zone: str | None,
    family: str | None,
    size: str | None,
    platform: str | None,
    tenancy: str | None,
    deployment: str = "single_az",
) -> Instance:
    """The instance in the words that reservations are matched by.

    Zones are of EC2 alone: reservations of other services are for a region.
    """
    known = service_named(service)
    default = LINUX if known == EC2 else UNNAMED
    ran_on = default if known in WITHOUT_ENGINE else (platform or default).casefold()
    ran_on = ran_on.removesuffix(" (amazon vpc)")
    # RDS lists "oracle-se2 (byol)" beside "oracle-se2(li)".
    ran_on = re.sub(r"\s+(?=\((?:byol|li)\)$)", "", ran_on)
    rented = (tenancy or DEFAULT_TENANCY).casefold()
    return Instance(
        service=known,
        region=region,
        zone=zone if known == EC2 else None,
        family=re.sub(r"^(?:db|cache|ml)\.", "", family.casefold()) if family else None,
        size=re.sub(r"^([0-9]*)xl$", r"\1xlarge", size.casefold()) if size else None,
        platform=_PLATFORMS.get(ran_on, ran_on),
        tenancy=_TENANCIES.get(rented, rented),
        deployment=deployment,
    )
