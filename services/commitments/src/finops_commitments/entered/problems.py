"""Problems that entering answers."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class TooManyEntered(Problem):
    code, status = "too-many-entered", 409
    title = Text(
        "There are as many as there may be",
        "등록할 수 있는 개수를 초과했습니다",
        "登録できる数の上限に達しました",
    )
    advice = Text(
        "Delete one of the {limit} first.",
        "등록한 {limit}개 중 하나를 먼저 삭제하세요.",
        "登録済みの {limit} 件のうち 1 つを先に削除してください。",
    )
