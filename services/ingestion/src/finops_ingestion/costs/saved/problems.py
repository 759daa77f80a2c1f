"""Problems that changes of saved queries and dashboards answer."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class SavedByAnother(Problem):
    code, status = "saved-by-another", 403
    title = Text(
        "Somebody else has saved it",
        "다른 사람이 저장한 항목입니다",
        "ほかの人が保存したものです",
    )
    advice = Text(
        "Only who saved it may change it; save a copy of your own.",
        "저장한 사람만 변경할 수 있습니다. 사본을 저장하세요.",
        "変更できるのは保存した本人だけです。自分用のコピーを保存してください。",
    )


class TooManySaved(Problem):
    code, status = "too-many-saved", 409
    title = Text(
        "You have saved as many as you may",
        "저장할 수 있는 개수를 초과했습니다",
        "保存できる数の上限に達しました",
    )
    advice = Text(
        "Delete one of your {limit} first.",
        "저장한 {limit}개 중 하나를 먼저 삭제하세요.",
        "保存済みの {limit} 件のうち 1 つを先に削除してください。",
    )
