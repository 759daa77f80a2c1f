"""The CloudFormation template a customer runs: read rights only, each capability its own policy."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from finops_ingestion.connections.domain import (
    GRANTED,
    NO_FOLDER,
    ON_BUCKET,
    ON_OBJECTS,
    READ,
    SELF_CHECK,
    FocusPlace,
)

_OPTIONS = {name: f"With{name.capitalize()}" for name in READ}
Json = dict[str, Any]


def read_template(principal: str, parameters: dict[str, str]) -> str:
    """The template as JSON text; `parameters` become defaults, so that it runs as it is."""
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets finops read bills, commitments and resources. It changes nothing.",
        "Parameters": _parameters(parameters),
        "Conditions": _conditions(),
        "Resources": {"ReadRole": _role(principal), "ProbeRole": _probe(principal)},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["ReadRole", "Arn"]}}},
    }
    return json.dumps(document, indent=2)


def stack_parameters(
    external_id: str,
    tag: str,
    *,
    bucket: str,
    leave_out: frozenset[str],
    focus: FocusPlace = NO_FOLDER,
) -> dict[str, str]:
    """What the template is run with, by parameter."""
    options = {_OPTIONS[name]: "no" if name in leave_out else "yes" for name in READ}
    buckets = {"ExportBucket": bucket, "FocusBucket": focus.bucket, "FocusFolder": focus.folder}
    return {"ExternalId": external_id, "OrganizationTag": tag, **buckets, **options}


def quick_create_url(template_url: str, region: str, parameters: dict[str, str]) -> str:
    """The console's page with everything filled in: one click makes the stack."""
    given = {f"param_{name}": value for name, value in parameters.items()}
    asked = {"templateURL": template_url, "stackName": "finops-read", **given}
    place = f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}"
    return f"{place}#/stacks/create/review?{urlencode(asked, quote_via=quote)}"


def _parameters(defaults: dict[str, str]) -> Json:
    described: Json = {
        "ExternalId": {"Type": "String", "NoEcho": True, "Description": "Leave as it is."},
        "OrganizationTag": {"Type": "String", "Description": "Leave as it is."},
        "ExportBucket": {
            "Type": "String",
            "Default": "",
            "Description": "Bucket of the cost export; empty in accounts that pay for no other.",
        },
        "ExportKeyArn": {
            "Type": "String",
            "Default": "",
            "Description": "KMS key of the export, if it is encrypted with one.",
        },
        "FocusBucket": {
            "Type": "String",
            "Default": "",
            "Description": "Bucket with a folder of FOCUS files to read; empty if there is none.",
        },
        "FocusFolder": {
            "Type": "String",
            "Default": "",
            "Description": "That folder, with a / at its end; empty for the whole bucket.",
        },
        "FocusKeyArn": {
            "Type": "String",
            "Default": "",
            "Description": "KMS key of that bucket, if it is encrypted with one.",
        },
    }
    for name, option in _OPTIONS.items():
        about = f"Rights to read {name}."
        allowed = ["yes", "no"]
        described[option] = {
            "Type": "String",
            "Default": "yes",
            "AllowedValues": allowed,
            "Description": about,
        }
    for name, value in defaults.items():
        described[name]["Default"] = value
    return described


def _conditions() -> Json:
    options: Json = {
        name: {"Fn::Equals": [{"Ref": option}, "yes"]} for name, option in _OPTIONS.items()
    }
    given = {
        f"Has{name}": {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}
        for name in ("ExportBucket", "ExportKeyArn", "FocusBucket", "FocusKeyArn")
    }
    reads = {
        name: {"Fn::And": [{"Condition": "bills"}, {"Condition": has}]}
        for name, has in (("ReadsBucket", "HasExportBucket"), ("ReadsFolder", "HasFocusBucket"))
    }
    return options | given | reads


def _role(principal: str) -> Json:
    policies = [if_given(name, policy(name, allow(list(GRANTED[name]), "*"))) for name in READ]
    own = {
        "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/finops-read-${OrganizationTag}"
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Fn::Sub": "finops-read-${OrganizationTag}"},
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": trust(principal, "ExternalId"),
            "Policies": [
                *policies,
                if_given("ReadsBucket", _bucket_policy()),
                if_given("ReadsFolder", _folder_policy()),
                policy("check-of-rights", allow([SELF_CHECK], own)),
            ],
        },
    }


def _bucket_policy() -> Json:
    arn = "arn:${AWS::Partition}:s3:::${ExportBucket}"
    return policy(
        "export-bucket",
        allow([ON_BUCKET], {"Fn::Sub": arn}),
        allow([ON_OBJECTS], {"Fn::Sub": f"{arn}/*"}),
        if_given("HasExportKeyArn", allow(["kms:Decrypt"], {"Ref": "ExportKeyArn"})),
    )


def _folder_policy() -> Json:
    arn = "arn:${AWS::Partition}:s3:::${FocusBucket}"
    below = {"Condition": {"StringLike": {"s3:prefix": [{"Fn::Sub": "${FocusFolder}*"}]}}}
    return policy(
        "focus-folder",
        allow([ON_BUCKET], {"Fn::Sub": arn}) | below,
        allow([ON_OBJECTS], {"Fn::Sub": f"{arn}/${{FocusFolder}}*"}),
        if_given("HasFocusKeyArn", allow(["kms:Decrypt"], {"Ref": "FocusKeyArn"})),
    )


def _probe(principal: str) -> Json:
    # Tells "the role is missing" from "its ExternalId is wrong", which AWS does not.
    read = {"Fn::GetAtt": ["ReadRole", "Arn"]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Fn::Sub": "finops-probe-${OrganizationTag}"},
            "AssumeRolePolicyDocument": trust(principal, "OrganizationTag"),
            "Policies": [policy("is-the-read-role-there", allow([SELF_CHECK], read))],
        },
    }


def trust(principal: str, external_id: str) -> Json:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": external_id}}},
            }
        ],
    }


def policy(name: str, *statements: Json) -> Json:
    return {
        "PolicyName": name,
        "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
    }


def allow(actions: list[str], resource: str | Json) -> Json:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def if_given(condition: str, then: Json) -> Json:
    return {"Fn::If": [condition, then, {"Ref": "AWS::NoValue"}]}
