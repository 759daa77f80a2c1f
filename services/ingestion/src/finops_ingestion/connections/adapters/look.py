"""A look at a customer's AWS account: who pays, who belongs, which bills, which rights."""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from finops_ingestion.accounts.domain import Finding
from finops_ingestion.connections.adapters.aws import (
    Aws,
    Client,
    Session,
    answering,
    code_of,
    is_denied,
    pages,
)
from finops_ingestion.connections.domain import (
    CHECK,
    CHECKED,
    ON_BUCKET,
    ON_OBJECTS,
    SELF_CHECK,
    Bucket,
    Evidence,
    Export,
    Member,
    finding,
    pick_export,
)

_RANKS = {"COST_AND_USAGE_REPORT": 0, "FOCUS_1": 1}
"""Tables of data exports that are bills, the one with most detail first."""


async def look_at(
    aws: Aws, session: Session, account_id: str, *, wanted: str | None, now: str | None
) -> Evidence:
    """Ask everything once. `wanted` and `now` name the export asked for and the one in use.

    Raises:
        CloudSilentError: AWS did not answer; nothing is known.
    """
    with answering():
        async with aws.client("organizations", session) as organizations:
            payer = await _payer(organizations, account_id)
            members = await _members(organizations) if payer == account_id else None
        # A member's own exports say again what its payer's bill says.
        exports = await _exports(aws, session) if payer in {None, account_id} else []
        export = pick_export(exports, wanted, now)
        bucket = await _bucket(aws, session, export) if export else None
        findings = await _findings(aws, session, export)
    return Evidence(payer, members, export, bucket, findings)


async def _payer(organizations: Client, account_id: str) -> str | None:
    try:
        found = await organizations.describe_organization()
    except ClientError as error:
        if code_of(error) == "AWSOrganizationsNotInUseException":
            return account_id
        if is_denied(error):
            return None
        raise
    return str(found["Organization"]["MasterAccountId"])


async def _members(organizations: Client) -> tuple[Member, ...] | None:
    found = []
    try:
        async for page in pages(organizations.list_accounts):
            found += [
                Member(each["Id"], each["Name"])
                for each in page["Accounts"]
                if each["Status"] == "ACTIVE"
            ]
    except ClientError as error:
        if is_denied(error) or code_of(error) == "AWSOrganizationsNotInUseException":
            return None
        raise
    return tuple(found)


async def _exports(aws: Aws, session: Session) -> list[Export]:
    found: list[Export] = []
    for read in (_data_exports, _reports):
        try:
            found += await read(aws, session)
        except ClientError as error:
            if not is_denied(error):
                raise
    return found


async def _data_exports(aws: Aws, session: Session) -> list[Export]:
    found = []
    async with aws.client("bcm-data-exports", session) as client:
        async for page in pages(client.list_exports):
            for reference in page["Exports"]:
                answer = await client.get_export(ExportArn=reference["ExportArn"])
                export = answer["Export"]
                query = export["DataQuery"]["QueryStatement"]
                ranks = [rank for table, rank in _RANKS.items() if table in query]
                to = export["DestinationConfigurations"]["S3Destination"]
                worse = 0 if to["S3OutputConfigurations"]["Format"] == "PARQUET" else len(_RANKS)
                found += [
                    Export(
                        export["Name"],
                        to["S3Bucket"],
                        to.get("S3Prefix", ""),
                        to["S3Region"],
                        rank + worse,
                    )
                    for rank in ranks
                ]
    return found


async def _reports(aws: Aws, session: Session) -> list[Export]:
    async with aws.client("cur", session) as client:
        return [
            Export(
                report["ReportName"],
                report["S3Bucket"],
                report.get("S3Prefix", ""),
                report["S3Region"],
                # Behind every data export: the legacy format has the least detail.
                10 if report["Format"] == "Parquet" else 11,
            )
            async for page in pages(client.describe_report_definitions)
            for report in page["ReportDefinitions"]
            if report["TimeUnit"] == "HOURLY"
        ]


async def _bucket(aws: Aws, session: Session, export: Export) -> Bucket:
    async with aws.client("s3", session, export.region) as s3:
        try:
            await s3.list_objects_v2(Bucket=export.bucket, Prefix=export.prefix, MaxKeys=1)
        except ClientError as error:
            if code_of(error) == "NoSuchBucket":
                return "missing"
            if is_denied(error):
                return "closed"
            raise
    return "reachable"


async def _findings(aws: Aws, session: Session, export: Export | None) -> tuple[Finding, ...]:
    every = [action for actions in CHECKED.values() for action in actions]
    try:
        async with aws.client("iam", session) as iam:
            decisions = await _simulate(iam, session.role_arn, every, "*")
            if export is not None:
                arn = f"arn:aws:s3:::{export.bucket}"
                decisions |= await _simulate(iam, session.role_arn, [ON_BUCKET], arn)
                decisions |= await _simulate(iam, session.role_arn, [ON_OBJECTS], f"{arn}/*")
    except ClientError as error:
        if is_denied(error):
            return (finding(CHECK, {SELF_CHECK: False}),)
        raise
    asked = {name: set(actions) for name, actions in CHECKED.items()}
    asked["bills"] |= {ON_BUCKET, ON_OBJECTS} & decisions.keys()
    found = [
        finding(name, {action: decisions[action] for action in actions})
        for name, actions in asked.items()
    ]
    return (finding(CHECK, {SELF_CHECK: True}), *found)


async def _simulate(
    iam: Client, role_arn: str, actions: Sequence[str], resource: str
) -> dict[str, bool]:
    asked = {
        "PolicySourceArn": role_arn,
        "ActionNames": list(actions),
        "ResourceArns": [resource],
    }
    answers = [page async for page in pages(iam.simulate_principal_policy, "Marker", **asked)]
    return {
        result["EvalActionName"]: result["EvalDecision"] == "allowed"
        for answer in answers
        for result in answer["EvaluationResults"]
    }
