"""How the permission check is shown, with the fix for what is missing."""

from finops_common.i18n import Language, Text
from finops_ingestion.accounts.advice import advice_on
from finops_ingestion.accounts.domain import WRONG_FIELD, CloudAccount, Finding
from finops_ingestion.connections import schemas
from finops_ingestion.connections.domain import CHECK, READ

_FIX = Text(
    "Update the stack finops-read with the newest template, with {capability} switched on.",
    "최신 템플릿으로 finops-read 스택을 업데이트하고 {capability} 옵션을 켜세요.",
    "最新のテンプレートで finops-read スタックを更新し、{capability} をオンにしてください。",
)
_FIX_AZURE = Text(
    "Give the application the roles Billing account reader (EnrollmentReader in an Enterprise"
    " Agreement), Cost Management Reader, and Storage Blob Data Reader on the container.",
    "애플리케이션에 청구 계정 읽기 권한자(기업계약은 EnrollmentReader), Cost Management Reader,"
    " 컨테이너의 Storage Blob Data Reader 역할을 부여하세요.",
    "アプリケーションに課金アカウント閲覧者 (Enterprise Agreement では EnrollmentReader)、"
    "Cost Management Reader、コンテナーの Storage Blob Data Reader ロールを付与してください。",
)
_FIX_GOOGLE = Text(
    "Give the service account the roles Billing Account Viewer, BigQuery Data Viewer on the"
    " dataset, and BigQuery Job User on the project.",
    "서비스 계정에 결제 계정 뷰어, 데이터 세트의 BigQuery 데이터 뷰어, 프로젝트의"
    " BigQuery 작업 사용자 역할을 부여하세요.",
    "サービス アカウントに請求先アカウント閲覧者、データセットの BigQuery データ閲覧者、"
    "プロジェクトの BigQuery ジョブユーザー ロールを付与してください。",
)
_FIXES = {"AWS": _FIX, "Microsoft": _FIX_AZURE, "Google Cloud": _FIX_GOOGLE}
_FIX_CHECK = Text(
    "Allow iam:SimulatePrincipalPolicy on the role itself; without it we cannot list its rights.",
    "역할 자신에 대한 iam:SimulatePrincipalPolicy를 허용하세요. 없으면 권한을 나열할 수 없습니다.",
    "ロール自身に対する iam:SimulatePrincipalPolicy を許可してください。ないと権限を一覧できません。",
)
_FIX_MONEY = Text(
    "Optional; reading needs none of it. It is given by a stack of its own.",
    "선택 사항이며 읽기에는 필요하지 않습니다. 별도의 스택으로 부여합니다.",
    "任意です。読み取りには不要です。専用のスタックで付与します。",
)


def permissions_view(account: CloudAccount, language: Language) -> schemas.PermissionsView:
    """Every action of every capability, granted or missing."""
    cause = account.connection_cause
    return schemas.PermissionsView(
        cloud_account_id=account.id,
        status=account.connection,
        cause=cause,
        field=WRONG_FIELD.get(cause) if cause else None,
        advice=advice_on(cause, language),
        checked_at=account.checked_at,
        capabilities=[_capability(account, each, language) for each in account.findings],
    )


def _capability(
    account: CloudAccount, found: Finding, language: Language
) -> schemas.CapabilityView:
    actions = [(action, True) for action in found.granted]
    actions += [(action, False) for action in found.missing]
    return schemas.CapabilityView(
        capability=found.capability,
        wanted=found.capability in {*account.capabilities, CHECK},
        granted=not found.missing,
        actions=[schemas.RightView(action=a, granted=g) for a, g in sorted(actions)],
        fix=_fix(account, found, language) if found.missing else None,
    )


def _fix(account: CloudAccount, found: Finding, language: Language) -> str:
    if found.capability == CHECK:
        return _FIX_CHECK.render(language)
    text = _FIXES[account.provider] if found.capability in READ else _FIX_MONEY
    return text.render(language, {"capability": found.capability})
