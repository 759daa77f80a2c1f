"""The one vocabulary of permissions: `menu:verb`, named in three languages (ORG-11)."""

from enum import StrEnum
from types import MappingProxyType

from finops_common.i18n import Text

MENUS = MappingProxyType(
    {
        "overview": Text("Overview", "개요", "概要"),
        "usage": Text("Usage", "사용량", "使用量"),
        "analytics": Text("Analytics", "분석", "分析"),
        "budgets": Text("Budgets", "예산", "予算"),
        "reports": Text("Reports", "보고서", "レポート"),
        "optimization": Text("Optimization", "최적화", "最適化"),
        "commitments": Text("Commitments", "약정", "コミットメント"),
        "autosavings": Text("AutoSavings", "자동 절감", "自動節約"),
        "cloud-accounts": Text("Cloud accounts", "클라우드 계정", "クラウドアカウント"),
        "members": Text("Members", "멤버", "メンバー"),
        "organizations": Text("Organizations", "조직", "組織"),
        "roles": Text("Roles", "역할", "ロール"),
        "authentication": Text("Authentication", "인증", "認証"),
        "policies": Text("Policies", "정책", "ポリシー"),
        "billing": Text("Billing", "결제", "請求"),
        "security": Text("Security", "보안", "セキュリティ"),
        "api-keys": Text("API keys", "API 키", "API キー"),
        "support": Text("Support", "지원", "サポート"),
        "settings": Text("Settings", "설정", "設定"),
    }
)

VERBS = MappingProxyType(
    {
        "view": Text("View", "보기", "閲覧"),
        "edit": Text("Edit", "편집", "編集"),
        "register": Text("Register", "등록", "登録"),
        "detach": Text("Detach", "연결 해제", "切り離し"),
        "invite": Text("Invite", "초대", "招待"),
        "plan": Text("Plan", "계획", "計画"),
        "approve": Text("Approve", "승인", "承認"),
    }
)

ACTIONS = (
    "cloud-accounts:register",
    "cloud-accounts:detach",
    "members:invite",
    "autosavings:plan",
    "autosavings:approve",
)
"""Beside View and Edit of every menu."""

PERMISSIONS = frozenset(f"{menu}:{verb}" for menu in MENUS for verb in ("view", "edit")).union(
    ACTIONS
)


class Mine(StrEnum):
    """What everybody may do with what is their own; no role gives it.

    PROFILE needs a session alone; the others are taken from who is deactivated
    everywhere (ID-7).
    """

    PROFILE = "me:profile"
    VIEW = "me:view"
    EDIT = "me:edit"


MONEY = frozenset({"autosavings:approve", "autosavings:edit", "billing:edit"})
"""Never answered from memory: each use asks org-rbac (PLAT-30)."""


def name(permission: str) -> Text:
    """What a person reads for `permission`."""
    menu, verb = permission.split(":")
    noun, act = MENUS[menu], VERBS[verb]
    return Text(f"{noun.en}: {act.en}", f"{noun.ko}: {act.ko}", f"{noun.ja}: {act.ja}")
