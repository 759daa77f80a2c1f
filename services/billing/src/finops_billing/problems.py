"""Problems that billing answers."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class TrialUsed(Problem):
    code, status = "trial-used", 409
    title = Text(
        "The company has had its trial",
        "이미 체험판을 사용한 회사입니다",
        "トライアルは利用済みです",
    )
    advice = Text(
        "A company has one trial; subscribe to another edition.",
        "체험판은 회사당 한 번입니다. 다른 에디션을 구독하세요.",
        "トライアルは会社ごとに 1 回です。別のエディションを契約してください。",
    )


class TrialNotOffered(Problem):
    code, status = "trial-not-offered", 409
    title = Text(
        "There is no trial at the moment",
        "현재 체험판을 제공하지 않습니다",
        "現在トライアルは提供していません",
    )
    advice = Text(
        "Subscribe to another edition, or wait for the next campaign.",
        "다른 에디션을 구독하거나 다음 캠페인을 기다려 주세요.",
        "別のエディションを契約するか、次のキャンペーンをお待ちください。",
    )


class AlreadySubscribed(Problem):
    code, status = "already-subscribed", 409
    title = Text(
        "There is a subscription for this already", "이미 구독 중입니다", "すでに契約中です"
    )
    advice = Text(
        "Cancel the {edition} subscription {subscription_id} first.",
        "먼저 {edition} 구독 {subscription_id}을(를) 취소하세요.",
        "先に {edition} の契約 {subscription_id} を解約してください。",
    )
