"""The mails of a sign-up, in three languages."""

from finops_common.i18n import Text
from finops_identity.links.domain import Letter

VERIFY = Letter(
    "verify-email",
    Text("Confirm your e-mail address", "이메일 주소를 확인해 주세요", "メールアドレスの確認"),
    Text(
        "Open this link within 24 hours to confirm your address:\n\n{link}\n\n"
        "If you did not sign up, do nothing.\n",
        "24시간 안에 아래 링크를 열어 주소를 확인해 주세요.\n\n{link}\n\n가입하지 않으셨다면 무시하셔도 됩니다.\n",
        "24 時間以内に次のリンクを開き、アドレスを確認してください。\n\n{link}\n\nお心当たりがない場合は何もしないでください。\n",
    ),
)

ALREADY_KNOWN = Letter(
    "reset-password",
    Text("You already have an account", "이미 계정이 있습니다", "すでにアカウントがあります"),
    Text(
        "Somebody signed up with this address, which already has an account.\n"
        "Log in, or set a new password here within 30 minutes:\n\n{link}\n",
        "이미 계정이 있는 주소로 가입이 시도되었습니다.\n로그인하거나 30분 안에 아래에서 새 비밀번호를 설정하세요.\n\n{link}\n",
        "このアドレスはすでに登録されています。\nログインするか、30 分以内に次から新しいパスワードを設定してください。\n\n{link}\n",
    ),
)
