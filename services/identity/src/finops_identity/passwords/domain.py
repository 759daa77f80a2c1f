"""Which passwords are refused, and why (ID-3). No composition rule, no forced change."""

import unicodedata
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

SHORTEST = 15
SHORTEST_WITH_MFA = 8
LONGEST = 128

Flaw = Literal["too_short", "too_long", "too_common", "contains_identity"]


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """`blocklist` holds lower-case common and breached passwords."""

    blocklist: AbstractSet[str]

    def flaw(
        self, password: str, *, email: str, company_name: str, mfa: bool = False
    ) -> Flaw | None:
        """The first reason to refuse `password`, or None when it is fine."""
        if len(password) < (SHORTEST_WITH_MFA if mfa else SHORTEST):
            return "too_short"
        if len(password) > LONGEST:
            return "too_long"
        plain = unicodedata.normalize("NFKC", password).casefold()
        if self._is_common(plain):
            return "too_common"
        if self.names_its_owner(password, email, company_name):
            return "contains_identity"
        return None

    def names_its_owner(self, password: str, *names: str) -> bool:
        """Whether `password` contains an e-mail, what stands before its @, or a company name."""
        plain = _bare(password)
        parts = {_bare(part) for name in names for part in (name, name.partition("@")[0])}
        # Parts shorter than four characters stand in too many honest passwords.
        return any(len(part) > 3 and part in plain for part in parts)  # noqa: PLR2004 - said above

    def _is_common(self, plain: str) -> bool:
        letters = plain.strip("0123456789!@#$%^&*()-_=+.,?~ ")
        return any(
            text in self.blocklist or _unit(text) in self.blocklist or len(set(text)) < 4  # noqa: PLR2004 - aaab…
            for text in (plain, letters)
        )


def _unit(text: str) -> str:
    """What `text` repeats: passwordpassword is password; itself when it repeats nothing."""
    end = (text + text).find(text, 1)
    return text[:end] if 0 < end < len(text) else text


def _bare(text: str) -> str:
    """Letters and digits only: neither case, form nor a dash between makes it another name."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())
