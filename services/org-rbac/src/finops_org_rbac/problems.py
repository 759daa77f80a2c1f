"""Problems that several features of org-rbac answer."""

from finops_common.errors.problem import Problem
from finops_common.i18n import Text


class TooManyOrganizations(Problem):
    code, status = "too-many-organizations", 409
    title = Text(
        "The company has all the organizations it may have",
        "조직 수가 한도에 도달했습니다",
        "組織数が上限に達しています",
    )
    advice = Text(
        "It has {count} of {limit}; delete one first.",
        "{limit}개 중 {count}개를 사용 중입니다. 먼저 하나를 삭제하세요.",
        "{limit} 件中 {count} 件を使用中です。先に 1 件削除してください。",
    )


class NameTaken(Problem):
    code, status = "name-taken", 409
    title = Text("The name is taken", "이미 사용 중인 이름입니다", "この名前は使われています")
    advice = Text(
        "Choose another name; upper and lower case count as the same.",
        "다른 이름을 선택하세요. 대소문자는 구분하지 않습니다.",
        "別の名前を選んでください。大文字と小文字は区別されません。",
    )


class NameNotRepeated(Problem):
    code, status = "name-not-repeated", 422
    title = Text(
        "The typed name does not match",
        "입력한 이름이 일치하지 않습니다",
        "入力された名前が一致しません",
    )
    advice = Text(
        "Type the organization's name exactly to delete it.",
        "삭제하려면 조직 이름을 정확히 입력하세요.",
        "削除するには組織名を正確に入力してください。",
    )


class LastOwner(Problem):
    code, status = "last-owner", 409
    title = Text(
        "A company needs an Owner", "회사에는 소유자가 필요합니다", "会社にはオーナーが必要です"
    )
    advice = Text(
        "Make somebody else an Owner first.",
        "먼저 다른 사람을 소유자로 지정하세요.",
        "先に別の人をオーナーにしてください。",
    )


class StandingTooHigh(Problem):
    code, status = "standing-too-high", 403
    title = Text(
        "Their role is above what you may change",
        "변경할 수 없는 역할입니다",
        "変更できないロールです",
    )
    advice = Text(
        "You change roles of people of equal or lower standing, up to your own; ask an Owner.",
        "자신과 같거나 낮은 역할만 자신의 역할까지 변경할 수 있습니다. 소유자에게 요청하세요.",
        "自分と同等以下の人のロールを自分のロールまでしか変更できません。オーナーに依頼してください。",
    )


class RolesNeeded(Problem):
    code, status = "roles-needed", 422
    title = Text(
        "Name organizations and roles", "조직과 역할을 지정하세요", "組織とロールを指定してください"
    )
    advice = Text(
        "Who is no Owner needs at least one organization with a role.",
        "소유자가 아닌 사람에게는 역할이 있는 조직이 하나 이상 필요합니다.",
        "オーナーでない人には、ロール付きの組織が 1 つ以上必要です。",
    )


class AlreadyMember(Problem):
    code, status = "already-member", 409
    title = Text("They are a member already", "이미 멤버입니다", "すでにメンバーです")
    advice = Text(
        "Change their role in the member list instead.",
        "대신 멤버 목록에서 역할을 변경하세요.",
        "代わりにメンバー一覧でロールを変更してください。",
    )


class InvitationInvalid(Problem):
    code, status = "invitation-invalid", 422
    title = Text(
        "This invitation does not work", "이 초대는 유효하지 않습니다", "この招待は無効です"
    )
    advice = Text(
        "It was used, cancelled, has expired or is for another address; ask for a new one.",
        "이미 사용, 취소, 만료되었거나 다른 주소에 대한 초대입니다. 새 초대를 요청하세요.",
        "使用済み、取消済み、期限切れ、または別のアドレス宛てです。新しい招待を依頼してください。",
    )


class NoticeNeeded(Problem):
    code, status = "notice-needed", 409
    title = Text(
        "Owners must be told of this", "소유자가 받아야 하는 알림입니다", "オーナーに必要な通知です"
    )
    advice = Text(
        "Security and money stay in an Owner's inbox and mail; choose immediate or digest.",
        "보안과 비용 알림은 소유자의 받은 편지함과 메일에서 끌 수 없습니다. 즉시 또는 요약을 선택하세요.",
        "セキュリティとお金の通知は、オーナーの受信箱とメールでは無効にできません。即時またはまとめを選んでください。",
    )


class TooManyChannels(Problem):
    code, status = "too-many-channels", 409
    title = Text(
        "The organization has all the channels it may have",
        "알림 채널 수가 한도에 도달했습니다",
        "通知チャネル数が上限に達しています",
    )
    advice = Text(
        "It has {limit}; remove one first.",
        "한도는 {limit}개입니다. 먼저 하나를 삭제하세요.",
        "上限は {limit} 件です。先に 1 件削除してください。",
    )
