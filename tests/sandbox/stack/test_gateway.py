"""What passes the gateway and what does not, with a real Envoy before an upstream that echoes."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from finops_sandbox.gateway import envoy, start_gateway, write_config
from finops_sandbox.places import free_port
from finops_sandbox.routes import GatewaySettings, load_routes

pytestmark = pytest.mark.xdist_group("own_gateway")

SERVICES = [
    "identity",
    "org-rbac",
    "ingestion",
    "commitments",
    "autosavings",
    "billing",
    "audit-log",
]
ORIGIN = "https://app.example"
UPLOAD = "/ingestion/v1/organizations/1/uploads"


async def echo(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI's own shapes
    """Answers with what reached it; /events sends two events half a second apart."""
    if scope["path"].endswith("/events"):
        await _events(send)
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    headers = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    seen = {"path": scope["path"], "headers": headers, "size": size}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


async def _events(send: Any) -> None:  # noqa: ANN401
    kind = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": kind})
    await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
    await asyncio.sleep(0.5)
    await send({"type": "http.response.body", "body": b"data: 2\n\n"})


@asynccontextmanager
async def an_upstream() -> AsyncIterator[str]:
    port = free_port()
    config = uvicorn.Config(
        echo, host="127.0.0.1", port=port, lifespan="off", log_level="error", interface="asgi3"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # noqa: SLF001 -- serve() takes our signals
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    await serving


@asynccontextmanager
async def a_gateway(folder: Path, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:  # noqa: ANN401
    settings = GatewaySettings(port=free_port(), allowed_origins=[ORIGIN], **changes)
    write_config(folder / "envoy.json", load_routes(), settings)
    process = await start_gateway(folder / "envoy.json")
    try:
        url = f"http://127.0.0.1:{settings.port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield client
    finally:
        await process.stop()


@pytest.fixture(scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with an_upstream() as address:
        upstreams = {name: address for name in [*SERVICES, "docs"] if name != "billing"}
        folder = tmp_path_factory.mktemp("gateway")
        async with a_gateway(folder, upstreams=upstreams) as client:
            yield client


async def _announce(gateway: httpx.AsyncClient, path: str, length: int) -> bytes:
    """The status line for a body that is announced and not sent, which no client library does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.base_url.port)
    head = f"POST {path} HTTP/1.1\r\nhost: gateway\r\ncontent-length: {length}\r\n\r\n"
    writer.write(head.encode())
    status = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return status


async def seen_headers(answer: httpx.Response) -> dict[str, list[str]]:
    assert answer.status_code == 200
    seen: dict[str, list[str]] = {}
    for name, value in answer.json()["headers"]:
        seen.setdefault(name, []).append(value)
    return seen


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "envoy.json"
    write_config(path, load_routes(), GatewaySettings(port=free_port(), upstreams={}))
    return path


def test_envoy_accepts_the_rendered_file(config: Path) -> None:
    checked = subprocess.run(  # noqa: S603 -- the wheel's own program
        [envoy(), "--mode", "validate", "-c", str(config)], capture_output=True, check=False
    )

    assert checked.returncode == 0, checked.stderr.decode()


def test_every_service_is_routed_below_its_own_version_alone() -> None:
    table = load_routes()

    for name in SERVICES:
        paths = [route.path for route in table.routes if route.upstream == name]
        assert paths
        assert all(path.startswith(f"/{name}/v1/") for path in paths)
    assert table.upstreams == ["docs", *SERVICES]


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "billing"])
async def test_a_service_is_reached_by_its_prefix_unchanged(
    gateway: httpx.AsyncClient, service: str
) -> None:
    answer = await gateway.get(f"/{service}/v1/things")

    assert answer.json()["path"] == f"/{service}/v1/things"


@pytest.mark.parametrize(
    "path",
    [
        "/identity/internal/v1/keys",
        "/identity/internal",
        "/identity/metrics",
        "/identity/health/ready",
        "/identity/v1",
        "/identity/v1/../internal/keys",
        "/identity/v1/%2e%2e/internal/keys",
        "/identity//internal/keys",
        "/internal/keys",
        "/metrics",
        "/mails",
        "/unknown/v1/things",
    ],
)
async def test_what_is_not_in_the_table_is_not_found(gateway: httpx.AsyncClient, path: str) -> None:
    request = gateway.build_request("GET", "/")
    request.url = gateway.base_url.copy_with(raw_path=path.encode())

    answer = await gateway.send(request)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "not-found"
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_an_encoded_slash_cannot_hide_a_path(gateway: httpx.AsyncClient) -> None:
    request = gateway.build_request("GET", "/")
    request.url = gateway.base_url.copy_with(raw_path=b"/identity/v1/..%2finternal/keys")

    assert (await gateway.send(request)).status_code == 400


async def test_a_claimed_identity_does_not_pass(gateway: httpx.AsyncClient) -> None:
    claims = dict.fromkeys(load_routes().strip_headers, "root")
    claims |= {"X_User": "root", "X-Envoy-Original-Path": "/internal"}

    seen = await seen_headers(await gateway.get("/identity/v1/me", headers=claims))

    assert [name for name, values in seen.items() if "root" in values] == []
    assert "x-envoy-original-path" not in seen


async def test_a_token_and_a_trace_pass(gateway: httpx.AsyncClient) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = {"authorization": "Bearer t", "x-api-key": "k", "traceparent": trace}

    seen = await seen_headers(await gateway.get("/identity/v1/me", headers=sent))

    assert {name: seen[name] for name in sent} == {name: [value] for name, value in sent.items()}


async def test_the_client_address_is_the_peer_s_whatever_the_client_says(
    gateway: httpx.AsyncClient,
) -> None:
    lies = {"x-forwarded-for": "8.8.8.8", "forwarded": "for=8.8.8.8", "x-real-ip": "8.8.8.8"}

    seen = await seen_headers(await gateway.get("/identity/v1/me", headers=lies))

    # For a peer on loopback Envoy names the machine's own address.
    [address] = seen["x-forwarded-for"]
    assert ip_address(address).version in {4, 6}
    assert "8.8.8.8" not in str(seen)


async def test_every_request_gets_an_id_of_the_gateway(gateway: httpx.AsyncClient) -> None:
    answers = [
        await gateway.get("/identity/v1/me", headers={"x-request-id": "mine"}) for _ in range(2)
    ]

    ids = [(await seen_headers(answer))["x-request-id"] for answer in answers]

    assert ids[0] != ids[1]
    assert ["mine"] not in ids
    assert ids == [[answer.headers["x-request-id"]] for answer in answers]


async def test_only_allowed_origins_are_answered_for_browsers(gateway: httpx.AsyncClient) -> None:
    ask = {"access-control-request-method": "POST"}

    ours = await gateway.options("/identity/v1/me", headers={**ask, "origin": ORIGIN})
    other = await gateway.get("/identity/v1/me", headers={"origin": "https://evil.example"})

    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert "idempotency-key" in ours.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in other.headers


async def test_a_body_over_a_megabyte_is_refused(gateway: httpx.AsyncClient) -> None:
    fits = await gateway.post("/identity/v1/me", content=b"x" * 1_048_576)
    too_large = await gateway.post("/identity/v1/me", content=b"x" * 1_048_577)

    assert fits.json()["size"] == 1_048_576
    assert too_large.status_code == 413
    assert too_large.json()["code"] == "body-too-large"


@pytest.mark.req("ING-10", part="the gateway lets uploads up to 5 GB through")
async def test_an_upload_may_be_larger_but_not_beyond_five_gigabytes(
    gateway: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65_536

    streamed = await gateway.post(UPLOAD, content=chunks())
    announced = await _announce(gateway, UPLOAD, 5 * 2**30 + 1)

    assert streamed.json()["size"] == 64 * 65_536
    assert announced.startswith(b"HTTP/1.1 413")


@pytest.mark.req("PLAT-7", part="server-sent events pass the gateway as they come")
async def test_events_pass_one_by_one(gateway: httpx.AsyncClient) -> None:
    loop = asyncio.get_running_loop()

    async with gateway.stream("GET", "/identity/v1/events") as answer:
        arrived = [(loop.time(), line) async for line in answer.aiter_lines() if line]

    assert [line for _, line in arrived] == ["data: 1", "data: 2"]
    assert arrived[1][0] - arrived[0][0] > 0.3


@pytest.mark.req("PLAT-45", part="the gateway answers 503 with Retry-After")
async def test_a_service_that_is_not_there_is_unavailable(gateway: httpx.AsyncClient) -> None:
    answer = await gateway.get("/billing/v1/invoices")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "service-unavailable"


async def test_too_many_requests_are_told_to_wait(folder: Path) -> None:
    async with (
        an_upstream() as address,
        a_gateway(
            folder, upstreams={"identity": address}, requests_per_second=1, burst=3
        ) as client,
    ):
        answers = [await client.get("/identity/v1/me") for _ in range(6)]

    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["code"] == "rate-limited"


async def test_silence_of_a_service_ends_in_a_timeout(folder: Path) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, a_gateway(folder, upstreams={"identity": address}, idle_seconds=1) as client:
        answer = await client.get("/identity/v1/me")

    assert answer.status_code == 504
    assert answer.json()["code"] == "service-timeout"
