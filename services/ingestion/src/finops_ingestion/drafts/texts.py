"""What a person does at each step, and where in the cloud's console."""

from collections.abc import Mapping
from types import MappingProxyType

from finops_common.contracts.ingestion import Provider
from finops_common.i18n import Text
from finops_ingestion.drafts.domain import StepName

TITLES: Mapping[StepName, Text] = MappingProxyType(
    {
        "account": Text("The account", "계정", "アカウント"),
        "export": Text("The cost export", "비용 내보내기", "コストエクスポート"),
        "application": Text("The application", "애플리케이션", "アプリケーション"),
        "key": Text("The service account's key", "서비스 계정 키", "サービスアカウントのキー"),
        "place": Text("Where the bills lie", "청구 데이터의 위치", "請求データの場所"),
        "register": Text("Registering", "등록", "登録"),
    }
)

_REGISTER = Text(
    "Everything is answered. Register the account: the cloud is asked, and the account says"
    " what is still to be mended.",
    "모든 항목이 입력되었습니다. 계정을 등록하면 클라우드를 확인하고 고칠 점을 계정에 표시합니다.",
    "すべて入力済みです。登録するとクラウドを確認し、直すべき点をアカウントに表示します。",
)

INSTRUCTIONS: Mapping[tuple[Provider, StepName], Text] = MappingProxyType(
    {
        ("AWS", "account"): Text(
            "Give the 12-digit id of the account: of the management account if you want all its"
            " linked accounts. The console shows it in the menu at the top right.",
            "12자리 계정 ID를 입력하세요. 연결된 계정을 모두 가져오려면 관리 계정의 ID를"
            " 입력합니다. 콘솔 오른쪽 위 메뉴에 표시됩니다.",
            "12 桁のアカウント ID を入力してください。連結アカウントもすべて取り込む場合は"
            "管理アカウントの ID です。コンソール右上のメニューに表示されます。",
        ),
        ("AWS", "export"): Text(
            "Under Billing and Cost Management, Data Exports, create an hourly export with"
            " resource ids, and give the name of its bucket; an empty text where the account"
            " pays for no other and has none.",
            "결제 및 비용 관리의 데이터 내보내기에서 리소스 ID가 포함된 시간별 내보내기를 만들고"
            " 버킷 이름을 입력하세요. 다른 계정의 비용을 내지 않으면 빈 값을 입력합니다.",
            "請求とコスト管理のデータエクスポートで、リソース ID を含む時間単位のエクスポートを"
            "作成し、バケット名を入力してください。他のアカウントの支払いがなければ空にします。",
        ),
        ("AWS", "register"): Text(
            "Open the link, or download the template, and run the stack in the account; then"
            " register. A stack that is not finished yet is noticed by itself.",
            "링크를 열거나 템플릿을 내려받아 계정에서 스택을 실행한 뒤 등록하세요."
            " 아직 완료되지 않은 스택은 자동으로 감지합니다.",
            "リンクを開くかテンプレートをダウンロードし、アカウントでスタックを実行してから"
            "登録してください。未完了のスタックは自動で検知します。",
        ),
        ("Microsoft", "account"): Text(
            "Give the billing account's id or the enrolment number; the portal shows it under"
            " Cost Management + Billing, Properties.",
            "결제 계정 ID 또는 등록 번호를 입력하세요. 포털의 비용 관리 + 청구, 속성에 있습니다.",
            "課金アカウント ID または登録番号を入力してください。"
            "ポータルのコスト管理と請求のプロパティに表示されます。",
        ),
        ("Microsoft", "application"): Text(
            "In Microsoft Entra ID, App registrations, register an application, and give its"
            " directory and application ids with a client secret's value or a certificate. For"
            " the dates of what you have reserved, give it Reservations Reader and Savings plan"
            " Reader.",
            "Microsoft Entra ID의 앱 등록에서 애플리케이션을 등록하고 디렉터리 ID,"
            " 애플리케이션 ID와 클라이언트 암호 값 또는 인증서를 입력하세요. 예약과 절감 플랜의"
            " 기간을 읽으려면 Reservations Reader와 Savings plan Reader 역할을 부여합니다.",
            "Microsoft Entra ID のアプリの登録でアプリケーションを登録し、ディレクトリ ID、"
            "アプリケーション ID とクライアントシークレットの値または証明書を入力してください。"
            "予約と節約プランの期間を読むには Reservations Reader と Savings plan Reader を付与します。",
        ),
        ("Microsoft", "place"): Text(
            "Under Cost Management, Exports, create a daily export, and give its storage account,"
            " container and path. Give the application Storage Blob Data Reader on the container.",
            "비용 관리의 내보내기에서 일별 내보내기를 만들고 스토리지 계정, 컨테이너, 경로를"
            " 입력하세요. 애플리케이션에 컨테이너의 Storage Blob 데이터 읽기 권한자를 부여합니다.",
            "コスト管理のエクスポートで日次エクスポートを作成し、ストレージアカウント、コンテナー、"
            "パスを入力してください。アプリケーションにコンテナーの"
            "ストレージ BLOB データ閲覧者を付与します。",
        ),
        ("Microsoft", "register"): _REGISTER,
        ("Google Cloud", "account"): Text(
            "Give the billing account's id, as 01A2B3-4C5D6E-7F8A9B; the console shows it under"
            " Billing, Account management.",
            "결제 계정 ID를 01A2B3-4C5D6E-7F8A9B 형식으로 입력하세요."
            " 콘솔의 결제, 계정 관리에 있습니다.",
            "請求先アカウント ID を 01A2B3-4C5D6E-7F8A9B の形式で入力してください。"
            "コンソールのお支払い、アカウント管理に表示されます。",
        ),
        ("Google Cloud", "key"): Text(
            "Under IAM & Admin, Service Accounts, create a service account and a JSON key, and"
            " give the file's content.",
            "IAM 및 관리자의 서비스 계정에서 서비스 계정과 JSON 키를 만들고 파일 내용을 입력하세요.",
            "IAM と管理のサービスアカウントでサービスアカウントと JSON キーを作成し、"
            "ファイルの内容を入力してください。",
        ),
        ("Google Cloud", "place"): Text(
            "Under Billing, Billing export, switch on the detailed export to BigQuery, and give"
            " its project and dataset. Give the service account BigQuery Data Viewer on the dataset."
            " For the dates of your spend-based commitments, export CUD metadata into it as well.",
            "결제의 결제 내보내기에서 BigQuery 상세 내보내기를 켜고 프로젝트와 데이터 세트를"
            " 입력하세요. 서비스 계정에 데이터 세트의 BigQuery 데이터 뷰어를 부여합니다."
            " 지출 기반 약정의 기간을 읽으려면 CUD 메타데이터도 같은 곳으로 내보내세요.",
            "お支払いの課金エクスポートで BigQuery の詳細エクスポートを有効にし、プロジェクトと"
            "データセットを入力してください。サービスアカウントにデータセットの"
            "BigQuery データ閲覧者を付与します。費用ベースの確約の期間を読むには、"
            "CUD メタデータも同じデータセットにエクスポートしてください。",
        ),
        ("Google Cloud", "register"): _REGISTER,
    }
)
