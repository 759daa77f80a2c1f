"""What can be used and at which public price: one Sku per usage type of a region."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from finops_sandbox.world.chance import token
from finops_sandbox.world.prices import ec2_price

Pool = Literal["ec2", "fargate", "lambda-duration", "lambda-requests", "rds", "elasticache"]

REGION_PREFIX = {
    "us-east-1": "",
    "us-west-2": "USW2-",
    "eu-west-1": "EU-",
    "ap-northeast-2": "APN2-",
}
REGION_NAME = {
    "us-east-1": "US East (N. Virginia)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
}

_FACTORS = {
    "nano": "0.25",
    "micro": "0.5",
    "small": "1",
    "medium": "2",
    "large": "4",
    "xlarge": "8",
}
_PLATFORM_OPERATION = {"Linux": "RunInstances", "Windows": "RunInstances:0002"}


def normalization_factor(instance_type: str) -> Decimal:
    """Normalised units of one instance hour; `2xlarge` is 2 x 8."""
    size = instance_type.rsplit(".", 1)[-1]
    if size.endswith("xlarge") and size != "xlarge":
        return Decimal(8) * int(size.removesuffix("xlarge"))
    return Decimal(_FACTORS[size])


@dataclass(frozen=True)
class Sku:
    """One usage type of one region with its public on-demand rate in USD per unit.

    `pool` says which commitments could cover it; None: none can. `rate` is what an
    uncovered unit costs, below `on_demand` only for Spot.
    """

    service: str
    product_name: str
    product_family: str
    usage_type: str
    operation: str
    region: str
    unit: str
    rate: Decimal
    on_demand: Decimal
    pool: Pool | None = None
    instance_type: str | None = None
    platform: str | None = None
    engine: str | None = None

    @property
    def sku_id(self) -> str:
        """A stable 16-character id in the style of the price list."""
        return token("sku", self.usage_type, self.operation, self.region, length=16).upper()

    @property
    def family(self) -> str | None:
        return None if self.instance_type is None else self.instance_type.rsplit(".", 1)[0]

    @property
    def factor(self) -> Decimal | None:
        return None if self.instance_type is None else normalization_factor(self.instance_type)

    @property
    def savings_plan_eligible(self) -> bool:
        return self.pool in {"ec2", "fargate", "lambda-duration", "lambda-requests"}

    @property
    def tenancy(self) -> str | None:
        return "Shared" if self.pool == "ec2" or self.usage_type.startswith("Spot") else None


def ec2(instance_type: str, region: str, platform: str = "Linux") -> Sku:
    """An instance hour on demand at the price extract's rate."""
    rate = ec2_price(instance_type, region, platform).on_demand
    usage_type = f"{REGION_PREFIX[region]}BoxUsage:{instance_type}"
    return _instance(usage_type, instance_type, region, platform, rate, rate, "ec2")


def spot(instance_type: str, region: str, rate: str) -> Sku:
    """A Spot instance hour: charged at `rate`, listed at on-demand, covered by nothing."""
    listed = ec2_price(instance_type, region).on_demand
    usage_type = f"{REGION_PREFIX[region]}SpotUsage:{instance_type}"
    return _instance(usage_type, instance_type, region, "Linux", Decimal(rate), listed, None)


def _instance(
    usage_type: str,
    instance_type: str,
    region: str,
    platform: str,
    rate: Decimal,
    on_demand: Decimal,
    pool: Pool | None,
) -> Sku:
    return Sku(
        "AmazonEC2",
        "Amazon Elastic Compute Cloud",
        "Compute Instance",
        usage_type,
        _PLATFORM_OPERATION[platform] if pool else "RunInstances:SV001",
        region,
        "Hrs",
        rate,
        on_demand,
        pool,
        instance_type,
        platform,
    )


def other(
    service: str,
    product: tuple[str, str],
    usage_type: str,
    operation: str,
    region: str,
    unit: str,
    rate: str,
    pool: Pool | None = None,
    instance_type: str | None = None,
    engine: str | None = None,
) -> Sku:
    """Anything but EC2 instances; `product` is (product name, product family)."""
    name, family = product
    price = Decimal(rate)
    full_type = f"{REGION_PREFIX[region]}{usage_type}"
    return Sku(
        service,
        name,
        family,
        full_type,
        operation,
        region,
        unit,
        price,
        price,
        pool,
        instance_type,
        None,
        engine,
    )
