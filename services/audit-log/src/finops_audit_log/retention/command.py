"""`python -m finops_audit_log retain`: drops the months whose clock has run out.

A scheduled job of its own, with the owner's database URL, which neither api nor worker holds.
"""

import asyncio
import os
from collections.abc import Mapping

import orjson
from joserfc.jwk import OKPKey

from finops_audit_log.retention.service import RetentionService
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.settings import SettingsError


def run(environ: Mapping[str, str] = os.environ) -> int:
    """Drop what is due and say it; the exit code."""
    for part in asyncio.run(_retain(environ)):
        print(part)
    return 0


async def _retain(environ: Mapping[str, str]) -> list[str]:
    url = _required(environ, "AUDIT_LOG_OWNER_DATABASE_URL")
    key = OKPKey.import_key(orjson.loads(_required(environ, "AUDIT_LOG_SERVICE_KEY")))
    engine = create_engine(url, name="audit-log-retain", pool_size=1)
    try:
        gone = await RetentionService(Database(engine, "audit-log"), key).drop_due()
    finally:
        await engine.dispose()
    return [month.part for month in gone]


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise SettingsError(f"{name}: Field required")
    return value
