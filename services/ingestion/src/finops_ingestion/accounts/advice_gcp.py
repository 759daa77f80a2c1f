"""What a person does in Google Cloud about each cause, in the three languages of the product."""

from collections.abc import Mapping
from types import MappingProxyType

from finops_common.i18n import Text
from finops_ingestion.accounts.domain import Cause

GOOGLE: Mapping[Cause, Text] = MappingProxyType(
    {
        "key_revoked": Text(
            "The key was deleted, disabled or is out of date; make a new one under IAM & Admin,"
            " Service Accounts, Keys, and give us its JSON file.",
            "삭제되었거나 사용 중지되었거나 만료된 키입니다. IAM 및 관리자 > 서비스 계정 > 키에서"
            " 새 키를 만들고 JSON 파일을 입력하세요.",
            "キーが削除、無効化されたか、期限切れです。IAM と管理 > サービス アカウント > キーで"
            "新しいキーを作成し、JSON ファイルを指定してください。",
        ),
        "service_account_unknown": Text(
            "There is no such service account any more; make one under IAM & Admin, Service"
            " Accounts, and give us a key of it.",
            "해당 서비스 계정이 없습니다. IAM 및 관리자 > 서비스 계정에서 만들고 그 키를 입력하세요.",
            "このサービス アカウントは存在しません。IAM と管理 > サービス アカウントで作成し、"
            "そのキーを指定してください。",
        ),
        "billing_api_off": Text(
            "The Cloud Billing API is off in the service account's project; switch it on under APIs"
            " & Services, Library.",
            "서비스 계정의 프로젝트에서 Cloud Billing API가 꺼져 있습니다."
            " API 및 서비스 > 라이브러리에서 사용 설정하세요.",
            "サービス アカウントのプロジェクトで Cloud Billing API が無効です。"
            "API とサービス > ライブラリで有効にしてください。",
        ),
        "billing_viewer_missing": Text(
            "The service account may not see this billing account, or its id is wrong; give it the"
            " role Billing Account Viewer under Billing, Account management.",
            "서비스 계정이 이 결제 계정을 볼 수 없거나 ID가 잘못되었습니다."
            " 결제 > 계정 관리에서 결제 계정 뷰어 역할을 부여하세요.",
            "サービス アカウントがこの請求先アカウントを表示できないか、ID が誤っています。"
            "お支払い > アカウント管理で請求先アカウント閲覧者ロールを付与してください。",
        ),
        "bigquery_api_off": Text(
            "The BigQuery API is off in the project; switch it on under APIs & Services, Library.",
            "프로젝트에서 BigQuery API가 꺼져 있습니다. API 및 서비스 > 라이브러리에서 사용 설정하세요.",
            "プロジェクトで BigQuery API が無効です。API とサービス > ライブラリで有効にしてください。",
        ),
        "project_not_found": Text(
            "There is no such project; copy the project id from Billing, Billing export.",
            "해당 프로젝트가 없습니다. 결제 > 결제 내보내기에서 프로젝트 ID를 복사하세요.",
            "このプロジェクトはありません。お支払い > 課金データのエクスポートから"
            "プロジェクト ID をコピーしてください。",
        ),
        "dataset_not_found": Text(
            "The project has no such dataset; copy its name from Billing, Billing export.",
            "프로젝트에 이 데이터 세트가 없습니다. 결제 > 결제 내보내기에서 이름을 복사하세요.",
            "プロジェクトにこのデータセットがありません。お支払い > 課金データのエクスポートから"
            "名前をコピーしてください。",
        ),
        "data_viewer_missing": Text(
            "The service account may not read the dataset; give it the role BigQuery Data Viewer"
            " under the dataset's Sharing, Permissions.",
            "서비스 계정이 데이터 세트를 읽을 수 없습니다. 데이터 세트의 공유 > 권한에서"
            " BigQuery 데이터 뷰어 역할을 부여하세요.",
            "サービス アカウントはデータセットを読み取れません。データセットの共有 > 権限で"
            " BigQuery データ閲覧者ロールを付与してください。",
        ),
        "job_user_missing": Text(
            "The service account may not run queries; give it the role BigQuery Job User on the"
            " project, under IAM & Admin, IAM.",
            "서비스 계정이 쿼리를 실행할 수 없습니다. IAM 및 관리자 > IAM에서 프로젝트에"
            " BigQuery 작업 사용자 역할을 부여하세요.",
            "サービス アカウントはクエリを実行できません。IAM と管理 > IAM でプロジェクトに"
            " BigQuery ジョブユーザー ロールを付与してください。",
        ),
        "billing_export_not_linked": Text(
            "The dataset holds no billing export; link it under Billing, Billing export, BigQuery"
            " export. The first rows come within a day.",
            "데이터 세트에 결제 내보내기가 없습니다. 결제 > 결제 내보내기 > BigQuery 내보내기에서"
            " 연결하세요. 첫 데이터는 하루 안에 들어옵니다.",
            "データセットに課金エクスポートがありません。お支払い > 課金データのエクスポート >"
            " BigQuery エクスポートで設定してください。最初のデータは 1 日以内に届きます。",
        ),
        "billing_table_not_found": Text(
            "The dataset has no billing export of the chosen name; choose another, or leave the"
            " choice to us.",
            "선택한 이름의 결제 내보내기가 데이터 세트에 없습니다."
            " 다른 이름을 선택하거나 비워 두세요.",
            "選択した名前の課金エクスポートがデータセットにありません。"
            "別の名前を選ぶか、空にしてください。",
        ),
        "wrong_billing_account": Text(
            "The dataset holds the export of another billing account; give that account's id, or"
            " the dataset of this one, as Billing, Billing export shows them.",
            "데이터 세트에 다른 결제 계정의 내보내기가 있습니다. 결제 > 결제 내보내기에서 확인한"
            " 그 계정의 ID나 이 계정의 데이터 세트를 입력하세요.",
            "データセットには別の請求先アカウントのエクスポートがあります。お支払い >"
            " 課金データのエクスポートで確認し、そのアカウントの ID か、このアカウントの"
            "データセットを指定してください。",
        ),
        "projects_hidden": Text(
            "The service account may not list the billing account's projects; give it the role"
            " Billing Account Viewer, or leave accounts out.",
            "서비스 계정이 결제 계정의 프로젝트를 나열할 수 없습니다."
            " 결제 계정 뷰어 역할을 부여하거나 계정 기능을 제외하세요.",
            "サービス アカウントは請求先アカウントのプロジェクトを一覧できません。"
            "請求先アカウント閲覧者ロールを付与するか、アカウントの機能を除外してください。",
        ),
    }
)
