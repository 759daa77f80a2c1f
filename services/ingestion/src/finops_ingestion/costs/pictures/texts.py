"""The words in pictures of costs, in the languages of the product."""

from collections.abc import Mapping

from finops_common.i18n import Text
from finops_ingestion.costs.bridge.domain import Effect
from finops_ingestion.costs.domain import Metric

BY_DAY = Text("Cost by day", "일별 비용", "日別コスト")
BY_DAY_AND_GROUP = Text("Cost by day and {by}", "일별·{by}별 비용", "日別・{by}別コスト")
BY_GROUP = Text("Cost by {by}", "{by}별 비용", "{by}別コスト")
BRIDGE = Text("Why the bill changed", "청구 금액이 달라진 이유", "請求額が変わった理由")
DAYS = Text("{first} to {last}", "{first} ~ {last}", "{first} ~ {last}")
TOTAL = Text("total {amount} {currency}", "합계 {amount} {currency}", "合計 {amount} {currency}")
CHANGE = Text("change {amount} {currency}", "변동 {amount} {currency}", "変動 {amount} {currency}")
CUT = Text("bars cut, from {amount} on", "막대 생략, {amount}부터", "バー省略、{amount} から")
OPEN = Text("not final", "미확정", "未確定")
EMPTY = Text(
    "No costs in these days", "이 기간에는 비용이 없습니다", "この期間のコストはありません"
)
ALL = Text("All costs", "전체 비용", "全コスト")
REST = Text("Others", "기타", "その他")
SUM = Text("Sum of the day", "일 합계", "日合計")
UNSTATED = Text("Not stated", "명시되지 않음", "記載なし")
METRICS: Mapping[Metric, Text] = {
    "amortised": Text("amortised", "상각 비용", "償却コスト"),
    "billed": Text("billed", "청구 비용", "請求コスト"),
    "list": Text("list prices", "정가 기준", "定価ベース"),
    "contracted": Text("contracted", "계약 단가 기준", "契約単価ベース"),
}
EFFECTS: Mapping[Effect, Text] = {
    "volume": Text("Volume", "사용량", "使用量"),
    "mix": Text("Mix", "구성", "構成"),
    "price": Text("Price", "단가", "単価"),
    "commitment": Text("Commitments", "약정", "コミットメント"),
    "expiry": Text("Expired commitments", "약정 만료", "コミットメント満了"),
    "credit": Text("Credits", "크레딧", "クレジット"),
    "adjustment": Text("Adjustments", "조정", "調整"),
    "purchase": Text("Purchases", "구매", "購入"),
    "tax": Text("Tax", "세금", "税金"),
}
DIMENSIONS: Mapping[str, Text] = {
    "account": Text("account", "계정", "アカウント"),
    "payer": Text("payer account", "지불 계정", "支払いアカウント"),
    "provider": Text("provider", "클라우드", "クラウド"),
    "service": Text("service", "서비스", "サービス"),
    "region": Text("region", "리전", "リージョン"),
    "zone": Text("zone", "가용 영역", "ゾーン"),
    "sku": Text("SKU", "SKU", "SKU"),
    "usage_type": Text("usage type", "사용 유형", "使用タイプ"),
    "operation": Text("operation", "작업", "オペレーション"),
    "charge_category": Text("charge category", "요금 범주", "料金カテゴリ"),
    "pricing_category": Text("pricing category", "가격 범주", "価格カテゴリ"),
    "commitment": Text("commitment", "약정", "コミットメント"),
    "commitment_type": Text("commitment type", "약정 유형", "コミットメントタイプ"),
    "commitment_status": Text("commitment status", "약정 상태", "コミットメント状態"),
    "instance_type": Text("instance type", "인스턴스 유형", "インスタンスタイプ"),
    "instance_family": Text("instance family", "인스턴스 패밀리", "インスタンスファミリー"),
    "operating_system": Text("operating system", "운영 체제", "OS"),
    "tenancy": Text("tenancy", "테넌시", "テナンシー"),
    "resource": Text("resource", "리소스", "リソース"),
    "cost_group": Text("cost group", "비용 그룹", "コストグループ"),
    "tag": Text("tag {key}", "{key} 태그", "{key} タグ"),
    "cost_category": Text("cost category {key}", "{key} 비용 범주", "{key} コストカテゴリ"),
}
