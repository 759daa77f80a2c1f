"""What a person does about each cause, in the three languages of the product."""

from collections.abc import Mapping
from types import MappingProxyType

from finops_common.i18n import Language, Text
from finops_ingestion.accounts.advice_azure import AZURE
from finops_ingestion.accounts.advice_gcp import GOOGLE
from finops_ingestion.accounts.domain import Cause

_AWS: Mapping[Cause, Text] = MappingProxyType(
    {
        "stack_not_finished": Text(
            "Run the CloudFormation template in this account, or wait until its stack is finished;"
            " we look again every few minutes.",
            "이 계정에서 CloudFormation 템플릿을 실행하거나 스택이 완료될 때까지 기다리세요."
            " 몇 분마다 다시 확인합니다.",
            "このアカウントで CloudFormation テンプレートを実行するか、スタックの完了をお待ちください。"
            "数分ごとに再確認します。",
        ),
        "role_missing": Text(
            "The role does not exist in this account any more; run the template again.",
            "이 계정에 역할이 없습니다. 템플릿을 다시 실행하세요.",
            "このアカウントにロールがありません。テンプレートを再度実行してください。",
        ),
        "external_id_wrong": Text(
            "The role is there, but it does not trust our principal with your organization's"
            " ExternalId; update the stack with the ExternalId that we show you.",
            "역할은 있지만 조직의 ExternalId로 저희를 신뢰하지 않습니다."
            " 표시된 ExternalId로 스택을 업데이트하세요.",
            "ロールはありますが、組織の ExternalId で当社を信頼していません。"
            "表示された ExternalId でスタックを更新してください。",
        ),
        "external_id_not_required": Text(
            "The role can be assumed without an ExternalId, which others could misuse; add the"
            " condition sts:ExternalId to its trust policy.",
            "ExternalId 없이 역할을 맡을 수 있어 악용될 수 있습니다."
            " 신뢰 정책에 sts:ExternalId 조건을 추가하세요.",
            "ExternalId なしでロールを引き受けられるため悪用の恐れがあります。"
            "信頼ポリシーに sts:ExternalId 条件を追加してください。",
        ),
        "wrong_account": Text(
            "The role answers for another account; register that account, or give its own role.",
            "다른 계정의 역할입니다. 해당 계정을 등록하거나 이 계정의 역할을 입력하세요.",
            "別のアカウントのロールです。そのアカウントを登録するか、このアカウントのロールを指定してください。",
        ),
        "registered_elsewhere": Text(
            "You have proven that it is yours, but it is registered elsewhere; ask who registered"
            " it to detach it, or support.",
            "소유가 확인되었지만 다른 곳에 등록되어 있습니다."
            " 등록한 담당자나 고객지원에 연결 해제를 요청하세요.",
            "所有は確認されましたが、別の場所で登録されています。"
            "登録した担当者かサポートに切り離しを依頼してください。",
        ),
        "left_organization": Text(
            "Its management or billing account does not list it any more; register it on its own.",
            "관리 또는 결제 계정에 더 이상 표시되지 않습니다. 단독으로 등록하세요.",
            "管理または請求先アカウントの一覧にありません。単独で登録してください。",
        ),
        "policy_too_small": Text(
            "The role lacks rights; update the stack with the newest template, or switch off the"
            " capability that you leave out.",
            "역할의 권한이 부족합니다. 최신 템플릿으로 스택을 업데이트하거나 제외할 기능을 끄세요.",
            "ロールの権限が不足しています。最新のテンプレートでスタックを更新するか、"
            "除外する機能をオフにしてください。",
        ),
        "export_not_found": Text(
            "There is no hourly cost export here, or none of the chosen name; create one under"
            " Billing and Cost Management, Data Exports.",
            "시간별 비용 내보내기가 없거나 선택한 이름이 없습니다."
            " 결제 및 비용 관리의 데이터 내보내기에서 만드세요.",
            "時間単位のコストエクスポートがないか、選択した名前のものがありません。"
            "請求とコスト管理のデータエクスポートで作成してください。",
        ),
        "bucket_not_found": Text(
            "The bucket of the cost export does not exist; create it, or correct the export.",
            "비용 내보내기의 버킷이 없습니다. 버킷을 만들거나 내보내기를 수정하세요.",
            "コストエクスポートのバケットがありません。作成するか、エクスポートを修正してください。",
        ),
    }
)


ADVICE: Mapping[Cause, Text] = MappingProxyType({**_AWS, **AZURE, **GOOGLE})


def advice_on(cause: Cause | None, language: Language) -> str | None:
    """What mends it; None when there is nothing to mend."""
    return None if cause is None else ADVICE[cause].render(language)
