"""A catcher of all mail the services send: SMTP in, a page and a small API out."""

import sys
from dataclasses import dataclass
from pathlib import Path

from finops_sandbox.processes import Process, http_ready


@dataclass
class Mail:
    """The catcher as a part of the stack; it keeps the newest mails over a restart."""

    directory: Path
    smtp_port: int
    http_port: int

    def __post_init__(self) -> None:
        command = [sys.executable, "-m", "finops_sandbox", "mail"]
        command += ["--dir", str(self.directory / "mail")]
        command += ["--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)]
        self._process = Process(
            "mail", command, self.directory, ready=http_ready(f"{self.url}/api/mails")
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self.smtp_port}"

    @property
    def processes(self) -> list[Process]:
        return [self._process]

    async def start(self) -> None:
        await self._process.start()

    async def stop(self) -> None:
        await self._process.stop()
