"""Between whom commitments are shared inside one AWS payer family."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """The three sharing modes of a payer; the setting at the month's end decides its bill."""

    ORGANIZATION = "organization"
    PRIORITISED_GROUP = "prioritised_group"
    RESTRICTED_GROUP = "restricted_group"


class Circle(StrEnum):
    """Whose usage a commitment covers, nearest first."""

    OWNER = "owner"
    GROUP = "group"
    EVERYBODY = "everybody"


_CIRCLES = {
    Mode.ORGANIZATION: (Circle.OWNER, Circle.EVERYBODY),
    Mode.PRIORITISED_GROUP: (Circle.OWNER, Circle.GROUP, Circle.EVERYBODY),
    Mode.RESTRICTED_GROUP: (Circle.OWNER, Circle.GROUP),
}


@dataclass(frozen=True, slots=True)
class Sharing:
    """A payer's setting: the mode, each account's group, and who neither gives nor takes.

    An account in no group has nobody to share with where sharing is restricted to groups.
    """

    mode: Mode = Mode.ORGANIZATION
    group_of: Mapping[str, str] = field(default_factory=dict)
    off: frozenset[str] = frozenset()

    @property
    def circles(self) -> Sequence[Circle]:
        """The circles of the mode, in the order in which commitments reach out to them."""
        return _CIRCLES[self.mode]

    def members(self, circle: Circle, account: str) -> Hashable | None:
        """What the account shares this circle with; None where it takes no part in it."""
        if circle is Circle.OWNER:
            return account
        if account in self.off:
            return None
        return self.group_of.get(account) if circle is Circle.GROUP else circle
