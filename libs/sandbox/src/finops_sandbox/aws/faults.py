"""Faults on request: what a named operation does wrong the next times it is called."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["throttle", "error", "hang"]


@dataclass
class Fault:
    """`times` calls of service.operation fail; `seconds` is how long a hang lasts."""

    service: str
    operation: str
    kind: Kind
    times: int = 1
    seconds: float = 30.0


@dataclass
class Faults:
    planned: list[Fault] = field(default_factory=list)

    def take(self, service: str, operation: str) -> Fault | None:
        """The fault this call meets, used up by one; None: the call goes well."""
        for fault in self.planned:
            if (fault.service, fault.operation) == (service, operation) and fault.times > 0:
                fault.times -= 1
                return fault
        return None
