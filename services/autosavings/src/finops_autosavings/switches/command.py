"""`python -m finops_autosavings kill-switch stop|release --reason …`: the whole platform."""

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence

from finops_autosavings.settings import Settings
from finops_autosavings.switches.service import SwitchService
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database


def run(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Set the platform's switch and say what it did; the exit code."""
    parser = argparse.ArgumentParser(prog="finops_autosavings kill-switch")
    parser.add_argument("action", choices=["stop", "release"])
    parser.add_argument("--reason", required=True, help="kept in the audit log")
    chosen = parser.parse_args(arguments)
    settings = Settings.from_environment("AUTOSAVINGS_", environ)
    changed = asyncio.run(_set(settings, stopped=chosen.action == "stop", reason=chosen.reason))
    state = "stopped" if chosen.action == "stop" else "released"
    print(f"platform {state}" if changed else f"platform was {state} already")
    return 0


async def _set(settings: Settings, *, stopped: bool, reason: str) -> bool:
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, name="autosavings-kill-switch", pool_size=1)
    try:
        service = SwitchService(Database(engine, "autosavings"))
        return await service.set_platform(stopped=stopped, reason=reason)
    finally:
        await engine.dispose()
