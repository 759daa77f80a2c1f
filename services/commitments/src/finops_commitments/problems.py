"""Problems that several features of commitments answer."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class TooManyCells(Problem):
    code, status = "too-many-cells", 422
    title = Text(
        "The breakdown has too many cells",
        "세분화 결과가 너무 많습니다",
        "内訳の件数が多すぎます",
    )
    advice = Text(
        "It would have {count} of at most {limit}; ask for a shorter time, longer periods or fewer groups.",
        "최대 {limit}개까지 가능하지만 {count}개입니다. 기간을 줄이거나 더 긴 단위 또는 더 적은 그룹으로 요청하세요.",
        "上限 {limit} 件に対して {count} 件になります。期間を短くするか、より長い単位や少ないグループで要求してください。",
    )


class CurrencyNeeded(Problem):
    code, status = "currency-needed", 422
    title = Text(
        "The records are in several currencies",
        "기록에 여러 통화가 있습니다",
        "レコードに複数の通貨があります",
    )
    advice = Text(
        "Choose one of {currencies} as currency.",
        "{currencies} 중 하나를 currency로 선택하세요.",
        "{currencies} のいずれかを currency に指定してください。",
    )


class HistoryTooShort(Problem):
    code, status = "history-too-short", 422
    title = Text(
        "There is too little history to replay",
        "재현할 이력이 부족합니다",
        "再現するための履歴が足りません",
    )
    advice = Text(
        "Ask again for a payer with {days} days of usage a plan on these terms could cover.",
        "이 조건의 플랜으로 보장할 수 있는 사용량이 {days}일 이상인 지급 계정으로 다시 요청하세요.",
        "この条件のプランで対象になる利用が {days} 日以上ある支払いアカウントを指定してください。",
    )


class PayerNeeded(Problem):
    code, status = "payer-needed", 422
    title = Text(
        "Amounts are for one payer",
        "금액은 결제 계정 하나에만 지정할 수 있습니다",
        "金額は 1 つの支払いアカウントに対してのみ指定できます",
    )
    advice = Text(
        "Choose payer_account_id, and currency where it has several.",
        "payer_account_id를 선택하고, 통화가 여러 개면 currency도 선택하세요.",
        "payer_account_id を指定し、通貨が複数ある場合は currency も指定してください。",
    )


class OfferUnknown(Problem):
    code, status = "offer-unknown", 422
    title = Text(
        "An amount is of something that is not on offer",
        "제공되지 않는 상품의 금액이 지정되었습니다",
        "提供されていないものに金額が指定されています",
    )
    advice = Text(
        "{offer} is not among the offers of the portfolio on these terms; choose one of its `offers`.",
        "{offer}은(는) 이 조건의 포트폴리오 상품에 없습니다. `offers` 중 하나를 선택하세요.",
        "{offer} はこの条件のポートフォリオの提供商品にありません。`offers` のいずれかを選んでください。",
    )


class UsageUnknown(Problem):
    code, status = "usage-unknown", 422
    title = Text(
        "Nothing of this usage is known",
        "해당하는 사용량이 없습니다",
        "該当する使用量がありません",
    )
    advice = Text(
        "None of the payers uses “{usage}”; take service and region as the bill names them.",
        "“{usage}”에 해당하는 사용량이 없습니다. 청구서에 적힌 서비스와 리전 이름을 사용하세요.",
        "「{usage}」に該当する使用量がありません。請求書に書かれたサービスとリージョンの名前を使ってください。",
    )


class AmountUnfit(Problem):
    code, status = "amount-unfit", 422
    title = Text(
        "An amount does not fit its offer",
        "금액이 상품에 맞지 않습니다",
        "量が提供商品に合いません",
    )
    advice = Text(
        "Give reservations by count and plans by hourly_commitment: {offer}.",
        "예약은 count로, 플랜은 hourly_commitment로 지정하세요: {offer}.",
        "予約は count で、プランは hourly_commitment で指定してください: {offer}。",
    )
