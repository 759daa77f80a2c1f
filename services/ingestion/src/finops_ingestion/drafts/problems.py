"""Problems that drafts answer."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class DraftIncomplete(Problem):
    code, status = "draft-incomplete", 409
    title = Text(
        "The draft is not complete", "작성이 끝나지 않았습니다", "下書きが完成していません"
    )
    advice = Text(
        "Answer what the step {step} asks for first.",
        "먼저 {step} 단계의 항목을 입력하세요.",
        "先に {step} のステップの項目を入力してください。",
    )


class TooManyDrafts(Problem):
    code, status = "too-many-drafts", 409
    title = Text(
        "The organization has as many drafts as it may",
        "조직의 초안 개수가 한도에 도달했습니다",
        "組織の下書きが上限に達しました",
    )
    advice = Text(
        "Register or delete one of the {limit} first.",
        "{limit}개 중 하나를 먼저 등록하거나 삭제하세요.",
        "{limit} 件のうち 1 つを先に登録するか削除してください。",
    )
