"""The mails about passwords, in three languages."""

from finops_common.i18n import Text
from finops_identity.links.domain import Letter

RESET = Letter(
    "reset-password",
    Text("Set a new password", "새 비밀번호 설정", "新しいパスワードの設定"),
    Text(
        "Open this link within 30 minutes to set a new password:\n\n{link}\n\n"
        "If you did not ask for it, do nothing: your password stays as it is.\n",
        "30분 안에 아래 링크를 열어 새 비밀번호를 설정하세요.\n\n{link}\n\n요청하지 않으셨다면 무시하세요. 비밀번호는 바뀌지 않습니다.\n",
        "30 分以内に次のリンクを開き、新しいパスワードを設定してください。\n\n{link}\n\nお心当たりがない場合は何もしないでください。パスワードは変わりません。\n",
    ),
)

PASSWORD_CHANGED = Letter(
    "forgot-password",
    Text("Your password was changed", "비밀번호가 변경되었습니다", "パスワードが変更されました"),
    Text(
        "Your password was changed and all other sessions were ended.\n"
        "If that was not you, set a new one here:\n\n{link}\n",
        "비밀번호가 변경되고 다른 세션은 모두 종료되었습니다.\n본인이 아니라면 아래에서 다시 설정하세요.\n\n{link}\n",
        "パスワードが変更され、他のセッションはすべて終了しました。\nお心当たりがない場合は次から再設定してください。\n\n{link}\n",
    ),
)
