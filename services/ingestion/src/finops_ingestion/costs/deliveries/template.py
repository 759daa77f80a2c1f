"""The CloudFormation template of one delivery: a role that may write below one folder, no more."""

import json

from finops_ingestion.connections.template import Json, allow, if_given, policy, trust
from finops_ingestion.costs.deliveries.domain import CHECK, Delivery, role_name


def delivery_template(principal: str, external_id: str, delivery: Delivery) -> str:
    """The template as JSON text; it runs as it is."""
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets finops write FOCUS files below one folder of a bucket. It reads nothing.",
        "Parameters": _parameters(external_id, delivery),
        "Conditions": {
            "HasBucketKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "BucketKeyArn"}, ""]}]}
        },
        "Resources": {"DeliveryRole": _role(principal, delivery)},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["DeliveryRole", "Arn"]}}},
    }
    return json.dumps(document, indent=2)


def _parameters(external_id: str, delivery: Delivery) -> Json:
    given = {"ExternalId": external_id, "Bucket": delivery.terms.destination.bucket}
    given["Folder"] = delivery.folder
    known: Json = {
        name: {"Type": "String", "Default": value, "Description": "Leave as it is."}
        for name, value in given.items()
    }
    known["ExternalId"]["NoEcho"] = True
    about = "KMS key of the bucket, if it is encrypted with one of your own."
    known["BucketKeyArn"] = {"Type": "String", "Default": "", "Description": about}
    return known


def _role(principal: str, delivery: Delivery) -> Json:
    folder = "arn:${AWS::Partition}:s3:::${Bucket}/${Folder}"
    # Data is overwritten, never deleted: only the object of the check is.
    write = allow(["s3:PutObject", "s3:AbortMultipartUpload"], {"Fn::Sub": f"{folder}/*"})
    remove = allow(["s3:DeleteObject"], {"Fn::Sub": f"{folder}/{CHECK}"})
    # Parts of a large file are decrypted when they become one.
    key = allow(["kms:GenerateDataKey", "kms:Decrypt"], {"Ref": "BucketKeyArn"})
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": role_name(delivery.id),
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": trust(principal, "ExternalId"),
            "Policies": [policy("deliver", write, remove, if_given("HasBucketKey", key))],
        },
    }
