"""Problems that changes of deliveries answer, and what a person does about a cause."""

from collections.abc import Mapping
from types import MappingProxyType

from finops_common.errors.problem import Problem
from finops_common.i18n import Text
from finops_ingestion.costs.deliveries.domain import Cause


class TooManyDeliveries(Problem):
    code, status = "too-many-deliveries", 409
    title = Text(
        "The organization has as many deliveries as it may",
        "조직에서 만들 수 있는 전송 개수를 초과했습니다",
        "組織で作成できる配信の数の上限に達しました",
    )
    advice = Text(
        "Delete one of the {limit} first.",
        "{limit}개 중 하나를 먼저 삭제하세요.",
        "{limit} 件のうち 1 つを先に削除してください。",
    )


class MayNotSeeCosts(Problem):
    code, status = "may-not-see-costs", 403
    title = Text(
        "You may not see what would be delivered",
        "전송될 내용을 볼 권한이 없습니다",
        "配信される内容を閲覧する権限がありません",
    )
    advice = Text(
        "Lines of bills leave with a delivery; ask an Owner for the permission {permission}.",
        "전송에는 청구서 항목이 포함됩니다. 소유자에게 {permission} 권한을 요청하세요.",
        "配信には請求の明細が含まれます。オーナーに {permission} 権限を依頼してください。",
    )


ADVICE: Mapping[Cause, Text] = MappingProxyType(
    {
        "role_refused": Text(
            "Run the delivery's CloudFormation template in the bucket's account; if it has run,"
            " its ExternalId or our principal was changed: run it again as it is.",
            "버킷 계정에서 이 전송의 CloudFormation 템플릿을 실행하세요. 이미 실행했다면"
            " ExternalId나 신뢰 대상이 변경되었습니다. 템플릿을 그대로 다시 실행하세요.",
            "バケットのアカウントで配信の CloudFormation テンプレートを実行してください。実行済みの場合は"
            " ExternalId か信頼先が変更されています。そのまま再実行してください。",
        ),
        "external_id_not_required": Text(
            "The role can be assumed without an ExternalId, which others could misuse; run the"
            " delivery's template again as it is.",
            "ExternalId 없이 역할을 맡을 수 있어 악용될 수 있습니다. 템플릿을 그대로 다시 실행하세요.",
            "ExternalId なしでロールを引き受けられ、悪用の恐れがあります。テンプレートをそのまま再実行してください。",
        ),
        "access_denied": Text(
            "S3 refuses to write: the bucket must belong to the account that is named, the stack"
            " must be of this delivery as it is now, and no policy of the bucket may deny it.",
            "S3가 쓰기를 거부합니다. 버킷이 지정한 계정의 것인지, 스택이 현재 전송 설정과 같은지,"
            " 버킷 정책이 거부하지 않는지 확인하세요.",
            "S3 が書き込みを拒否しています。バケットが指定アカウントのものか、スタックが現在の配信設定のものか、"
            "バケットポリシーで拒否されていないかを確認してください。",
        ),
        "bucket_missing": Text(
            "There is no such bucket; make it, or change the destination.",
            "해당 버킷이 없습니다. 버킷을 만들거나 대상을 변경하세요.",
            "バケットがありません。作成するか、配信先を変更してください。",
        ),
        "wrong_region": Text(
            "The bucket is in another region; change the destination's.",
            "버킷이 다른 리전에 있습니다. 대상의 리전을 변경하세요.",
            "バケットは別のリージョンにあります。配信先のリージョンを変更してください。",
        ),
        "key_denied": Text(
            "The bucket is encrypted with a key that the role may not use; update the stack with"
            " the key's ARN as BucketKeyArn.",
            "역할이 버킷 암호화 키를 사용할 수 없습니다. BucketKeyArn에 키 ARN을 넣어 스택을 업데이트하세요.",
            "ロールがバケットの暗号鍵を使えません。BucketKeyArn に鍵の ARN を指定してスタックを更新してください。",
        ),
        "no_answer": Text(
            "AWS does not answer, or asks to slow down; it is tried again by itself.",
            "AWS가 응답하지 않거나 속도를 제한합니다. 자동으로 다시 시도합니다.",
            "AWS が応答しないか、速度を制限しています。自動的に再試行します。",
        ),
        "too_large": Text(
            "The month does not fit into memory; deliver fewer accounts or billing sources.",
            "해당 월의 데이터가 너무 큽니다. 계정이나 청구 소스를 줄이세요.",
            "この月のデータが大きすぎます。アカウントまたは請求ソースを減らしてください。",
        ),
        "totals_differ": Text(
            "The file's sums are not the bill's, so it was not delivered; tell support.",
            "파일 합계가 청구서와 달라 전송하지 않았습니다. 고객지원에 알려 주세요.",
            "ファイルの合計が請求と異なるため配信しませんでした。サポートにお知らせください。",
        ),
        "bills_replaced": Text(
            "A bill was replaced while it was read; it is tried again by itself.",
            "읽는 동안 청구서가 교체되었습니다. 자동으로 다시 시도합니다.",
            "読み取り中に請求が置き換えられました。自動的に再試行します。",
        ),
        "interrupted": Text(
            "It was interrupted each time; run the delivery again, and tell support if it stays so.",
            "매번 중단되었습니다. 다시 실행하고, 계속되면 고객지원에 알려 주세요.",
            "毎回中断されました。再実行し、続く場合はサポートにお知らせください。",
        ),
        "internal": Text(
            "Something of ours went wrong; it is tried again by itself.",
            "내부 오류가 발생했습니다. 자동으로 다시 시도합니다.",
            "内部エラーが発生しました。自動的に再試行します。",
        ),
    }
)
