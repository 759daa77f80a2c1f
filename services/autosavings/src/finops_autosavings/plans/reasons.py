"""The words of a plan: why an item, why none, why it is held; built from the figures."""

from finops_autosavings.plans.domain import Item, Limit, WhyHeld, WhyWithheld
from finops_common.i18n import Language, Text
from finops_common.money import plain

_BUY = Text(
    "{usage} of eligible usage is covered; committing {gap} per hour would save {saving} a month. "
    "This week: {amount} per hour, {limit}.",
    "대상 사용량의 {usage}이(가) 약정으로 적용됩니다. 시간당 {gap} 약정 시 월 {saving} 절감됩니다. "
    "이번 주: 시간당 {amount}, {limit}.",
    "対象使用量の {usage} がカバーされています。1 時間あたり {gap} の契約で月 {saving} 節約できます。"
    "今週: 1 時間あたり {amount}、{limit}。",
)
_DOWNSIDE = Text(
    "The commitment of {total} is owed for {years} year(s) even if usage falls; it can be returned "
    "until {until} only.",
    "사용량이 줄어도 {years}년간 {total} 약정을 지불해야 하며, {until}까지만 반환할 수 있습니다.",
    "使用量が減っても {years} 年間 {total} の契約が残り、返品できるのは {until} までです。",
)
_LIMITS: dict[Limit, Text] = {
    "weekly_share": Text("the weekly share", "주간 비율 기준", "週ごとの割合による"),
    "cap": Text("limited by a cap", "한도에 따라 제한됨", "上限による制限"),
    "upfront_cap": Text(
        "limited by the cap on upfront cash", "선결제 한도에 따라 제한됨", "前払い上限による制限"
    ),
}
WITHHELD: dict[WhyWithheld, Text] = {
    "no_saving": Text("Nothing to save.", "절감할 것이 없습니다.", "節約できるものがありません。"),
    "target_reached": Text(
        "The target coverage is reached.",
        "목표 적용률에 도달했습니다.",
        "目標カバー率に達しています。",
    ),
    "utilization_below_minimum": Text(
        "Expected utilization is below the policy's minimum.",
        "예상 사용률이 정책의 최소값보다 낮습니다.",
        "想定使用率がポリシーの下限を下回ります。",
    ),
    "utilization_unknown": Text(
        "Expected utilization is not known.",
        "예상 사용률을 알 수 없습니다.",
        "想定使用率が不明です。",
    ),
    "term_too_long": Text(
        "The term is longer than the policy allows.",
        "기간이 정책 허용보다 깁니다.",
        "期間がポリシーの許容より長いです。",
    ),
    "type_not_allowed": Text(
        "The policy does not allow this type.",
        "정책에서 허용하지 않는 유형입니다.",
        "ポリシーで許可されていない種類です。",
    ),
    "regions_restricted": Text(
        "The policy names regions; this type covers all of them.",
        "정책에 리전이 지정되어 있으나 이 유형은 모든 리전에 적용됩니다.",
        "ポリシーはリージョンを限定していますが、この種類は全リージョンに適用されます。",
    ),
    "prices_stale": Text(
        "Prices are older than 7 days.", "가격이 7일 이상 지났습니다.", "価格が 7 日より古いです。"
    ),
    "currency_differs": Text(
        "The policy's limits are in another currency.",
        "정책 한도의 통화가 다릅니다.",
        "ポリシーの上限は別の通貨です。",
    ),
    "payer_is_reseller": Text(
        "The payer belongs to a reseller: a commitment serves one end customer.",
        "결제 계정이 리셀러 소유입니다. 약정은 최종 고객 한 곳에만 적용됩니다.",
        "支払いアカウントはリセラーのものです。契約は 1 社の最終顧客に限られます。",
    ),
    "uploads_only": Text(
        "The figures come from uploads, which prove no ownership.",
        "업로드 자료만으로는 소유권이 확인되지 않습니다.",
        "アップロードだけでは所有が確認できません。",
    ),
    "cap_reached": Text("A cap is reached.", "한도에 도달했습니다.", "上限に達しています。"),
}
HELD: dict[WhyHeld, Text] = {
    "data_missing": Text(
        "There are no data yet.", "아직 데이터가 없습니다.", "まだデータがありません。"
    ),
    "data_stale": Text(
        "Data are older than 48 hours.",
        "데이터가 48시간 이상 지났습니다.",
        "データが 48 時間より古いです。",
    ),
    "import_failed": Text(
        "The last import failed.",
        "마지막 가져오기에 실패했습니다.",
        "最後の取り込みに失敗しました。",
    ),
    "account_change_pending": Text(
        "A change of the account is pending.",
        "계정 변경이 진행 중입니다.",
        "アカウントの変更が保留中です。",
    ),
    "account_not_connected": Text(
        "The connection of the account needs mending.",
        "계정 연결을 복구해야 합니다.",
        "アカウントの接続を直す必要があります。",
    ),
    "account_missing": Text(
        "The account is no longer connected.",
        "계정이 더 이상 연결되어 있지 않습니다.",
        "アカウントはもう接続されていません。",
    ),
}


def reason(item: Item, currency: str, language: Language) -> str:
    """Why to buy it, why now, and why no more."""
    before = item.advice.coverage_before_percent
    facts: dict[str, object] = {
        "usage": "0 %" if before is None else f"{plain(round(before, 1))} %",
        "gap": f"{plain(item.advice.hourly_commitment)} {currency}",
        "saving": f"{plain(item.advice.monthly_savings)} {currency}",
        "amount": f"{plain(item.hourly_commitment)} {currency}",
        "limit": _LIMITS[item.limited_by].render(language),
    }
    return _BUY.render(language, facts)


def downside(item: Item, currency: str, language: Language) -> str:
    """What could go wrong."""
    facts: dict[str, object] = {
        "total": f"{plain(item.total_commitment)} {currency}",
        "years": item.term_years,
        "until": f"{item.return_until:%Y-%m-%d %H:%M} UTC",
    }
    return _DOWNSIDE.render(language, facts)
