"""A small evaluator of IAM policies: Allow and Deny, wildcards, the common conditions."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
Policy = Mapping[str, Any]
Context = Mapping[str, str]


def evaluate(
    policies: Iterable[Policy], action: str, resource: str, context: Context | None = None
) -> Decision:
    """What the policies together say; a Deny anywhere wins.

    A condition this evaluator does not know makes an Allow not apply and a Deny apply.
    """
    decision: Decision = "implicitDeny"
    for statement in statements(policies):
        if not _acts_on(statement, action, resource):
            continue
        denies = statement["Effect"] == "Deny"
        if not conditions_hold(statement, context or {}, unknown=denies):
            continue
        if denies:
            return "explicitDeny"
        decision = "allowed"
    return decision


def statements(policies: Iterable[Policy]) -> Iterable[Mapping[str, Any]]:
    """Every statement of the documents."""
    for policy in policies:
        found = policy.get("Statement", [])
        yield from found if isinstance(found, list) else [found]


def as_list(value: object) -> list[str]:
    """IAM's "one or many" as a list of texts."""
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def conditions_hold(statement: Mapping[str, Any], context: Context, *, unknown: bool) -> bool:
    """Whether every condition of the statement holds; `unknown` answers for strange ones."""
    return all(
        _condition(operator, key, as_list(wanted), context, unknown=unknown)
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def _acts_on(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        acts = not _any_like(statement["NotAction"], action, fold=True)
    else:
        acts = _any_like(statement.get("Action", []), action, fold=True)
    if "NotResource" in statement:
        return acts and not _any_like(statement["NotResource"], resource)
    return acts and _any_like(statement.get("Resource", []), resource)


def _any_like(patterns: object, text: str, *, fold: bool = False) -> bool:
    return any(_like(pattern, text, fold=fold) for pattern in as_list(patterns))


def _like(pattern: str, text: str, *, fold: bool = False) -> bool:
    # IAM knows * and ? alone; fnmatch would read brackets as classes.
    plain = pattern.replace("[", "[[]")
    return fnmatchcase(text.lower(), plain.lower()) if fold else fnmatchcase(text, plain)


def _condition(
    operator: str, key: str, wanted: list[str], context: Context, *, unknown: bool
) -> bool:
    name = operator.removesuffix("IfExists")
    actual = {known.lower(): value for known, value in context.items()}.get(key.lower())
    if actual is None:
        return operator != name or name in {"StringNotEquals", "StringNotLike"}
    holds = _OPERATORS.get(name)
    return unknown if holds is None else holds(wanted, actual)


_OPERATORS: Mapping[str, Callable[[list[str], str], bool]] = {
    "StringEquals": lambda wanted, actual: actual in wanted,
    "ArnEquals": _any_like,
    "StringLike": _any_like,
    "ArnLike": _any_like,
    "StringNotEquals": lambda wanted, actual: actual not in wanted,
    "StringNotLike": lambda wanted, actual: not _any_like(wanted, actual),
    "Bool": lambda wanted, actual: actual.lower() in [text.lower() for text in wanted],
}
