"""Problems that changes of cost groups answer."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class SharedInCircle(Problem):
    code, status = "cost-shared-in-circle", 422
    title = Text(
        "Groups share their cost with each other",
        "그룹이 서로 비용을 분담하고 있습니다",
        "グループが互いに費用を配分しています",
    )
    advice = Text(
        "No group may bear what it shares itself: {circle}. Take one target out.",
        "분담한 비용이 자기 자신에게 돌아올 수 없습니다: {circle}. 대상 하나를 제거하세요.",
        "配分した費用が自分自身に戻ることはできません: {circle}。配分先を 1 つ外してください。",
    )
