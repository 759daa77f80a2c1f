"""The words in charts, in the languages of the product."""

from collections.abc import Mapping

from finops_commitments.figures.domain import Period
from finops_common.i18n import Text

SPAN = Text("{first} to {last}", "{first} ~ {last}", "{first} ~ {last}")
OPEN = Text("not final", "미확정", "未確定")
ENDING_UNKNOWN = Text(
    "{count} more of unknown use",
    "사용량을 알 수 없는 {count}개 제외",
    "使用量不明の {count} 件を除く",
)
UNKNOWN = Text("unknown in {count}", "{count}개 구간 알 수 없음", "{count} 区間は不明")
SUM = Text("Sum", "합계", "合計")
EMPTY = Text("Nothing to show", "표시할 내용이 없습니다", "表示する内容がありません")

UTILIZATION: Mapping[Period, Text] = {
    Period.HOUR: Text("Utilization by hour", "시간별 약정 사용률", "時間別の使用率"),
    Period.DAY: Text("Utilization by day", "일별 약정 사용률", "日別の使用率"),
    Period.MONTH: Text("Utilization by month", "월별 약정 사용률", "月別の使用率"),
}
UTILIZED = Text("utilization {percent} %", "사용률 {percent} %", "使用率 {percent} %")
USED = Text("Used", "사용", "使用")
UNUSED = Text("Unused", "미사용", "未使用")

COVERAGE: Mapping[Period, Text] = {
    Period.HOUR: Text("Coverage by hour", "시간별 약정 적용률", "時間別のカバレッジ"),
    Period.DAY: Text("Coverage by day", "일별 약정 적용률", "日別のカバレッジ"),
    Period.MONTH: Text("Coverage by month", "월별 약정 적용률", "月別のカバレッジ"),
}
COVERED = Text("coverage {percent} %", "적용률 {percent} %", "カバレッジ {percent} %")
AT_LIST = Text("at on-demand price", "온디맨드 가격 기준", "オンデマンド価格ベース")
OWN = Text("Own commitments", "자체 약정", "自アカウントの契約")
SHARED = Text("Shared commitments", "공유된 약정", "共有された契約")
OWNER_UNKNOWN = Text("Owner unknown", "소유자 미상", "所有者不明")
ON_DEMAND = Text("On-demand", "온디맨드", "オンデマンド")

CLIFF = Text(
    "Commitments that end, by 30 days", "30일 단위 만료 예정 약정", "30 日ごとに満了する契約"
)
A_MONTH = Text("amounts of 30 days", "30일 기준 금액", "30 日分の金額")
ENDING_COST = Text("Cost that ends", "종료되는 비용", "終了するコスト")
ENDING_SAVING = Text("Savings that end", "종료되는 절감액", "終了する削減額")
COVERAGE_ENDS = Text("Coverage that ends", "종료되는 적용 금액", "終了するカバー額")

ALTERNATIVES = Text("Alternatives: savings a month", "대안별 월 절감액", "代替案ごとの月間削減額")
NEVER_SUMMED = Text("one or the other, never summed", "택일, 합산 불가", "いずれか一つ、合算しない")
HOURLY = Text("{amount} {currency}/h", "시간당 {amount} {currency}", "毎時 {amount} {currency}")
