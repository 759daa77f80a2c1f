"""Problems that questions about costs answer."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class QuestionTooLarge(Problem):
    code, status = "question-too-large", 422
    title = Text(
        "The answer does not fit into memory",
        "결과가 너무 커서 처리할 수 없습니다",
        "結果が大きすぎて処理できません",
    )
    advice = Text(
        "Ask for fewer days, larger spans of time, or a dimension with fewer values.",
        "기간을 줄이거나 시간 단위를 늘리거나 값이 더 적은 항목으로 조회하세요.",
        "期間を短くするか、時間の単位を大きくするか、値の少ない項目で照会してください。",
    )
