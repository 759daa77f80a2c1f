"""How routers get their use cases from the wiring."""

from typing import Annotated

from fastapi import Depends

from finops_audit_log.entries.service import EntryService
from finops_audit_log.patterns.service import PatternService
from finops_common.app import wired

Entries = Annotated[EntryService, Depends(wired("entries"))]
Patterns = Annotated[PatternService, Depends(wired("patterns"))]
