"""Calls to others over the one pool of a process."""

import asyncio

import pytest

from finops_common.http import http_client


@pytest.mark.req("PLAT-45", part="a kept connection is given up long before its server closes it")
async def test_a_connection_is_not_kept_as_long_as_servers_keep_it() -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async with server, http_client() as http:
        await http.get(url)
        await http.get(url)
        used_again = connections
        await asyncio.sleep(2.5)
        await http.get(url)

    assert (used_again, connections) == (1, 2)
