"""organizations, cur, bcm-data-exports and pricing: who belongs, where bills lie, what costs."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from finops_sandbox.aws.errors import AwsError
from finops_sandbox.aws.state import Call, Operation, page
from finops_sandbox.world import World
from finops_sandbox.world.chance import token
from finops_sandbox.world.model import Account, upfront_share
from finops_sandbox.world.prices import TERM_HOURS, Ec2Price, ec2_prices
from finops_sandbox.world.publish import (
    EXPORT_NAMES,
    PREFIX,
    Format,
    bucket_of,
    export_arn,
)
from finops_sandbox.world.skus import REGION_NAME, Sku, ec2

_JOINED = datetime(2023, 4, 3, tzinfo=UTC)
_REPORTS: tuple[Format, ...] = ("cur-legacy", "cur-legacy-parquet")
_EXPORTS: tuple[Format, ...] = ("cur2", "focus-1.2", "focus-1.2-csv")


def describe_organization(call: Call) -> dict[str, Any]:
    world = call.world
    return {
        "Organization": {
            "Id": _organization_id(world),
            "Arn": f"arn:aws:organizations::{world.payer.id}:organization/{_organization_id(world)}",
            "FeatureSet": "ALL",
            "MasterAccountArn": _account_arn(world, world.payer),
            "MasterAccountId": world.payer.id,
            "MasterAccountEmail": world.payer.email,
        }
    }


def list_accounts(call: Call) -> dict[str, Any]:
    world, given = _of_payer(call), call.parameters
    found, following = page(world.accounts, given.get("NextToken"), given.get("MaxResults"), 20)
    accounts = [
        {
            "Id": account.id,
            "Arn": _account_arn(world, account),
            "Email": account.email,
            "Name": account.name,
            "Status": "ACTIVE",
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": _JOINED,
        }
        for account in found
    ]
    return {"Accounts": accounts, "NextToken": following}


def _of_payer(call: Call) -> World:
    if call.account != call.world.payer.id:
        raise AwsError("AccessDeniedException", "Only the management account may do this")
    return call.world


def _organization_id(world: World) -> str:
    return f"o-{token('organization', world.payer.id, length=10)}"


def _account_arn(world: World, account: Account) -> str:
    return f"arn:aws:organizations::{world.payer.id}:account/{_organization_id(world)}/{account.id}"


def describe_report_definitions(call: Call) -> dict[str, Any]:
    if call.account != call.world.payer.id:
        return {"ReportDefinitions": []}
    return {"ReportDefinitions": [_report(call.world, report) for report in _REPORTS]}


def _report(world: World, report: Format) -> dict[str, Any]:
    parquet = report == "cur-legacy-parquet"
    return {
        "ReportName": EXPORT_NAMES[report],
        "TimeUnit": "HOURLY",
        "Format": "Parquet" if parquet else "textORcsv",
        "Compression": "Parquet" if parquet else "GZIP",
        "AdditionalSchemaElements": ["RESOURCES"],
        "S3Bucket": bucket_of(world),
        "S3Prefix": PREFIX,
        "S3Region": "us-east-1",
        "RefreshClosedReports": True,
        "ReportVersioning": "OVERWRITE_REPORT" if parquet else "CREATE_NEW_REPORT",
    }


def list_exports(call: Call) -> dict[str, Any]:
    exports = _EXPORTS if call.account == call.world.payer.id else ()
    given = call.parameters
    found, following = page(exports, given.get("NextToken"), given.get("MaxResults"), 100)
    references = [
        {
            "ExportArn": export_arn(call.world, export),
            "ExportName": EXPORT_NAMES[export],
            "ExportStatus": _status(call.world),
        }
        for export in found
    ]
    return {"Exports": references, "NextToken": following}


def get_export(call: Call) -> dict[str, Any]:
    world = call.world
    known = {export_arn(world, export): export for export in _EXPORTS}
    export = known.get(call.parameters["ExportArn"])
    if export is None or call.account != world.payer.id:
        raise AwsError("ResourceNotFoundException", "The export does not exist", 404)
    table = "COST_AND_USAGE_REPORT" if export == "cur2" else "FOCUS_1_2_AWS"
    as_csv = export == "focus-1.2-csv"
    output = {
        "OutputType": "CUSTOM",
        "Format": "TEXT_OR_CSV" if as_csv else "PARQUET",
        "Compression": "GZIP" if as_csv else "PARQUET",
        "Overwrite": "OVERWRITE_REPORT",
    }
    destination = {
        "S3Bucket": bucket_of(world),
        "S3Prefix": PREFIX,
        "S3Region": "us-east-1",
        "S3OutputConfigurations": output,
    }
    return {
        "Export": {
            "ExportArn": call.parameters["ExportArn"],
            "Name": EXPORT_NAMES[export],
            "DataQuery": {"QueryStatement": f"SELECT * FROM {table}"},  # a label
            "DestinationConfigurations": {"S3Destination": destination},
            "RefreshCadence": {"Frequency": "SYNCHRONOUS"},
        },
        "ExportStatus": _status(world),
    }


def _status(world: World) -> dict[str, Any]:
    return {
        "StatusCode": "HEALTHY",
        "CreatedAt": _JOINED,
        "LastUpdatedAt": _JOINED,
        "LastRefreshedAt": world.now,
    }


def get_products(call: Call) -> dict[str, Any]:
    given = call.parameters
    wanted = {item["Field"].lower(): item["Value"] for item in given.get("Filters", [])}
    products = [
        product
        for product in _products(call.world, given["ServiceCode"])
        if _matches(product["product"]["attributes"], wanted)
    ]
    found, following = page(products, given.get("NextToken"), given.get("MaxResults"), 100)
    return {
        "FormatVersion": "aws_v1",
        "PriceList": [json.dumps(product) for product in found],
        "NextToken": following,
    }


def _matches(attributes: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    known = {name.lower(): value for name, value in attributes.items()}
    return all(known.get(name) == value for name, value in wanted.items())


def _products(world: World, service: str) -> list[dict[str, Any]]:
    if service == "AmazonEC2":
        return [_product(ec2(*key), price) for key, price in ec2_prices().items()]
    skus = {workload.sku for workload in world.workloads if workload.sku.service == service}
    return [_product(sku, None) for sku in sorted(skus, key=lambda sku: sku.sku_id)]


def _product(sku: Sku, price: Ec2Price | None) -> dict[str, Any]:
    attributes = {
        "servicecode": sku.service,
        "location": REGION_NAME[sku.region],
        "locationType": "AWS Region",
        "regionCode": sku.region,
        "usagetype": sku.usage_type,
        "operation": sku.operation,
        "instanceType": sku.instance_type,
        "operatingSystem": sku.platform,
        "tenancy": sku.tenancy,
        "capacitystatus": "Used" if price else None,
        "preInstalledSw": "NA" if price else None,
        "vcpu": price.vcpu if price else None,
        "memory": f"{price.memory_gib} GiB" if price else None,
        "normalizationSizeFactor": str(sku.factor) if sku.factor else None,
    }
    terms = {"OnDemand": _on_demand(sku)}
    if price:
        terms["Reserved"] = _reserved(sku, price)
    return {
        "product": {
            "productFamily": sku.product_family,
            "attributes": {name: value for name, value in attributes.items() if value},
            "sku": sku.sku_id,
        },
        "serviceCode": sku.service,
        "terms": terms,
        "version": "20190401000000",
        "publicationDate": "2019-04-01T00:00:00Z",
    }


def _on_demand(sku: Sku) -> dict[str, Any]:
    code = f"{sku.sku_id}.JRTCKXETXF"
    return {
        code: _term(sku.sku_id, "JRTCKXETXF", {"6YS6EN2CT7": _price(sku.unit, sku.on_demand)}, {})
    }


def _reserved(sku: Sku, price: Ec2Price) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    for (term, offering_class, payment), rate in price.reserved.items():
        code = token("term", term, offering_class, payment, length=10).upper()
        prepaid = rate * upfront_share(payment)
        dimensions = {"6YS6EN2CT7": _price("Hrs", rate - prepaid)}
        if prepaid:
            dimensions["2TG2D8R56U"] = _price("Quantity", prepaid * TERM_HOURS[term])
        about = {
            "LeaseContractLength": term,
            "OfferingClass": offering_class,
            "PurchaseOption": payment,
        }
        terms[f"{sku.sku_id}.{code}"] = _term(sku.sku_id, code, dimensions, about)
    return terms


def _term(
    sku: str, code: str, dimensions: Mapping[str, Any], attributes: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "offerTermCode": code,
        "sku": sku,
        "effectiveDate": "2019-04-01T00:00:00Z",
        "priceDimensions": {
            f"{sku}.{code}.{key}": {**value, "rateCode": f"{sku}.{code}.{key}"}
            for key, value in dimensions.items()
        },
        "termAttributes": dict(attributes),
    }


def _price(unit: str, amount: Decimal) -> dict[str, Any]:
    return {
        "unit": unit,
        "beginRange": "0",
        "endRange": "Inf",
        "pricePerUnit": {"USD": f"{amount:f}"},
    }


ORGANIZATIONS: dict[str, Operation] = {
    "DescribeOrganization": describe_organization,
    "ListAccounts": list_accounts,
}
CUR: dict[str, Operation] = {"DescribeReportDefinitions": describe_report_definitions}
DATA_EXPORTS: dict[str, Operation] = {"ListExports": list_exports, "GetExport": get_export}
PRICING: dict[str, Operation] = {"GetProducts": get_products}
