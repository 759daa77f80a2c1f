"""Problems that several features of identity answer."""

from finops_common.errors.problem import FieldError, Problem
from finops_common.i18n import Text
from finops_identity.passwords.domain import LONGEST, SHORTEST, Flaw

_FLAWS: dict[Flaw, str] = {
    "too_short": f"must have at least {SHORTEST} characters",
    "too_long": f"must have at most {LONGEST} characters",
    "too_common": "is on the list of common and breached passwords",
    "contains_identity": "must not contain your e-mail address or company name",
}


class PasswordRefused(Problem):
    code, status = "password-refused", 422
    title = Text(
        "Choose another password", "다른 비밀번호를 선택하세요", "別のパスワードを選んでください"
    )
    advice = Text(
        "A few unrelated words make a good one; errors says what is wrong with this one.",
        "관련 없는 단어 몇 개를 이어 쓰면 좋습니다. 거절된 이유는 errors에 있습니다.",
        "無関係な単語をいくつか並べるとよいでしょう。理由は errors を参照してください。",
    )

    def __init__(self, flaw: Flaw, field: str = "body.password") -> None:
        super().__init__(errors=(FieldError(field, flaw, _FLAWS[flaw]),))


class WrongCredentials(Problem):
    code, status = "wrong-credentials", 401
    title = Text(
        "E-mail or password is wrong",
        "이메일 또는 비밀번호가 올바르지 않습니다",
        "メールアドレスまたはパスワードが違います",
    )
    advice = Text(
        "Check both and try again, or ask for a new password.",
        "다시 확인하거나 새 비밀번호를 요청하세요.",
        "確認して再試行するか、新しいパスワードを申請してください。",
    )


class LinkInvalid(Problem):
    code, status = "link-invalid", 422
    title = Text(
        "This link no longer works", "이 링크는 더 이상 유효하지 않습니다", "このリンクは無効です"
    )
    advice = Text(
        "It was used, has expired or was replaced by a newer one; ask for a new one.",
        "이미 사용되었거나 만료되었거나 새 링크로 대체되었습니다. 새 링크를 요청하세요.",
        "使用済み、期限切れ、または新しいリンクに置き換えられています。新しいリンクを申請してください。",
    )


class ConsentTextNeeded(Problem):
    code, status = "consent-text-needed", 422
    title = Text(
        "Say which text was agreed to",
        "동의한 문구의 버전을 알려 주세요",
        "同意した文面の版を指定してください",
    )
    advice = Text(
        "Send marketing_text_version, the version of the consent text that was shown.",
        "표시된 동의 문구의 버전을 marketing_text_version으로 보내세요.",
        "表示した同意文の版を marketing_text_version として送信してください。",
    )
