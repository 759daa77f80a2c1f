"""What a person does in Azure about each cause, in the three languages of the product."""

from collections.abc import Mapping
from types import MappingProxyType

from finops_common.i18n import Text
from finops_ingestion.accounts.domain import Cause

AZURE: Mapping[Cause, Text] = MappingProxyType(
    {
        "tenant_unknown": Text(
            "No directory has this tenant id; copy it from Microsoft Entra ID, Overview, Tenant ID.",
            "이 테넌트 ID의 디렉터리가 없습니다. Microsoft Entra ID > 개요 > 테넌트 ID에서 복사하세요.",
            "このテナント ID のディレクトリがありません。"
            "Microsoft Entra ID > 概要 > テナント ID からコピーしてください。",
        ),
        "app_unknown": Text(
            "The directory has no such application; copy the application (client) id from"
            " Microsoft Entra ID, App registrations, and check the tenant id.",
            "디렉터리에 이 애플리케이션이 없습니다. Microsoft Entra ID > 앱 등록에서"
            " 애플리케이션(클라이언트) ID를 복사하고 테넌트 ID를 확인하세요.",
            "ディレクトリにこのアプリケーションがありません。Microsoft Entra ID > アプリの登録から"
            "アプリケーション (クライアント) ID をコピーし、テナント ID を確認してください。",
        ),
        "secret_wrong": Text(
            "This is not a client secret of the application; give the secret's value, not its id,"
            " from App registrations, Certificates & secrets.",
            "애플리케이션의 클라이언트 암호가 아닙니다. 앱 등록 > 인증서 및 암호에서"
            " 암호의 ID가 아닌 값을 입력하세요.",
            "アプリケーションのクライアント シークレットではありません。アプリの登録 >"
            " 証明書とシークレットで、ID ではなく値を指定してください。",
        ),
        "secret_expired": Text(
            "The client secret has expired; make a new one under App registrations, Certificates &"
            " secrets, and give us its value.",
            "클라이언트 암호가 만료되었습니다. 앱 등록 > 인증서 및 암호에서 새 암호를 만들고"
            " 값을 입력하세요.",
            "クライアント シークレットの有効期限が切れています。アプリの登録 > 証明書とシークレットで"
            "新しく作成し、その値を指定してください。",
        ),
        "certificate_wrong": Text(
            "The application does not know this certificate, or it has expired; upload its public"
            " part under App registrations, Certificates & secrets, Certificates.",
            "애플리케이션에 등록되지 않았거나 만료된 인증서입니다. 앱 등록 > 인증서 및 암호 >"
            " 인증서에서 공개 부분을 업로드하세요.",
            "アプリケーションに未登録か、期限切れの証明書です。アプリの登録 > 証明書とシークレット >"
            " 証明書で公開部分をアップロードしてください。",
        ),
        "billing_account_not_found": Text(
            "There is no such billing account or enrolment; copy its id from Cost Management +"
            " Billing, Properties.",
            "해당 청구 계정 또는 등록이 없습니다. 비용 관리 + 청구 > 속성에서 ID를 복사하세요.",
            "この請求先アカウントまたは登録はありません。コストの管理と請求 > プロパティから"
            " ID をコピーしてください。",
        ),
        "billing_reader_missing": Text(
            "The application may not see the billing account; give it the role Billing account"
            " reader under Cost Management + Billing, Access control (IAM), or EnrollmentReader in"
            " an Enterprise Agreement.",
            "애플리케이션이 청구 계정을 볼 수 없습니다. 비용 관리 + 청구 > 액세스 제어(IAM)에서"
            " 청구 계정 읽기 권한자 역할을, 기업계약이면 EnrollmentReader 역할을 부여하세요.",
            "アプリケーションは請求先アカウントを表示できません。コストの管理と請求 >"
            " アクセス制御 (IAM) で課金アカウント閲覧者ロール、Enterprise Agreement では"
            " EnrollmentReader ロールを付与してください。",
        ),
        "cost_reader_missing": Text(
            "The application may not see the exports; give it the role Cost Management Reader under"
            " Access control (IAM) of the scope that is exported.",
            "애플리케이션이 내보내기를 볼 수 없습니다. 내보내는 범위의 액세스 제어(IAM)에서"
            " Cost Management Reader 역할을 부여하세요.",
            "アプリケーションはエクスポートを表示できません。エクスポートするスコープの"
            "アクセス制御 (IAM) で Cost Management Reader ロールを付与してください。",
        ),
        "blob_reader_missing": Text(
            "The application may not read the container; give it the role Storage Blob Data Reader"
            " under the container's Access control (IAM). New roles take up to 10 minutes.",
            "애플리케이션이 컨테이너를 읽을 수 없습니다. 컨테이너의 액세스 제어(IAM)에서"
            " Storage Blob Data Reader 역할을 부여하세요. 적용에 최대 10분이 걸립니다.",
            "アプリケーションはコンテナーを読み取れません。コンテナーのアクセス制御 (IAM) で"
            " Storage Blob Data Reader ロールを付与してください。反映に最大 10 分かかります。",
        ),
        "storage_account_not_found": Text(
            "No storage account has this name; copy it from the export, under Cost Management,"
            " Exports.",
            "이 이름의 스토리지 계정이 없습니다. 비용 관리 > 내보내기에서 이름을 복사하세요.",
            "この名前のストレージ アカウントがありません。コスト管理 > エクスポートから"
            "コピーしてください。",
        ),
        "storage_closed": Text(
            "The storage account's firewall turns us away; allow our addresses under the account's"
            " Networking.",
            "스토리지 계정의 방화벽이 접근을 막고 있습니다. 계정의 네트워킹에서"
            " 저희 주소를 허용하세요.",
            "ストレージ アカウントのファイアウォールに拒否されています。アカウントの"
            "ネットワークで当社のアドレスを許可してください。",
        ),
        "container_not_found": Text(
            "The storage account has no such container; copy its name from the export, under Cost"
            " Management, Exports.",
            "스토리지 계정에 이 컨테이너가 없습니다. 비용 관리 > 내보내기에서 이름을 복사하세요.",
            "ストレージ アカウントにこのコンテナーがありません。コスト管理 > エクスポートから"
            "名前をコピーしてください。",
        ),
        "cost_export_not_found": Text(
            "No export delivers there; make one under Cost Management, Exports, and give its"
            " directory and name as the path.",
            "해당 위치로 내보내는 내보내기가 없습니다. 비용 관리 > 내보내기에서 만들고"
            " 디렉터리와 이름을 경로로 입력하세요.",
            "そこに配信するエクスポートがありません。コスト管理 > エクスポートで作成し、"
            "ディレクトリと名前をパスとして指定してください。",
        ),
        "subscription_not_found": Text(
            "The billing account does not pay for one of the chosen subscriptions; choose from"
            " those that it lists.",
            "청구 계정이 결제하지 않는 구독이 선택되었습니다. 표시되는 구독 중에서 선택하세요.",
            "請求先アカウントが支払っていないサブスクリプションが選択されています。"
            "一覧から選択してください。",
        ),
        "subscriptions_hidden": Text(
            "The application may not list the billing account's subscriptions; give it the role"
            " Billing account reader on the whole account, or leave accounts out.",
            "애플리케이션이 청구 계정의 구독을 나열할 수 없습니다. 계정 전체에 청구 계정 읽기"
            " 권한자 역할을 부여하거나 계정 기능을 제외하세요.",
            "アプリケーションは請求先アカウントのサブスクリプションを一覧できません。アカウント全体に"
            "課金アカウント閲覧者ロールを付与するか、アカウントの機能を除外してください。",
        ),
    }
)
