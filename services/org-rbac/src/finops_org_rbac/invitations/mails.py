"""The invitation mail, in three languages."""

from finops_common.i18n import Text

SUBJECT = Text(
    "You are invited to {company}", "{company}에 초대되었습니다", "{company} に招待されました"
)
BODY = Text(
    "{inviter} invites you to {company} on finops. Open this link within 7 days:\n\n{link}\n\n"
    "It works for this address only, once.\n",
    "{inviter}님이 finops의 {company}에 초대했습니다. 7일 안에 링크를 열어 주세요.\n\n{link}\n\n이 주소로 한 번만 사용할 수 있습니다.\n",
    "{inviter} さんが finops の {company} に招待しています。7 日以内に次のリンクを開いてください。\n\n{link}\n\nこのアドレスで 1 回だけ有効です。\n",
)
