"""Problems of folders."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class FolderReadAlready(Problem):
    code, status = "folder-read-already", 409
    title = Text(
        "Files of this folder are read already",
        "이 폴더의 파일은 이미 읽고 있습니다",
        "このフォルダーのファイルはすでに読み取られています",
    )
    advice = Text(
        "The company's billing source {name} covers {place}; two would count every cost twice.",
        "회사의 청구 소스 {name}이(가) {place}을(를) 포함합니다. 둘 다 읽으면 비용이 이중으로 집계됩니다.",
        "会社の請求ソース {name} が {place} を含みます。両方を読むと費用が二重に集計されます。",
    )


class FolderRefused(Problem):
    code, status = "folder-refused", 409
    title = Text(
        "The folder cannot be read",
        "폴더를 읽을 수 없습니다",
        "フォルダーを読み取れません",
    )
    advice = Text(
        "S3 answers {cause}. The bucket must be in the region you named, and the account's read role"
        " may list the folder and get its files: run the organization's stack with focus_bucket and"
        " focus_folder, and with FocusKeyArn if the bucket is encrypted with a key of yours.",
        "S3 응답: {cause}. 버킷이 지정한 리전에 있어야 하며 계정의 읽기 역할이 폴더 목록과 파일을 읽을 수"
        " 있어야 합니다. focus_bucket과 focus_folder로 조직의 스택을 실행하고, 자체 키로 암호화된 경우"
        " FocusKeyArn도 지정하세요.",
        "S3 の応答: {cause}。バケットが指定リージョンにあり、アカウントの読み取りロールがフォルダーの一覧と"
        "ファイルを取得できる必要があります。focus_bucket と focus_folder を指定して組織のスタックを実行し、"
        "独自の鍵で暗号化している場合は FocusKeyArn も指定してください。",
    )


class FolderNotUnderstood(Problem):
    code, status = "folder-not-understood", 409
    title = Text(
        "The folder does not say which months its files are of",
        "폴더에서 파일이 어느 달의 것인지 알 수 없습니다",
        "フォルダーからファイルの対象月が分かりません",
    )
    advice = Text(
        "Put each month's files (CSV, CSV.gz or Parquet) into a folder named like {layouts}.",
        "월별 파일(CSV, CSV.gz, Parquet)을 {layouts} 형식의 폴더에 넣으세요.",
        "月ごとのファイル(CSV、CSV.gz、Parquet)を {layouts} のような名前のフォルダーに入れてください。",
    )
