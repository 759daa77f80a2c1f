"""Patterns on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from finops_audit_log.patterns.domain import HOURS, Pattern, Patterns


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone of the IANA database")
    return name


Timezone = Annotated[
    str,
    Query(max_length=60, description="whose hours, IANA", examples=["Asia/Seoul"]),
    AfterValidator(_timezone),
]


class HourView(BaseModel):
    hour: int = Field(ge=0, lt=HOURS)
    log_ins: int
    failed: int


class DeviceView(BaseModel):
    """Null where the browser said nothing known."""

    browser: str | None
    operating_system: str | None
    device: str | None
    log_ins: int


class PatternView(BaseModel):
    by_hour: list[HourView] = Field(description="24, from midnight")
    by_device: list[DeviceView] = Field(description="most used first")


class PersonPatternView(PatternView):
    user_id: UUID


class PatternsView(BaseModel):
    since: datetime
    until: datetime
    timezone: str
    team: PatternView
    people: list[PersonPatternView] = Field(description="the 100 who log in most, most first")


def view(patterns: Patterns) -> PatternsView:
    return PatternsView(
        since=patterns.since,
        until=patterns.until,
        timezone=patterns.timezone,
        team=_pattern(patterns.team),
        people=[
            PersonPatternView(user_id=user_id, **dict(_pattern(pattern)))
            for user_id, pattern in patterns.people
        ],
    )


def _pattern(pattern: Pattern) -> PatternView:
    return PatternView(
        by_hour=[
            HourView(hour=hour, log_ins=pattern.log_ins[hour], failed=pattern.failed[hour])
            for hour in range(HOURS)
        ],
        by_device=[
            DeviceView(
                browser=device.browser,
                operating_system=device.operating_system,
                device=device.device,
                log_ins=log_ins,
            )
            for device, log_ins in pattern.devices.most_common()
        ],
    )
