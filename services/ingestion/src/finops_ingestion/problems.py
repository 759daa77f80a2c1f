"""Problems that several features of ingestion answer."""

from typing import Any

from finops_common.errors.problem import Problem
from finops_common.i18n import Language, Text
from finops_ingestion.accounts.advice import advice_on
from finops_ingestion.accounts.domain import WRONG_FIELD, Cause


class RegisteredElsewhere(Problem):
    code, status = "registered-elsewhere", 409
    title = Text(
        "The account is registered elsewhere",
        "다른 곳에 등록된 계정입니다",
        "このアカウントは別の場所で登録されています",
    )
    advice = Text(
        "You have proven that it is yours; ask who registered it to detach it, or support.",
        "소유가 확인되었습니다. 등록한 담당자에게 연결 해제를 요청하거나 고객지원에 문의하세요.",
        "所有は確認されました。登録した担当者に切り離しを依頼するか、サポートにお問い合わせください。",
    )


class AlreadyRegistered(Problem):
    code, status = "already-registered", 409
    title = Text(
        "The account is registered here already",
        "이미 등록된 계정입니다",
        "このアカウントはすでに登録されています",
    )
    advice = Text(
        "It is the cloud account {cloud_account_id}; change its credentials there.",
        "클라우드 계정 {cloud_account_id}입니다. 자격 증명은 거기에서 변경하세요.",
        "クラウドアカウント {cloud_account_id} です。認証情報はそこで変更してください。",
    )


class CredentialsRefused(Problem):
    code, status = "credentials-refused", 422
    title = Text(
        "The new credentials do not work",
        "새 자격 증명이 작동하지 않습니다",
        "新しい認証情報は機能しません",
    )
    advice = Text(
        "The former ones stay in force. Cause: {cause}.",
        "기존 자격 증명이 그대로 유지됩니다. 원인: {cause}.",
        "以前の認証情報がそのまま有効です。原因: {cause}。",
    )

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause=cause)
        self.cause = cause

    def document(self, language: Language, request_id: str) -> dict[str, Any]:
        """The document, naming the field that is wrong and the step that mends it."""
        document = super().document(language, request_id)
        field = WRONG_FIELD.get(self.cause, "").removeprefix("credentials.")
        advice = advice_on(self.cause, language)
        error = {"field": f"body.{field}", "code": self.cause, "message": advice}
        return document | ({"errors": [error]} if field else {"step": advice})


class NotConnected(Problem):
    code, status = "not-connected", 409
    title = Text(
        "The account cannot be read now",
        "지금은 계정을 읽을 수 없습니다",
        "現在アカウントを読み取れません",
    )
    advice = Text(
        "Mend the connection first; the account says how. Cause: {cause}.",
        "먼저 연결을 복구하세요. 방법은 계정에 표시됩니다. 원인: {cause}.",
        "先に接続を修復してください。方法はアカウントに表示されます。原因: {cause}。",
    )


class OtherProvider(Problem):
    code, status = "credentials-of-another-provider", 422
    title = Text(
        "The credentials are of another provider",
        "다른 클라우드의 자격 증명입니다",
        "別のプロバイダーの認証情報です",
    )
    advice = Text(
        "The account is of {provider}; send the credentials of that provider.",
        "{provider} 계정입니다. 해당 클라우드의 자격 증명을 보내세요.",
        "{provider} のアカウントです。そのプロバイダーの認証情報を送信してください。",
    )


class NotOfTheAccount(Problem):
    code, status = "role-of-another-account", 422
    title = Text(
        "The role belongs to another account",
        "다른 계정의 역할입니다",
        "別のアカウントのロールです",
    )
    advice = Text(
        "Give the ARN of a role in the account that is registered.",
        "등록하려는 계정에 있는 역할의 ARN을 입력하세요.",
        "登録するアカウントにあるロールの ARN を入力してください。",
    )


class OwnRoleMissing(Problem):
    code, status = "no-role-of-its-own", 409
    title = Text(
        "The account has no role of its own",
        "계정에 자체 역할이 없습니다",
        "アカウントに専用のロールがありません",
    )
    advice = Text(
        "It is read through its payer; check the payer, or run the stack here and register it.",
        "결제 계정을 통해 읽습니다. 결제 계정을 확인하거나 여기에서 스택을 실행해 등록하세요.",
        "支払いアカウント経由で読み取られます。支払いアカウントを確認するか、ここでスタックを実行して登録してください。",
    )


class RegistrationComplete(Problem):
    code, status = "registration-complete", 409
    title = Text("The registration is complete", "등록이 완료되었습니다", "登録は完了しています")
    advice = Text(
        "Only a registration that waits for its stack can be withdrawn; detach the account instead.",
        "스택을 기다리는 등록만 취소할 수 있습니다. 대신 계정을 연결 해제하세요.",
        "スタック待ちの登録のみ取り消せます。代わりにアカウントを切り離してください。",
    )


class ImportEnded(Problem):
    code, status = "import-ended", 409
    title = Text("The import has ended", "이미 끝난 가져오기입니다", "インポートは終了しています")
    advice = Text(
        "Only an import that waits, runs or is paused can be paused, resumed or cancelled.",
        "대기, 실행 또는 일시 중지 중인 가져오기만 일시 중지, 재개, 취소할 수 있습니다.",
        "待機中、実行中、一時停止中のインポートのみ一時停止・再開・取り消しできます。",
    )


class NotAnUpload(Problem):
    code, status = "uploads-are-not-fetched", 409
    title = Text(
        "Uploads cannot be fetched again",
        "업로드는 다시 가져올 수 없습니다",
        "アップロードは再取得できません",
    )
    advice = Text(
        "Upload the file again.",
        "파일을 다시 업로드하세요.",
        "ファイルを再度アップロードしてください。",
    )


class TooManyFiles(Problem):
    code, status = "too-many-files", 409
    title = Text(
        "Too many files lie there",
        "파일이 너무 많습니다",
        "ファイルが多すぎます",
    )
    advice = Text(
        "At most {most} are looked through; keep bills in a folder of their own and name that.",
        "최대 {most}개까지 확인합니다. 청구서를 별도 폴더에 두고 그 폴더를 지정하세요.",
        "確認できるのは {most} 個までです。請求を専用のフォルダーに置き、それを指定してください。",
    )


class SeveralBills(Problem):
    code, status = "several-bills", 409
    title = Text(
        "Several bills of one month lie there",
        "같은 달의 청구서가 여러 개 있습니다",
        "同じ月の請求が複数あります",
    )
    advice = Text(
        "Have each read from a folder of its own; of one month there are {places}.",
        "청구서마다 별도의 폴더를 지정하세요. 같은 달의 청구서 위치: {places}.",
        "請求ごとに別のフォルダーを指定してください。同じ月の請求の場所: {places}。",
    )


class NothingUploaded(Problem):
    code, status = "nothing-uploaded", 422
    title = Text("The file is empty", "빈 파일입니다", "ファイルが空です")
    advice = Text(
        "Send the bill's bytes as the body of the request.",
        "청구 파일의 내용을 요청 본문으로 보내세요.",
        "請求ファイルの内容をリクエスト本文として送信してください。",
    )


class PaidByAnother(Problem):
    code, status = "paid-by-another-account", 409
    title = Text(
        "The account is read through its payer",
        "결제 계정을 통해 읽는 계정입니다",
        "支払いアカウント経由で読み取られるアカウントです",
    )
    advice = Text(
        "Its costs are on the bills of {payer_account_id}: detach that one, or move this account.",
        "비용이 {payer_account_id}의 청구서에 있습니다. 그 계정을 연결 해제하거나 이 계정을 이동하세요.",
        "費用は {payer_account_id} の請求書にあります。そのアカウントを切り離すか、このアカウントを移動してください。",
    )


class RegistrationWaits(Problem):
    code, status = "registration-waits", 409
    title = Text(
        "The registration is not complete",
        "등록이 완료되지 않았습니다",
        "登録が完了していません",
    )
    advice = Text(
        "Nothing is collected yet; withdraw the registration instead.",
        "아직 수집하지 않습니다. 대신 등록을 취소하세요.",
        "まだ収集していません。代わりに登録を取り消してください。",
    )


class NotDetached(Problem):
    code, status = "not-detached", 409
    title = Text(
        "The account is collected",
        "수집 중인 계정입니다",
        "収集中のアカウントです",
    )
    advice = Text(
        "Only the data of a detached account is deleted; detach it first.",
        "연결 해제된 계정의 데이터만 삭제됩니다. 먼저 연결을 해제하세요.",
        "切り離したアカウントのデータのみ削除できます。先に切り離してください。",
    )


class NotLinked(Problem):
    code, status = "not-a-linked-account", 409
    title = Text(
        "The account cannot be moved",
        "이동할 수 없는 계정입니다",
        "移動できないアカウントです",
    )
    advice = Text(
        "{account_id} has credentials of its own organization; detach it and register it there.",
        "{account_id}에는 소속 조직의 자격 증명이 있습니다. 연결 해제 후 대상 조직에서 등록하세요.",
        "{account_id} には所属組織の認証情報があります。切り離して移動先で登録してください。",
    )


class SourceStopped(Problem):
    code, status = "source-stopped", 409
    title = Text(
        "Bills are not collected any more",
        "더 이상 청구서를 수집하지 않습니다",
        "請求はもう収集していません",
    )
    advice = Text(
        "The account was detached; register it again to collect its bills.",
        "계정 연결이 해제되었습니다. 청구서를 수집하려면 다시 등록하세요.",
        "アカウントは切り離されています。収集するには再度登録してください。",
    )
