"""What a mail about notices says, in three languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from finops_common.i18n import Language, Text
from finops_org_rbac.notices.domain import Item
from finops_org_rbac.notices.wording import category_name, words

MOST = 50
"""Notices a digest spells out; the rest is counted."""

DIGEST = Text("{count} notices", "알림 {count}건", "お知らせ {count} 件")
MORE = Text(
    "{count} more are in your inbox.",
    "그 밖에 {count}건이 받은 편지함에 있습니다.",
    "ほかに {count} 件が受信箱にあります。",
)
FOOT = Text(
    "You are told of this as a member of the organization. Choose how:\n{link}\n",
    "조직의 멤버로서 받는 알림입니다. 받는 방법 선택:\n{link}\n",
    "組織のメンバーとしてお知らせしています。受け取り方の選択:\n{link}\n",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject and text."""

    subject: str
    text: str


def letter(
    items: Sequence[Item], organizations: Mapping[UUID, str], language: Language, app_url: str
) -> Letter:
    """One mail about `items`; a single one gives the subject."""
    told = [_told(each, organizations, language, app_url) for each in items[:MOST]]
    if len(items) > MOST:
        told.append(MORE.render(language, {"count": len(items) - MOST}) + "\n")
    foot = FOOT.render(language, {"link": f"{app_url}/settings/notices"})
    title = words(items[0].category, items[0].kind, items[0].facts, language).title
    subject = title if len(items) == 1 else DIGEST.render(language, {"count": len(items)})
    return Letter(subject, "\n".join([*told, "--", foot]))


def _told(item: Item, organizations: Mapping[UUID, str], language: Language, app_url: str) -> str:
    said = words(item.category, item.kind, item.facts, language)
    place = f"{organizations[item.organization_id]} · {category_name(item.category, language)}"
    return f"{place}\n{said.title}\n{said.body}\n{app_url}{item.link}\n"
