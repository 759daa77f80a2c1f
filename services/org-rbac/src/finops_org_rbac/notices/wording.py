"""The words of notices: a catalogue per kind in three languages, filled with a notice's facts."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from finops_common.contracts.notices import Category
from finops_common.i18n import LANGUAGES, Language

UNKNOWN = "?"
"""Stands for a fact that its publisher did not know."""
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in one language."""

    title: str
    body: str


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return UNKNOWN


def words(category: Category, kind: str, facts: Mapping[str, str], language: Language) -> Words:
    """Title, one line, and body.

    A kind that the catalogue lacks, as a newer publisher's, is shown by its facts. A fact
    whose value the catalogue knows is told by its words, one in several languages by the
    one of `language`.
    """
    lines = _Facts(_spoken({name: _line(value) for name, value in facts.items()}, language))
    said = catalogue()["values"]
    known = {name: said[key] for name, value in lines.items() if (key := f"{name}.{value}") in said}
    found = catalogue()["kinds"].get(kind)
    if found is None:
        listed = "\n".join(f"{name}: {value}" for name, value in sorted(lines.items()))
        return Words(f"{category_name(category, language)}: {_line(kind)}", listed)
    lines |= {name: str(texts[language]).format_map(lines) for name, texts in known.items()}
    template = found[language]
    return Words(template["title"].format_map(lines), template["body"].format_map(lines))


def _spoken(facts: Mapping[str, str], language: Language) -> dict[str, str]:
    found = {}
    for name, value in facts.items():
        fact, _, spoken = name.rpartition(".")
        if spoken not in LANGUAGES:
            found[name] = value
        elif spoken == language:
            found[fact] = value
    return found


def category_name(category: Category, language: Language) -> str:
    """What a person reads for a category."""
    return str(catalogue()["categories"][category][language])


@cache
def catalogue() -> dict[str, dict[str, dict[Language, dict[str, str]]]]:
    """`texts.toml`: categories and values of facts by language, kinds with title and body."""
    found = tomllib.loads((resources.files(__package__) / "texts.toml").read_text("utf-8"))
    return {
        part: {name: {each: texts[each] for each in LANGUAGES} for name, texts in entries.items()}
        for part, entries in found.items()
    }


def _line(value: str) -> str:
    # A title becomes a mail's subject, where a line break would be a header of its own.
    return _BREAKS.sub(" ", value).strip()[:200]
