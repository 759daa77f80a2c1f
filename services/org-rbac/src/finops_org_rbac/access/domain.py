"""Which permissions a role holds, and who may change whose role (ORG-10, ORG-12)."""

from dataclasses import dataclass
from typing import Literal

from finops_common.auth.permissions import MENUS, PERMISSIONS

Role = Literal["owner", "admin", "read_write", "member"]
STANDING: dict[Role, int] = {"member": 0, "read_write": 1, "admin": 2, "owner": 3}

_DATA = (
    "overview",
    "usage",
    "analytics",
    "budgets",
    "reports",
    "optimization",
    "commitments",
    "autosavings",
)
_MEMBER = frozenset(f"{menu}:view" for menu in (*_DATA, "cloud-accounts", "support")) | {
    "support:edit"
}
_READ_WRITE = (
    _MEMBER
    | frozenset(f"{menu}:view" for menu in MENUS if menu != "billing")
    | frozenset(f"{menu}:edit" for menu in (*_DATA, "cloud-accounts") if menu != "autosavings")
    | {"cloud-accounts:register", "autosavings:plan"}
)
_ADMIN = _READ_WRITE | {"members:edit", "members:invite"}

GRANTS: dict[Role, frozenset[str]] = {
    "owner": PERMISSIONS,
    "admin": _ADMIN,
    "read_write": _READ_WRITE,
    "member": _MEMBER,
}
"""What each role holds in an organization. An Owner holds everything in every one."""

_EVERYBODY = frozenset({"organizations:view"})
IN_COMPANY: dict[Role, frozenset[str]] = {
    "owner": PERMISSIONS,
    "admin": _EVERYBODY | {"members:invite"},
    "read_write": _EVERYBODY,
    "member": _EVERYBODY,
}
"""What a role in any organization holds in the company as a whole."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's place in a company: Owner or not, active or not, a role per organization."""

    owner: bool
    active: bool
    roles: dict[str, Role]
    version: int

    def role_in(self, organization: str) -> Role | None:
        """The role that counts in `organization`; None: sealed off from it."""
        return "owner" if self.owner else self.roles.get(organization)

    def in_company(self) -> frozenset[str]:
        """Permissions in the company as a whole."""
        held: list[Role] = ["owner"] if self.owner else list(self.roles.values())
        return _EVERYBODY.union(*(IN_COMPANY[role] for role in held))


def may_change(actor: Role | None, subject: Role | None, wanted: Role | None) -> bool:
    """Whether `actor` may turn a `subject` into a `wanted` (None: not a member).

    Only Owners and Admins; only people of equal or lower standing; nobody gives what
    they do not hold; only an Owner makes or unmakes an Owner.
    """
    if actor not in {"owner", "admin"}:
        return False
    highest = max(STANDING[role] for role in (subject, wanted) if role) if subject or wanted else 0
    return STANDING[actor] >= highest
