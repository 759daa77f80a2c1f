"""Builds everything audit-log is made of from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_audit_log.entries.adapters import RemoteMembers
from finops_audit_log.entries.recorder import Recorder
from finops_audit_log.entries.sealing import PersonalSealer
from finops_audit_log.entries.service import EntryService
from finops_audit_log.patterns.service import PatternService
from finops_audit_log.settings import Settings
from finops_common.essentials import Essentials, essentials


@dataclass(frozen=True)
class Wiring:
    """The use cases of one process."""

    settings: Settings
    essentials: Essentials
    entries: EntryService
    patterns: PatternService
    recorder: Recorder


@asynccontextmanager
async def wire(settings: Settings) -> AsyncIterator[Wiring]:
    """Everything, wired; closed at the end."""
    sealer = PersonalSealer(settings.sealing_keys.get_secret_value())
    async with essentials("audit-log", settings) as shared:
        members = RemoteMembers(shared.client(settings.org_rbac_url, "org-rbac"))
        yield Wiring(
            settings=settings,
            essentials=shared,
            entries=EntryService(shared.database, sealer, members),
            patterns=PatternService(shared.database, members),
            recorder=Recorder(sealer),
        )
