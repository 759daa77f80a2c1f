"""Texts in the three languages of the product, and which one a request asks for."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ko", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ko", "ja")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in every language; `{name}` stands for a fact filled in later."""

    en: str
    ko: str
    ja: str

    def render(self, language: Language, facts: dict[str, object] | None = None) -> str:
        """The sentence in `language` with its facts filled in."""
        template: str = getattr(self, language)
        return template.format(**facts) if facts else template


def preferred_language(accept_language: str | None) -> Language:
    """The best language for an `Accept-Language` header; English when none fits."""
    ranked: list[tuple[float, int, Language]] = []
    for position, item in enumerate((accept_language or "").split(",")):
        tag, _, parameters = item.strip().partition(";")
        primary, quality = tag.strip().lower().partition("-")[0], _quality(parameters)
        ranked += [
            (-quality, position, known)
            for known in LANGUAGES
            if known == primary and quality > 0  # q=0 means: not this one
        ]
    return min(ranked)[2] if ranked else "en"


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0
