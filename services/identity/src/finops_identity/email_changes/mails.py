"""The mails about a change of e-mail, in three languages."""

from finops_common.i18n import Text
from finops_identity.links.domain import Letter

CHANGE_OLD = Letter(
    "change-email",
    Text(
        "Confirm the change of your e-mail",
        "이메일 변경을 확인해 주세요",
        "メールアドレス変更の確認",
    ),
    Text(
        "Your account's e-mail is to change to {new_email}. Open this link to agree:\n\n{link}\n\n"
        "The new address must confirm too. If that was not you, change your password.\n",
        "계정 이메일이 {new_email}(으)로 변경될 예정입니다. 동의하려면 링크를 여세요.\n\n{link}\n\n새 주소에서도 확인해야 합니다. 본인이 아니라면 비밀번호를 변경하세요.\n",
        "アカウントのメールアドレスが {new_email} に変更されます。同意する場合は次を開いてください。\n\n{link}\n\n新しいアドレスでも確認が必要です。お心当たりがない場合はパスワードを変更してください。\n",
    ),
)

CHANGE_NEW = Letter(
    "change-email",
    Text("Confirm your new e-mail", "새 이메일을 확인해 주세요", "新しいメールアドレスの確認"),
    Text(
        "This address is to become the e-mail of a finops account. Open this link to agree:\n\n{link}\n\n"
        "The old address must confirm too.\n",
        "이 주소가 finops 계정의 이메일이 됩니다. 동의하려면 링크를 여세요.\n\n{link}\n\n이전 주소에서도 확인해야 합니다.\n",
        "このアドレスが finops アカウントのメールになります。同意する場合は次を開いてください。\n\n{link}\n\n以前のアドレスでも確認が必要です。\n",
    ),
)
