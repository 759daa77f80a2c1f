"""Bill lines as Cost and Usage Report records: legacy column names to values."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from finops_sandbox.world.bills_columns import (
    COST_CATEGORY,
    CUR2_PRODUCT_COLUMNS,
    PLAIN_COLUMNS,
    PRODUCT,
    TAG_KEYS,
    snake,
)
from finops_sandbox.world.chance import draw
from finops_sandbox.world.lines import Line
from finops_sandbox.world.model import (
    ReservedInstance,
    SavingsPlan,
    World,
    month_start,
    next_month,
)
from finops_sandbox.world.prices import ec2_price
from finops_sandbox.world.skus import REGION_NAME, Sku

Value = str | Decimal | datetime | None
Record = dict[str, Value]

_ENTITY = "Amazon Web Services, Inc."
_SECOND = timedelta(seconds=1)


def records(world: World, month: date, lines: tuple[Line, ...], *, final: bool) -> Iterator[Record]:
    """One legacy record per line; absent columns are missing keys."""
    departments = {account.id: account.department for account in world.accounts}
    bill = _bill(world, month, final=final)
    for line in lines:
        yield {
            **bill,
            **_line_item(line),
            **_pricing(line),
            **_commitment(line),
            **line.figures,
            **(_product(line.usage.sku) if line.usage else {}),
            **_tags(line),
            f"costCategory/{COST_CATEGORY}": departments[line.account],
        }


def cur2_record(world: World, record: Record) -> dict[str, object]:
    """The record under CUR 2.0 names, with its four maps."""
    names = {account.id: account.name for account in world.accounts}
    plain: dict[str, object] = {snake(name): record.get(name) for name in PLAIN_COLUMNS}
    plain |= {snake(name): record.get(name) for name in CUR2_PRODUCT_COLUMNS}
    kept = set(CUR2_PRODUCT_COLUMNS)
    return plain | {
        "bill_payer_account_name": world.payer.name,
        "line_item_usage_account_name": names[str(record["lineItem/UsageAccountId"])],
        "product": _map(record, [name for name in PRODUCT if name not in kept], "product_"),
        "resource_tags": _map(
            record, [f"resourceTags/user:{key}" for key in TAG_KEYS], "resource_tags_"
        ),
        "cost_category": {COST_CATEGORY: str(record[f"costCategory/{COST_CATEGORY}"])},
        "discount": {},
    }


def _map(record: Record, names: list[str], prefix: str) -> dict[str, str]:
    values = {snake(name).removeprefix(prefix): record.get(name) for name in names}
    return {name: str(value) for name, value in values.items() if value is not None}


def utc_text(instant: datetime) -> str:
    return f"{instant.isoformat('T', 'seconds')[:19]}Z"


def _millis(instant: datetime) -> str:
    return f"{instant.isoformat('T', 'seconds')[:19]}.000Z"


def _bill(world: World, month: date, *, final: bool) -> Record:
    invoice = str(10**9 + draw(world.seed, world.payer.id, month, below=10**9))
    return {
        "bill/InvoiceId": invoice if final else None,
        "bill/InvoicingEntity": _ENTITY,
        "bill/BillingEntity": "AWS",
        "bill/BillType": "Anniversary",
        "bill/PayerAccountId": world.payer.id,
        "bill/BillingPeriodStartDate": month_start(month),
        "bill/BillingPeriodEndDate": month_start(next_month(month)),
    }


def _line_item(line: Line) -> Record:
    factor = line.usage.sku.factor if line.usage else None
    counted = factor is not None and line.type != "SavingsPlanNegation"
    return {
        "identity/LineItemId": line.id,
        "identity/TimeInterval": f"{utc_text(line.start)}/{utc_text(line.end)}",
        "lineItem/UsageAccountId": line.account,
        "lineItem/LineItemType": line.type,
        "lineItem/UsageStartDate": line.start,
        "lineItem/UsageEndDate": line.end,
        "lineItem/ProductCode": line.product_code,
        "lineItem/UsageType": line.usage_type or None,
        "lineItem/Operation": line.operation or None,
        "lineItem/AvailabilityZone": line.zone,
        "lineItem/ResourceId": _resource_id(line),
        "lineItem/UsageAmount": line.quantity,
        "lineItem/NormalizationFactor": factor if counted else None,
        "lineItem/NormalizedUsageAmount": line.quantity * factor if counted and factor else None,
        "lineItem/CurrencyCode": "USD",
        "lineItem/UnblendedRate": line.rate,
        "lineItem/UnblendedCost": line.unblended,
        "lineItem/BlendedRate": line.rate,
        "lineItem/BlendedCost": line.unblended,
        "lineItem/LineItemDescription": line.description,
        "lineItem/TaxType": "VAT" if line.type == "Tax" else None,
        "lineItem/LegalEntity": _ENTITY,
    }


def _resource_id(line: Line) -> str | None:
    if line.usage is not None:
        return line.usage.workload.resource_id or None
    return line.commitment.arn if line.commitment else None


def _pricing(line: Line) -> Record:
    if line.usage is None:
        return {"pricing/publicOnDemandCost": Decimal(0), "pricing/currency": "USD"}
    sku = line.usage.sku
    reserved = line.type == "DiscountedUsage"
    return {
        "pricing/RateCode": f"{sku.sku_id}.JRTCKXETXF.6YS6EN2CT7",
        "pricing/RateId": str(draw("rate", sku.sku_id, below=10**9)),
        "pricing/currency": "USD",
        "pricing/publicOnDemandCost": line.public if line.public is not None else Decimal(0),
        "pricing/publicOnDemandRate": sku.on_demand,
        "pricing/term": "Reserved" if reserved else "OnDemand",
        "pricing/unit": sku.unit,
    }


def _commitment(line: Line) -> Record:
    held = line.commitment
    if held is None:
        return {}
    if isinstance(held, ReservedInstance):
        return {
            "pricing/LeaseContractLength": held.term,
            "pricing/OfferingClass": held.offering_class,
            "pricing/PurchaseOption": held.payment,
            "reservation/ReservationARN": held.arn,
            "reservation/ModificationStatus": "Original",
            "reservation/SubscriptionId": str(draw("subscription", held.id, below=10**10)),
            "reservation/StartTime": _millis(held.starts_at),
            "reservation/EndTime": _millis(held.ends_at - _SECOND),
        }
    return _plan(held)


def _plan(plan: SavingsPlan) -> Record:
    return {
        "savingsPlan/SavingsPlanARN": plan.arn,
        "savingsPlan/StartTime": _millis(plan.starts_at),
        "savingsPlan/EndTime": _millis(plan.ends_at - _SECOND),
        "savingsPlan/InstanceTypeFamily": plan.family,
        "savingsPlan/OfferingType": plan.type,
        "savingsPlan/PaymentOption": plan.payment,
        "savingsPlan/PurchaseTerm": plan.term,
        "savingsPlan/Region": plan.region or "Any",
    }


def _product(sku: Sku) -> Record:
    known: Mapping[str, Value] = {
        "ProductName": sku.product_name,
        "databaseEngine": sku.engine if sku.pool == "rds" else None,
        "cacheEngine": sku.engine if sku.pool == "elasticache" else None,
        "instanceType": sku.instance_type,
        "instanceTypeFamily": sku.family,
        "location": REGION_NAME[sku.region],
        "locationType": "AWS Region",
        "normalizationSizeFactor": sku.factor,
        "operatingSystem": sku.platform,
        "operation": sku.operation,
        "productFamily": sku.product_family,
        "region": sku.region,
        "regionCode": sku.region,
        "servicecode": sku.service,
        "servicename": sku.product_name,
        "sku": sku.sku_id,
        "tenancy": sku.tenancy,
        "usagetype": sku.usage_type,
        **_hardware(sku),
    }
    return {f"product/{name}": value for name, value in known.items() if value is not None}


def _hardware(sku: Sku) -> dict[str, str]:
    if sku.instance_type is None or sku.platform is None:
        return {}
    price = ec2_price(sku.instance_type, sku.region, sku.platform)
    return {"vcpu": price.vcpu, "memory": f"{price.memory_gib} GiB"}


def _tags(line: Line) -> Record:
    tags = line.usage.workload.tags if line.usage else {}
    return {f"resourceTags/user:{key}": tags[key] for key in TAG_KEYS if key in tags}
