"""Object storage, IAM and the other AWS parts moto has, as one loopback child."""

import sys
from dataclasses import dataclass
from pathlib import Path

from finops_sandbox.processes import Process, http_ready


@dataclass
class Objects:
    """A moto server; it keeps nothing over a restart."""

    directory: Path
    port: int

    def __post_init__(self) -> None:
        self._process = Process(
            "s3",
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            self.directory,
            ready=http_ready(f"{self.url}/moto-api/"),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def processes(self) -> list[Process]:
        return [self._process]

    async def start(self) -> None:
        await self._process.start()

    async def stop(self) -> None:
        await self._process.stop()
