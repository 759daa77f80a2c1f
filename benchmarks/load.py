"""A small HTTP/1.1 load: keep-alive connections that each ask again as soon as they are answered."""

import asyncio
import time
from statistics import quantiles
from urllib.parse import urlsplit

from sides import Clock

FEWEST = 20
"""Answers; a slow route is asked longer, since a p99 of three means nothing."""
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class _Connection(asyncio.Protocol):
    """One connection; `took` holds the milliseconds of each answer while `counting`."""

    def __init__(self, request: bytes, took: list[float]) -> None:
        self._request = request
        self._took = took
        self._held = b""
        self.first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, body = self._held.partition(_END)
        if not found or len(body) < _length(head):
            return
        self._took.append((time.perf_counter() - self._asked) * 1000)
        self._held = b""
        if not head.startswith(b"HTTP/1.1 200"):
            self._fail(RuntimeError((head + _END + body).decode()[:2000]))
        elif not self.first.done():
            self.first.set_result(body)
        if not self._transport.is_closing():
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the server closed the connection"))

    def _fail(self, error: Exception) -> None:
        if not self.first.done():
            self.first.set_exception(error)
        self._transport.abort()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(self._request)

    def close(self) -> None:
        self._transport.abort()

    @property
    def open(self) -> bool:
        return not self._transport.is_closing()


def _length(head: bytes) -> int:
    line = next(line for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH))
    return int(line.removeprefix(_LENGTH))


async def load(
    url: str,
    headers: dict[str, str],
    *,
    connections: int,
    seconds: float,
    body: bytes = b"",
    warm_up: float = 1.5,
) -> tuple[Clock, dict[str, float], bytes]:
    """GET, or POST a body, for `seconds`: the clock, rate and latencies, and one answer.

    Raises:
        RuntimeError: an answer was not 200.
        ConnectionError: a connection was closed.
    """
    address = urlsplit(url)
    request, took = _request(address.netloc, url, headers, body), list[float]()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(
            lambda: _Connection(request, took), address.hostname or "", address.port or 80
        )
        for _ in range(connections)
    ]
    answers = [await protocol.first for _, protocol in made]
    await asyncio.sleep(warm_up)
    took.clear()
    with Clock() as clock:
        await asyncio.sleep(seconds)
        while len(took) < FEWEST and all(protocol.open for _, protocol in made):
            await asyncio.sleep(0.1)
        counted = list(took)
    if not all(protocol.open for _, protocol in made):
        raise ConnectionError("a connection ended under load: its answer was not 200")
    for _, protocol in made:
        protocol.close()
    cuts = quantiles(counted, n=100)
    figures = {"rate": len(counted) / clock.seconds, "p50_ms": cuts[49], "p99_ms": cuts[98]}
    return clock, figures, answers[0]


def _request(host: str, url: str, headers: dict[str, str], body: bytes) -> bytes:
    address = urlsplit(url)
    path = address.path + (f"?{address.query}" if address.query else "")
    sent = {"Host": host, **headers}
    if body:
        sent |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in sent.items()]
    return "\r\n".join(lines).encode() + _END + body
