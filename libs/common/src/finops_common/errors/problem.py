"""Expected failures: each a class with a code, a status and advice in three languages."""

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic_core import to_jsonable_python

from finops_common.i18n import Language, Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; never holds the value that was sent."""

    field: str
    code: str
    message: str


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem, not an error
    """An expected failure. Subclasses set `code`, `status`, `title` and `advice`.

    `facts` fill the advice and stand in the document as members of their own, so
    they must be safe to show to the caller.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[Text]
    advice: ClassVar[Text]

    def __init__(
        self,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        **facts: object,
    ) -> None:
        super().__init__(self.code)
        self.errors = errors
        self.retry_after = retry_after
        self.facts = facts

    def document(self, language: Language, request_id: str) -> dict[str, Any]:
        """The RFC 9457 document in `language`."""
        document: dict[str, Any] = {
            "type": f"urn:finops:problem:{self.code}",
            "code": self.code,
            "status": self.status,
            "title": self.title.render(language),
            "detail": self.advice.render(language, self.facts),
            "request_id": request_id,
        }
        if self.errors:
            document["errors"] = [
                {"field": e.field, "code": e.code, "message": e.message} for e in self.errors
            ]
        return document | {
            name: to_jsonable_python(value)
            for name, value in self.facts.items()
            if name not in document
        }


class UnreadableBody(Problem):
    code, status = "unreadable-body", 400
    title = Text(
        "The request body cannot be read",
        "요청 본문을 읽을 수 없습니다",
        "リクエスト本文を読み取れません",
    )
    advice = Text(
        "Send well-formed JSON in UTF-8.",
        "올바른 UTF-8 JSON을 보내세요.",
        "正しい UTF-8 の JSON を送信してください。",
    )


class Unauthenticated(Problem):
    code, status = "unauthenticated", 401
    title = Text("Log in first", "먼저 로그인하세요", "先にログインしてください")
    advice = Text(
        "Send a valid access token; yours is missing, wrong, expired or its session has ended.",
        "유효한 액세스 토큰을 보내세요. 토큰이 없거나 잘못되었거나 만료되었거나 세션이 종료되었습니다.",
        "有効なアクセストークンを送信してください。トークンがないか、不正か、期限切れか、セッションが終了しています。",
    )


class Forbidden(Problem):
    code, status = "forbidden", 403
    title = Text("You may not do this", "권한이 없습니다", "この操作は許可されていません")
    advice = Text(
        "Ask an Owner for the permission {permission}.",
        "소유자에게 {permission} 권한을 요청하세요.",
        "オーナーに {permission} 権限を依頼してください。",
    )


class AccountDeactivated(Problem):
    code, status = "account-deactivated", 403
    title = Text(
        "Your account is deactivated", "계정이 비활성화되었습니다", "アカウントは無効化されています"
    )
    advice = Text(
        "You can read your profile; an Owner of your company can reactivate you.",
        "프로필만 볼 수 있습니다. 회사 소유자가 다시 활성화할 수 있습니다.",
        "プロフィールの閲覧のみ可能です。会社のオーナーが再有効化できます。",
    )


class EmailNotVerified(Problem):
    code, status = "email-not-verified", 403
    title = Text(
        "Your e-mail is not verified", "이메일이 확인되지 않았습니다", "メールアドレスが未確認です"
    )
    advice = Text(
        "Open the link in the mail we sent, then log in again; the link can be sent anew.",
        "보내 드린 메일의 링크를 연 뒤 다시 로그인하세요. 링크는 다시 보낼 수 있습니다.",
        "送信したメールのリンクを開いてから再度ログインしてください。リンクは再送できます。",
    )


class RecentLoginNeeded(Problem):
    code, status = "recent-authentication-needed", 403
    title = Text("Confirm that it is you", "본인 확인이 필요합니다", "本人確認が必要です")
    advice = Text(
        "Confirm your password again and repeat within 10 minutes.",
        "비밀번호를 다시 확인하고 10분 안에 다시 시도하세요.",
        "パスワードを再確認し、10 分以内にもう一度実行してください。",
    )


class NotFound(Problem):
    code, status = "not-found", 404
    title = Text("Not found", "찾을 수 없습니다", "見つかりません")
    advice = Text(
        "Nothing of yours has this address; check the ids in it.",
        "이 주소에 해당하는 항목이 없습니다. 주소의 ID를 확인하세요.",
        "このアドレスに該当するものはありません。ID を確認してください。",
    )


class MethodNotAllowed(Problem):
    code, status = "method-not-allowed", 405
    title = Text(
        "This method is not offered here", "지원하지 않는 메서드입니다", "このメソッドは使えません"
    )
    advice = Text(
        "See the API's documentation for what this address offers.",
        "이 주소가 제공하는 기능은 API 문서를 참고하세요.",
        "このアドレスで使える操作は API ドキュメントを参照してください。",
    )


class StillRunning(Problem):
    code, status = "still-running", 409
    title = Text(
        "The same request is still running",
        "같은 요청이 처리 중입니다",
        "同じリクエストを処理中です",
    )
    advice = Text(
        "Repeat it with the same Idempotency-Key in a moment.",
        "잠시 후 같은 Idempotency-Key로 다시 보내세요.",
        "しばらくしてから同じ Idempotency-Key で再送してください。",
    )


class PreconditionFailed(Problem):
    code, status = "precondition-failed", 412
    title = Text(
        "It has changed since you read it",
        "읽은 뒤에 변경되었습니다",
        "読み取り後に変更されています",
    )
    advice = Text(
        "Read it again and send its new ETag as If-Match.",
        "다시 읽고 새 ETag를 If-Match로 보내세요.",
        "再度読み取り、新しい ETag を If-Match で送信してください。",
    )


class TooLarge(Problem):
    code, status = "too-large", 413
    title = Text("The request is too large", "요청이 너무 큽니다", "リクエストが大きすぎます")
    advice = Text(
        "Send at most {limit} bytes.",
        "최대 {limit}바이트까지 보낼 수 있습니다.",
        "最大 {limit} バイトまで送信できます。",
    )


class UnsupportedMediaType(Problem):
    code, status = "unsupported-media-type", 415
    title = Text(
        "This content type is not read here", "지원하지 않는 형식입니다", "この形式は読み取れません"
    )
    advice = Text(
        "Send {expected}.", "{expected} 형식으로 보내세요.", "{expected} 形式で送信してください。"
    )


class InvalidInput(Problem):
    code, status = "invalid-input", 422
    title = Text(
        "Some fields are not right", "일부 항목이 올바르지 않습니다", "一部の項目が正しくありません"
    )
    advice = Text(
        "Correct the fields listed in errors and send the request again.",
        "errors에 나열된 항목을 고쳐 다시 보내세요.",
        "errors に示された項目を修正して再送してください。",
    )


class IdempotencyKeyReused(Problem):
    code, status = "idempotency-key-reused", 422
    title = Text(
        "This Idempotency-Key belongs to another request",
        "다른 요청에 사용된 Idempotency-Key입니다",
        "別のリクエストで使われた Idempotency-Key です",
    )
    advice = Text(
        "Use a new key for a new request; a repeat must carry the same body.",
        "새 요청에는 새 키를 사용하세요. 재시도는 본문이 같아야 합니다.",
        "新しいリクエストには新しいキーを使ってください。再送時は本文を同じにしてください。",
    )


class TooManyRequests(Problem):
    code, status = "too-many-requests", 429
    title = Text("Too many requests", "요청이 너무 많습니다", "リクエストが多すぎます")
    advice = Text(
        "Wait as long as Retry-After says and try again.",
        "Retry-After에 표시된 시간만큼 기다린 뒤 다시 시도하세요.",
        "Retry-After の時間だけ待ってから再試行してください。",
    )


class InternalFault(Problem):
    code, status = "internal-fault", 500
    title = Text(
        "Something went wrong on our side", "내부 오류가 발생했습니다", "内部エラーが発生しました"
    )
    advice = Text(
        "Try again; if it stays, tell support the request_id.",
        "다시 시도하고, 계속되면 request_id를 고객지원에 알려 주세요.",
        "再試行し、続く場合は request_id をサポートにお知らせください。",
    )


class Unavailable(Problem):
    code, status = "unavailable", 503
    title = Text(
        "Not available for the moment", "일시적으로 사용할 수 없습니다", "一時的に利用できません"
    )
    advice = Text(
        "Something we depend on does not answer; try again shortly.",
        "의존하는 시스템이 응답하지 않습니다. 잠시 후 다시 시도하세요.",
        "依存するシステムが応答していません。しばらくしてから再試行してください。",
    )

    def __init__(self, retry_after: int = 2) -> None:
        super().__init__(retry_after=retry_after)
