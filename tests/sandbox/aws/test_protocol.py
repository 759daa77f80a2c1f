"""The wire: what the client library writes is read back whole, and the reverse."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from finops_sandbox.aws.protocol import HttpRequest, answer, parse, protocol_of, service_model

ASKED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "sts",
        "AssumeRole",
        {
            "RoleArn": "arn:aws:iam::012345678901:role/r",
            "RoleSessionName": "s & t",
            "DurationSeconds": 900,
        },
    ),
    (
        "iam",
        "SimulatePrincipalPolicy",
        {"PolicySourceArn": "arn:aws:iam::012345678901:role/r", "ActionNames": ["b:C", "d:E"]},
    ),
    (
        "ec2",
        "DescribeReservedInstancesOfferings",
        {
            "Filters": [{"Name": "scope", "Values": ["Region", "Zone"]}],
            "InstanceType": "m5.large",
            "IncludeMarketplace": False,
            "MaxDuration": 31536000,
        },
    ),
    (
        "rds",
        "DescribeReservedDBInstances",
        {"Filters": [{"Name": "n", "Values": ["1", "2"]}], "MaxRecords": 20},
    ),
    ("es", "DescribeReservedElasticsearchInstances", {"MaxResults": 10, "NextToken": "7"}),
    (
        "savingsplans",
        "DescribeSavingsPlans",
        {"states": ["active"], "filters": [{"name": "region", "values": ["us-east-1"]}]},
    ),
    ("pricing", "GetProducts", {"ServiceCode": "AmazonEC2", "MaxResults": 5}),
    ("organizations", "ListAccounts", {}),
]


def on_the_wire(service: str, operation: str, parameters: dict[str, Any]) -> HttpRequest:
    serializer = create_serializer(protocol_of(service), include_validation=True)
    model = service_model(service).operation_model(operation)
    wire = serializer.serialize_to_request(parameters, model)
    body = wire["body"]
    return HttpRequest(
        method=wire["method"],
        path=wire["url_path"],
        query=urlencode(wire["query_string"] or {}),
        headers={name.lower(): value for name, value in wire["headers"].items()},
        body=urlencode(body).encode() if isinstance(body, dict) else body,
    )


@pytest.mark.parametrize(("service", "operation", "parameters"), ASKED)
def test_a_request_is_read_as_it_was_meant(
    service: str, operation: str, parameters: dict[str, Any]
) -> None:
    request = on_the_wire(service, operation, parameters)

    assert parse(service, request) == (operation, parameters)


ANSWERED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "ec2",
        "DescribeReservedInstances",
        {
            "ReservedInstances": [
                {"Start": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "State": "active"}
            ]
        },
    ),
    ("iam", "SimulatePrincipalPolicy", {"EvaluationResults": [], "IsTruncated": False}),
    (
        "rds",
        "DescribeReservedDBInstances",
        {"ReservedDBInstances": [{"ReservedDBInstanceId": "<a&b>"}]},
    ),
    (
        "organizations",
        "ListAccounts",
        {"Accounts": [{"Id": "012345678901", "JoinedTimestamp": datetime(2026, 1, 2, tzinfo=UTC)}]},
    ),
    ("savingsplans", "DescribeSavingsPlans", {"savingsPlans": [{"commitment": "0.9"}]}),
]


@pytest.mark.parametrize(("service", "operation", "result"), ANSWERED)
def test_an_answer_arrives_as_it_was_given(
    service: str, operation: str, result: dict[str, Any]
) -> None:
    sent = answer(service, operation, result)

    parser = create_parser(protocol_of(service))
    shape = service_model(service).operation_model(operation).output_shape
    wire = {"status_code": sent.status, "headers": dict(sent.headers), "body": sent.body}
    read = parser.parse(wire, shape)
    assert {name: read[name] for name in result} == result
