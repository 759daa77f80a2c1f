"""Why a recommendation is what it is, in words made from its figures alone (COM-44)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from finops_commitments.offers.domain import Kind, PaymentOption, Terms
from finops_commitments.offers.packing import Plan
from finops_commitments.recommendations.titles import terms_of, title_of
from finops_common.i18n import Language, Text
from finops_common.pictures.domain import tenths, written

UNKNOWN = "?"
"""Stands for a figure that does not exist."""

Facts = Mapping[str, Any]

_MONEY = frozenset(
    (
        *("monthly_savings", "saved", "total_commitment", "upfront", "monthly_on_demand_before"),
        *("monthly_usage_added", "recent_hourly_usage", "usual_hourly_usage"),
    )
)
"""Amounts that are said in the minor unit of their currency; what is to be committed is exact."""

_NOTHING = Text(
    "Buy nothing now.",
    "지금은 구매하지 마세요.",
    "今は購入しないでください。",
)
_NO_SAVING = Text(
    "No offer saves beside what is owned, within the limits asked for.",
    "요청한 한도 안에서는 보유 약정 외에 절감되는 상품이 없습니다.",
    "指定された上限の範囲では、保有分のほかに節約できる提供はありません。",
)
_GUARDS = {
    "baseline": Text(
        "Aimed at is {percent} % of what was best, in the whole time looked back on and in its last month, whichever is less.",
        "살펴본 전체 기간과 마지막 한 달 각각의 최적 금액 중 작은 쪽의 {percent}%를 목표로 합니다.",
        "振り返った全期間と直近一か月それぞれの最適額のうち、小さいほうの {percent} % を目標とします。",
    ),
    "spike": Text(
        "Recent usage, {recent_hourly_usage} {currency} an hour, is over {percent} % above the usual {usual_hourly_usage}: the spike is not bought for.",
        "최근 사용량(시간당 {recent_hourly_usage} {currency})이 평소({usual_hourly_usage})보다 {percent}% 넘게 높아, 급증분은 약정하지 않습니다.",
        "直近の使用量 (毎時 {recent_hourly_usage} {currency}) が通常 ({usual_hourly_usage}) を {percent} % 超上回っているため、急増分はコミットしません。",
    ),
    "fall": Text(
        "Recent usage, {recent_hourly_usage} {currency} an hour, is over {percent} % below the {usual_hourly_usage} before: wait until it is clear where it ends.",
        "최근 사용량(시간당 {recent_hourly_usage} {currency})이 이전({usual_hourly_usage})보다 {percent}% 넘게 줄었습니다. 어디까지 줄어드는지 분명해질 때까지 기다리세요.",
        "直近の使用量 (毎時 {recent_hourly_usage} {currency}) が以前 ({usual_hourly_usage}) を {percent} % 超下回っています。どこで落ち着くか明らかになるまで待ってください。",
    ),
    "minimum_saving": Text(
        "What could be bought saves less than {percent} % of what is paid on demand.",
        "구매로 얻는 절감액이 온디맨드 비용의 {percent}%에 못 미칩니다.",
        "購入による節約額はオンデマンド費用の {percent} % に届きません。",
    ),
}
_PLANNED = Text(
    "The planned change “{name}” of {starts_on}, {confidence_percent} % likely, adds {monthly_usage_added} {currency} of usage a month on average; a negative amount takes away.",
    "계획된 변경 “{name}”({starts_on}, 가능성 {confidence_percent}%): 월평균 사용량 변화 {monthly_usage_added} {currency}.",
    "予定された変更「{name}」 ({starts_on}、確度 {confidence_percent} %): 月平均の使用量の変化 {monthly_usage_added} {currency}。",
)
_PART = Text(
    "{offer}: commit {hourly_commitment} {currency} an hour. {total_commitment} {currency} over the term, of which {upfront} {currency} at the start.",
    "{offer}: 시간당 {hourly_commitment} {currency} 약정. 기간 총액 {total_commitment} {currency}, 시작 시 지불액 {upfront} {currency}.",
    "{offer}: 毎時 {hourly_commitment} {currency} をコミット。期間総額 {total_commitment} {currency}、開始時の支払い {upfront} {currency}。",
)
_RESERVED = Text(
    "{offer}: buy {count}. {total_commitment} {currency} over the term, of which {upfront} {currency} at the start.",
    "{offer}: {count}개 구매. 기간 총액 {total_commitment} {currency}, 시작 시 지불액 {upfront} {currency}.",
    "{offer}: {count} 個購入。期間総額 {total_commitment} {currency}、開始時の支払い {upfront} {currency}。",
)
_SAVES = Text(
    "This saves {monthly_savings} {currency} a month.",
    "월 예상 절감액: {monthly_savings} {currency}.",
    "毎月の節約見込み: {monthly_savings} {currency}。",
)
_LOSES = Text(
    "The result is {monthly_savings} {currency} a month: a loss.",
    "월 예상 결과: {monthly_savings} {currency} (손실).",
    "毎月の見込み: {monthly_savings} {currency} (損失)。",
)
_OPEN = Text(
    "Were the hours ahead as the {hours} looked back on, {monthly_on_demand_before} {currency} a month would be paid on demand beside what is owned.",
    "앞으로의 사용량이 살펴본 {hours}시간과 같다면, 보유 약정 외에 온디맨드로 월 {monthly_on_demand_before} {currency}을 지불하게 됩니다.",
    "今後の使用量が振り返った {hours} 時間と同じなら、保有分のほかに毎月 {monthly_on_demand_before} {currency} をオンデマンドで支払うことになります。",
)
_BEFORE = Text(
    "What is owned would cover {coverage_before_percent} %.",
    "보유 약정의 적용률은 {coverage_before_percent}%입니다.",
    "保有分のカバー率は {coverage_before_percent} % です。",
)
_COVERED = Text(
    "With it {coverage_after_percent} % would be covered.",
    "구매 후 적용률은 {coverage_after_percent}%입니다.",
    "購入後のカバー率は {coverage_after_percent} % です。",
)
_FALL = Text(
    "If usage falls by {fall} %, it saves {saved} {currency} a month; a negative amount is a loss.",
    "사용량이 {fall}% 줄면 월 절감액은 {saved} {currency}입니다(음수는 손실).",
    "使用量が {fall} % 減ると、毎月の節約額は {saved} {currency} です (負の値は損失)。",
)
_STALE = Text(
    "The prices of {offers_dated} are too old to buy on.",
    "{offers_dated}의 가격은 구매에 쓰기에 너무 오래되었습니다.",
    "{offers_dated} の価格は古すぎるため、購入の根拠にできません。",
)
_ASSUMED = Text(
    "Usage goes on as in the {hours} hours looked back on; prices are those of {offers_dated}.",
    "사용량은 살펴본 {hours}시간과 같다고 보며, 가격은 {offers_dated} 기준입니다.",
    "使用量は振り返った {hours} 時間と同じと仮定し、価格は {offers_dated} のものです。",
)


_AZURE_EVEN = Text(
    "Azure's bills tell days: each is taken as even over its 24 hours. Usage that comes and goes within a day is covered less than stated.",
    "Azure 청구서는 일 단위이므로 하루 사용량이 24시간에 고르게 나뉜다고 봅니다. 하루 안에서 변동하는 사용량은 표시된 것보다 덜 적용됩니다.",
    "Azure の請求は日単位のため、一日の使用量は 24 時間に均等と仮定します。一日の中で変動する使用量は、表示より少なくカバーされます。",
)
_AZURE_RETAIL = Text(
    "Rates are Azure's retail prices, committed over on demand; prices negotiated with Microsoft may differ.",
    "요율은 Azure 소매 가격(약정 가격 ÷ 온디맨드 가격)이며, Microsoft와 협의한 가격과 다를 수 있습니다.",
    "料率は Azure の小売価格 (コミット価格 ÷ オンデマンド価格) によるもので、Microsoft との個別価格とは異なる場合があります。",
)
_AZURE_MONTHLY = Text(
    "Azure takes the same for monthly payments (No Upfront) as for all at the start (All Upfront).",
    "Azure에서는 월별 결제(No Upfront)와 일시불(All Upfront)의 총액이 같습니다.",
    "Azure では月払い (No Upfront) と一括前払い (All Upfront) の総額は同じです。",
)
_AZURE_PLAN_STAYS = Text(
    "An Azure savings plan can be neither cancelled nor exchanged.",
    "Azure 절약 플랜은 취소하거나 교환할 수 없습니다.",
    "Azure 節約プランは取り消しも交換もできません。",
)
_AZURE_REFUNDS = Text(
    "Azure refunds reservations up to 50,000 USD of what is left of them in any 12 months, all of a billing profile together.",
    "Azure는 청구 프로필 전체 기준으로 12개월 동안 예약의 잔여 금액 50,000 USD까지 환불합니다.",
    "Azure は予約の残額を、課金プロファイル全体で 12 か月に 50,000 USD まで返金します。",
)
_SUSTAINED = Text(
    "{offer} is {discount_off_list_percent} % below list, but {discount_off_on_demand_percent} % below what the usage costs on demand: Google takes sustained-use discount off what no commitment covers.",
    "{offer}: 정가보다 {discount_off_list_percent}% 낮지만, 실제 온디맨드 비용과 비교하면 {discount_off_on_demand_percent}% 낮습니다. 약정이 적용되지 않은 사용량에는 Google의 지속 사용 할인이 적용되기 때문입니다.",
    "{offer}: 定価より {discount_off_list_percent} % 低いものの、実際のオンデマンド費用との比較では {discount_off_on_demand_percent} % です。コミットメントが適用されない使用量には Google の継続利用割引が適用されるためです。",
)
_NOT_CANCELLED = Text(
    "Google cancels no commitment: it is paid to the end of its term, used or not.",
    "Google 약정은 취소할 수 없으며, 사용 여부와 관계없이 기간이 끝날 때까지 지불합니다.",
    "Google のコミットメントは取り消せず、使用の有無にかかわらず期間の終わりまで支払います。",
)

_STAYS = {
    Kind.AZURE_SAVINGS_PLAN: _AZURE_PLAN_STAYS,
    Kind.AZURE_RESERVATION: _AZURE_REFUNDS,
    Kind.RESOURCE_BASED_CUD: _NOT_CANCELLED,
    Kind.FLEXIBLE_CUD: _NOT_CANCELLED,
}
"""What is said of commitments that cannot be given back as those of AWS can, by their kind."""


class Reasons(BaseModel):
    """Sentences in the language of Accept-Language, made from the figures beside them alone."""

    what: list[str]
    why_now: list[str]
    what_could_go_wrong: list[str]
    assumed: list[str]


def reasons(figures: Facts, bought: Sequence[Facts], language: Language) -> Reasons:
    """The words for figures as they stand on the wire; each number is one of theirs.

    Money is rounded as on invoices, percentages to tenths.

    Args:
        figures: of a variant or a portfolio, as JSON.
        bought: its parts, each with what it reaches, its terms, hourly_commitment or count,
            total_commitment and upfront.
        language: of the sentences.
    """

    def say(text: Text, **more: object) -> str:
        facts = {**figures, **more}
        return text.render(
            language, {k: _said(k, v, figures["currency"]) for k, v in facts.items()}
        )

    def part(each: Facts) -> str:
        return say(_RESERVED if each.get("count") else _PART, **{**each, "offer": called(each)})

    def called(each: Facts) -> str:
        terms = Terms(each["term_years"], PaymentOption(each["payment_option"]))
        return f"{title_of(_plan(each))} ({', '.join(terms_of(terms, language))})"

    def risks() -> Iterator[str]:
        if bought:
            for fall, saved in figures["monthly_savings_if_usage_falls"].items():
                yield say(_FALL, fall=fall, saved=saved)
        stays = (_STAYS.get(_plan(each).kind) for each in bought)
        yield from (say(each) for each in dict.fromkeys(stays) if each)
        if figures["stale_offers"]:
            yield say(_STALE)

    on_azure = figures.get("provider") == "Microsoft"
    loses = str(figures["monthly_savings"]).startswith("-")
    guards = {each["guard"]: say(_GUARDS[each["guard"]], **each) for each in figures["guards"]}

    def nothing() -> Iterator[str]:
        yield say(_NOTHING)
        yield guards.get("fall") or guards.get("minimum_saving") or say(_NO_SAVING)

    return Reasons(
        what=[*map(part, bought), say(_LOSES if loses else _SAVES)] if bought else [*nothing()],
        why_now=[
            say(_OPEN),
            *([] if figures["coverage_before_percent"] is None else [say(_BEFORE)]),
            *([say(_COVERED)] if bought and figures["coverage_after_percent"] is not None else []),
        ],
        what_could_go_wrong=list(risks()),
        assumed=[
            say(_ASSUMED),
            *(map(say, (_AZURE_EVEN, _AZURE_RETAIL, _AZURE_MONTHLY)) if on_azure else ()),
            *(
                say(_SUSTAINED, **{**each, "offer": called(each)})
                for each in bought
                if _is_sustained(each)
            ),
            *(guards[each] for each in ("baseline", "spike") if each in guards),
            *(say(_PLANNED, **each) for each in figures["planned_changes"]),
        ],
    )


def _said(name: str, value: object, currency: str) -> object:
    if value is None:
        return UNKNOWN
    if name in _MONEY:
        return written(Decimal(str(value)), currency)
    if name.endswith("_percent"):
        return tenths(Decimal(str(value)))
    return value


def _plan(part: Facts) -> Plan:
    reach = (part[name] for name in Plan._fields if name != "kind")
    return Plan(Kind[part["commitment_type"].upper()], *reach)


def _is_sustained(part: Facts) -> bool:
    off_list, off_on_demand = (
        part.get(f"discount_off_{price}_percent") for price in ("list", "on_demand")
    )
    return off_list is not None and off_list != off_on_demand
