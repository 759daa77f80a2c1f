"""Serves the simulated AWS on a loopback port from a configuration file (JSON or YAML)."""

import argparse
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from fastapi import FastAPI

from finops_sandbox.aws.app import create_app
from finops_sandbox.aws.identities import Caller, system_clock
from finops_sandbox.world import World, build_world
from finops_sandbox.world.scenario import DEFAULT_PAYER


def main() -> None:
    """Read the configuration and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m finops_sandbox.aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--config", type=Path, required=True)
    options = parser.parse_args()
    config = yaml.safe_load(options.config.read_text("utf-8"))
    uvicorn.run(app_of(config), host=options.host, port=options.port, log_level="warning")


def app_of(config: Mapping[str, Any]) -> FastAPI:
    """The app of a configuration.

    Keys: `moto_url`; `callers`, each access_key, secret, arn; `worlds`, each seed and, if
    wanted, payer, now (the present hour by default), months, anchor (YYYY-MM).
    """
    callers = [Caller(**caller) for caller in config.get("callers", [])]
    worlds = [_world(world) for world in config["worlds"]]
    return create_app(worlds, config["moto_url"], callers)


def _world(config: Mapping[str, Any]) -> World:
    now, anchor = config.get("now"), config.get("anchor")
    return build_world(
        seed=config["seed"],
        now=system_clock() if now is None else _instant(now),
        payer=config.get("payer", DEFAULT_PAYER),
        months=config.get("months", 13),
        anchor=date.fromisoformat(f"{anchor}-01") if anchor else None,
    )


def _instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


if __name__ == "__main__":
    main()
