"""Problems that autosavings answers."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class NotEntitled(Problem):
    code, status = "edition-does-not-allow", 402
    title = Text(
        "Your edition does not allow this now",
        "현재 에디션에서는 사용할 수 없습니다",
        "現在のエディションでは利用できません",
    )
    advice = Text(
        "It needs {entitlement}; subscribe to an edition that has it, or settle what is open.",
        "{entitlement} 권한이 필요합니다. 해당 에디션을 구독하거나 미납금을 정산하세요.",
        "{entitlement} が必要です。対応するエディションを契約するか、未払いを精算してください。",
    )


class AccountNotReady(Problem):
    code, status = "cloud-account-not-ready", 409
    title = Text(
        "The cloud account cannot be planned for",
        "계획을 세울 수 없는 클라우드 계정입니다",
        "このクラウドアカウントは計画の対象にできません",
    )
    advice = Text(
        "Mend what why_not lists, grant the missing actions, and try again.",
        "why_not의 항목을 해결하고 missing의 권한을 부여한 뒤 다시 시도하세요.",
        "why_not の項目を解消し、missing の権限を付与してから再試行してください。",
    )


class NothingActive(Problem):
    code, status = "nothing-active", 409
    title = Text(
        "AutoSavings is active for no cloud account",
        "자동 절감이 활성화된 클라우드 계정이 없습니다",
        "自動節約が有効なクラウドアカウントがありません",
    )
    advice = Text(
        "Activate a cloud account first.",
        "먼저 클라우드 계정을 활성화하세요.",
        "先にクラウドアカウントを有効にしてください。",
    )


class ModeNotAvailable(Problem):
    code, status = "mode-not-available", 409
    title = Text(
        "This mode cannot be switched on yet",
        "아직 사용할 수 없는 모드입니다",
        "このモードはまだ利用できません",
    )
    advice = Text(
        "Only dry_run is available: plans are made and nothing is bought.",
        "dry_run만 사용할 수 있습니다. 계획만 세우고 구매하지 않습니다.",
        "dry_run のみ利用できます。計画のみ作成し、購入は行いません。",
    )


class Stopped(Problem):
    code, status = "kill-switch-on", 409
    title = Text(
        "AutoSavings is stopped", "자동 절감이 중지되었습니다", "自動節約は停止されています"
    )
    advice = Text(
        "The {scope} kill switch is on; nothing is planned or bought until it is released.",
        "{scope} 킬 스위치가 켜져 있어 해제할 때까지 계획과 구매가 중단됩니다.",
        "{scope} のキルスイッチがオンのため、解除されるまで計画も購入も行われません。",
    )
