"""The simulator served on a loopback port, with the clients a test or a demo needs."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import aioboto3
import httpx
import uvicorn
from botocore.config import Config

from finops_sandbox.aws.app import create_app
from finops_sandbox.aws.identities import PLATFORM, Clock, system_clock
from finops_sandbox.aws.protocol import Value
from finops_sandbox.aws.templates import Template
from finops_sandbox.world import World

Keys = Mapping[str, str]


@dataclass(frozen=True)
class ServedSimulator:
    """A running simulator; `client` talks to it as the product does."""

    url: str

    @asynccontextmanager
    async def client(
        self,
        service: str,
        keys: Keys | None = None,
        region: str = "us-east-1",
        read_timeout: float = 10,
    ) -> AsyncIterator[Value]:
        """An aioboto3 client with the keys (the platform's by default), one wire attempt."""
        signing = keys or keys_of(PLATFORM.access_key, PLATFORM.secret)
        config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
        async with _factory().client(
            service,
            endpoint_url=self.url,
            region_name=region,
            config=config,
            verify=False,
            **signing,
        ) as client:
            yield client

    async def assume(self, role_arn: str, external_id: str, **given: str | int) -> Keys:
        """Credentials of the role, as keyword arguments of a client."""
        wanted = {"RoleArn": role_arn, "RoleSessionName": "test", "ExternalId": external_id}
        async with self.client("sts") as sts:
            issued = (await sts.assume_role(**{**wanted, **given}))["Credentials"]
        return keys_of(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

    async def run_stack(
        self, account: str, name: str, template: str | Template, parameters: Mapping[str, str]
    ) -> httpx.Response:
        """What a customer's click on the quick-create link does."""
        text = template if isinstance(template, str) else json.dumps(template)
        order = {"account": account, "name": name, "template": text, "parameters": parameters}
        async with httpx.AsyncClient(base_url=self.url) as http:
            return await http.post("/_sandbox/stacks", json=order)

    async def own_bucket(self, account: str, name: str, *, anybody: bool = False) -> None:
        """An account makes a bucket; with `anybody` its policy lets everybody in."""
        order = {"account": account, "name": name, "open": anybody}
        async with httpx.AsyncClient(base_url=self.url) as http:
            (await http.post("/_sandbox/buckets", json=order)).raise_for_status()

    async def delete_stack(self, account: str, name: str) -> httpx.Response:
        """The customer takes the rights away."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            return await http.delete(f"/_sandbox/stacks/{account}/{name}")

    async def plan_fault(
        self,
        service: str,
        operation: str,
        kind: str,
        times: int = 1,
        seconds: float = 30,
        key: str = "",
    ) -> None:
        """The next calls of the operation go wrong, of S3 those of keys that end in `key`."""
        order = {"service": service, "operation": operation, "kind": kind, "key": key}
        async with httpx.AsyncClient(base_url=self.url) as http:
            answer = await http.post(
                "/_sandbox/faults", json={**order, "times": times, "seconds": seconds}
            )
        answer.raise_for_status()

    async def clear_faults(self) -> None:
        """Everything goes well from now on."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            (await http.delete("/_sandbox/faults")).raise_for_status()


@cache
def _factory() -> Value:
    # One for the process: each keeps its own copy of the service models it has read.
    return aioboto3.Session()


def keys_of(access_key: str, secret: str, token: str | None = None) -> Keys:
    """Credentials under the names client factories take."""
    keys = {"aws_access_key_id": access_key, "aws_secret_access_key": secret}
    return keys if token is None else {**keys, "aws_session_token": token}


@dataclass(frozen=True)
class Customer:
    """Runs one template in accounts of a world and hands out sessions of its role.

    The template's output `RoleArn` names the role; `ExternalId` is one of its parameters.
    """

    simulator: ServedSimulator
    world: World
    template: str | Template
    parameters: Mapping[str, str]

    async def run_stack(self, account: str, name: str = "finops") -> httpx.Response:
        """Run the stack; the raw answer, so that a refusal can be looked at."""
        return await self.simulator.run_stack(account, name, self.template, self.parameters)

    async def role(self, account: str) -> str:
        """Run the stack and give its role's ARN."""
        answer = await self.run_stack(account)
        answer.raise_for_status()
        return str(answer.json()["outputs"]["RoleArn"])

    async def keys(self, account: str) -> Keys:
        """Run the stack and assume its role."""
        return await self.simulator.assume(await self.role(account), self.parameters["ExternalId"])


@dataclass
class MovableClock:
    """A clock that stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, amount: timedelta) -> None:
        self.now += amount


@asynccontextmanager
async def serve_simulator(
    worlds: Sequence[World], moto_url: str, clock: Clock = system_clock
) -> AsyncIterator[ServedSimulator]:
    """Serve a fresh simulator in this event loop until the block ends."""
    app = create_app(worlds, moto_url, [PLATFORM], clock)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield ServedSimulator(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            await serving
