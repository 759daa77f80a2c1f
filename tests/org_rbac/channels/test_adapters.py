"""What a hostile address can do to whoever posts to it."""

import asyncio

import pytest

from finops_org_rbac.channels.adapters import Outgoing


@pytest.mark.req("ORG-40", part="a slow webhook holds up nobody")
async def test_an_answer_that_comes_byte_by_byte_is_given_up() -> None:
    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(100):
            writer.write(b"a")
            await asyncio.sleep(0.1)
        writer.write(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outgoing = Outgoing(private=True, within_s=0.5)

    async with server:
        with pytest.raises(TimeoutError):
            await outgoing.post(f"http://127.0.0.1:{port}/", b"{}", {})
