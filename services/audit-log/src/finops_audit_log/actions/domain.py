"""The vocabulary: one action per event that is recorded, named from its contract."""

import inspect
from dataclasses import dataclass

from finops_common.contracts.catalogue import EVENTS
from finops_common.events.contract import Event

RECORDED: tuple[type[Event], ...] = tuple(event for event in EVENTS if event.audited)
"""Every event but revocations, which repeat facts, and streams of measurements."""


@dataclass(frozen=True, slots=True)
class Action:
    """What an entry can say was done; `action` is its word, `service` who says it."""

    action: str
    service: str
    name: str
    description: str
    target_kind: str


def vocabulary() -> list[Action]:
    """Every action, sorted by its word."""
    return sorted(map(_action, RECORDED), key=lambda each: each.action)


def _action(event: type[Event]) -> Action:
    return Action(
        action=event.name,
        service=event.topic.service,
        name=event.name.replace(".", " ").replace("_", " ").capitalize(),
        description=inspect.getdoc(event) or "",
        target_kind=event.target[0] or event.topic.name.partition(".")[2],
    )
