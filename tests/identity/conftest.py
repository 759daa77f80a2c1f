"""identity and org-rbac, running, and people who use them."""

import asyncio
import itertools
import os
import re
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import SecretStr

from finops_common.clock import utc_now
from finops_common.contracts.catalogue import topics_of
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, decode_headers, from_record
from finops_common.testing.databases import Databases
from finops_common.testing.services import House, Running
from finops_identity.main import SERVICE, create_app
from finops_identity.settings import Settings
from finops_identity.worker import work
from finops_org_rbac.main import SERVICE as ORG_RBAC
from finops_sandbox.places import free_port
from finops_sandbox.stack import Stack

PASSWORD = "four words nobody guesses"  # gitleaks:allow - a test's password
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
_numbers = itertools.count(1)
E = TypeVar("E", bound=Event)


@dataclass
class Person:
    """Somebody with a browser: keeps the tokens of their last log-in."""

    identity: str
    http: httpx.AsyncClient
    mail_url: str
    email: str = field(
        default_factory=lambda: f"ada{next(_numbers)}-{secrets.token_hex(4)}@example.com"
    )
    password: str = PASSWORD
    tokens: dict[str, Any] = field(default_factory=dict)
    user_agent: str = CHROME
    address: str = field(
        default_factory=lambda: f"198.51.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
    )

    async def ask(
        self, method: str, path: str, json: object = None, **headers: str
    ) -> httpx.Response:
        """Call identity, with the access token when there is one."""
        sent = {"User-Agent": self.user_agent, "X-Forwarded-For": self.address}
        if "access_token" in self.tokens:
            sent["Authorization"] = f"Bearer {self.tokens['access_token']}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(
            method, f"{self.identity}/identity/v1{path}", json=json, headers=sent | named
        )

    async def sign_up(self, **changes: object) -> httpx.Response:
        body = {
            "email": self.email,
            "password": self.password,
            "full_name": "Ada Lovelace",
            "company_name": "Analytical Engines",
            "terms_version": "2026-10-01",
            "privacy_version": "2026-10-01",
        }
        return await self.ask("POST", "/accounts", body | changes)

    async def log_in(self, **changes: object) -> httpx.Response:
        body = {"email": self.email, "password": self.password}
        answer = await self.ask("POST", "/sessions", body | changes, Authorization="")
        if answer.status_code == 201:
            self.tokens = answer.json()
        return answer

    async def refresh(self, token: str | None = None) -> httpx.Response:
        """Spend the newest refresh token, or `token`; keeps what comes."""
        spent = token or self.tokens["refresh_token"]
        answer = await self.ask("POST", "/sessions/refresh", {"refresh_token": spent})
        if answer.status_code == 200:
            self.tokens |= answer.json()
        return answer

    async def open_link(self, subject: str) -> httpx.Response:
        """Prove the address by the newest mail."""
        token = await self.link(subject)
        return await self.ask("POST", "/email-verifications", {"token": token})

    async def link(self, subject: str = "", to: str | None = None, newest_of: int = 1) -> str:
        """The token of the newest mail, once `newest_of` of its kind have come."""
        mails = await self.mails(subject, to, newest_of)
        found = re.search(r"#token=([\w-]+)", mails[0]["text"])
        assert found
        return found[1]

    async def mails(
        self, subject: str = "", to: str | None = None, least: int = 1
    ) -> list[dict[str, str]]:
        """The mails to this person, newest first; waits until `least` have come."""
        for _ in range(100):
            query: dict[str, str | int] = {"to": to or self.email, "limit": 50}
            # A connection that idled since the last mail may be closed by now: never kept.
            answer = await self.http.get(
                f"{self.mail_url}/api/mails", params=query, headers={"Connection": "close"}
            )
            mails = [mail for mail in answer.json() if subject in mail["subject"]]
            if len(mails) >= least:
                return mails
            await asyncio.sleep(0.1)
        raise AssertionError(f"no mail {subject!r} to {to or self.email}")

    async def arrive(self) -> "Person":
        """Sign up, verify, log in."""
        assert (await self.sign_up()).status_code == 202
        assert (await self.open_link("Confirm")).status_code == 204
        assert (await self.log_in()).status_code == 201
        return self

    def elsewhere(self, **changes: Any) -> "Person":  # noqa: ANN401 - fields of Person
        """The same person in another browser, not logged in."""
        return replace(self, **{"tokens": {}, "user_agent": FIREFOX} | changes)


class SteppingClock:
    """The time, which a test can move forward."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self._ahead

    def forward(self, **by: float) -> None:
        """`forward(hours=24)`."""
        self._ahead += timedelta(**by)


class Topics:
    """All that identity has published, read as the audit log would."""

    def __init__(self, consumer: AIOKafkaConsumer, prefix: str) -> None:
        self._consumer = consumer
        self._prefix = prefix
        self.records: list[ConsumerRecord] = []

    async def read(self) -> list[ConsumerRecord]:
        """Everything published so far."""
        for found in (await self._consumer.getmany(timeout_ms=100)).values():
            self.records += found
        return self.records

    async def events(self, kind: type[E], subject: str, least: int = 1) -> list[Envelope[E]]:
        """The events of `kind` about `subject`; waits until `least` have come."""
        for _ in range(100):
            found = [from_record(kind, headers, record.value)
                for record in await self.read()
                if (headers := decode_headers(record.headers)).get("ce_type") == kind.type()
                and headers["ce_subject"] == subject]  # fmt: skip
            if len(found) >= least:
                return found
        raise AssertionError(f"no {kind.type()} about {subject}")


@dataclass
class Process:
    """Another process of identity, api and worker in one; what it logged is in `log`."""

    url: str
    log: Path
    child: asyncio.subprocess.Process

    async def die(self) -> None:
        """At once, as by a power cut."""
        self.child.send_signal(signal.SIGKILL)
        await self.child.wait()


Starter = Callable[..., Any]


@pytest.fixture(scope="session")
async def org_rbac(house: House) -> Running:
    return await house.start(ORG_RBAC)


@pytest.fixture(scope="session")
async def identity(house: House, org_rbac: Running) -> Running:
    return await house.start(SERVICE)


@pytest.fixture
def somebody(identity: Running, house: House, stack: Stack) -> Person:
    """A person who has not signed up."""
    return Person(identity.url, house.http, stack.mail_url or "")


@pytest.fixture
async def ada(somebody: Person) -> Person:
    """A person who is logged in and verified."""
    return await somebody.arrive()


@pytest.fixture
async def bob(identity: Running, house: House, stack: Stack) -> Person:
    """Another one."""
    return await Person(identity.url, house.http, stack.mail_url or "").arrive()


@pytest.fixture(scope="session")
async def topics(identity: Running, stack: Stack, topic_prefix: str) -> AsyncIterator[Topics]:
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_brokers, enable_auto_commit=False)
    await consumer.start()
    names = [topic_prefix + topic.name for topic in topics_of("identity")]
    partitions = [
        TopicPartition(name, part)
        for name in names
        for part in consumer.partitions_for_topic(name) or await _partitions(consumer, name)
    ]
    consumer.assign(partitions)
    await consumer.seek_to_beginning()
    yield Topics(consumer, topic_prefix)
    await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.add_topic(topic)  # noqa: SLF001 - nothing public waits for metadata
    return set(consumer.partitions_for_topic(topic) or ())


@pytest.fixture(scope="session")
async def process(
    identity: Running, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    """A second identity on the same database and topics."""
    async with started(identity, tmp_path_factory.mktemp("process") / "log") as process:
        yield process


@asynccontextmanager
async def started(identity: Running, log: Path) -> AsyncIterator[Process]:
    """`python -m finops_identity run`, ended with the block."""
    port = free_port()
    settings = app_of(identity).state.wiring.settings
    environ = os.environ | _variables(
        settings.model_copy(update={"port": port, "log_level": "DEBUG"})
    )
    with log.open("wb") as file:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "finops_identity", "run", env=environ, stdout=file, stderr=file
        )  # fmt: skip
    process = Process(f"http://127.0.0.1:{port}", log, child)
    try:
        await _until_ready(process)
        yield process
    finally:
        with suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


def app_of(running: Running) -> Any:  # noqa: ANN401 - uvicorn knows it as any ASGI application
    """The application itself, for what no route offers."""
    return running.server.config.app


def _variables(settings: Settings) -> dict[str, str]:
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    values["session_idle"] = f"PT{settings.session_idle.total_seconds():.0f}S"
    return {
        f"IDENTITY_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in values.items()
    }


async def _until_ready(process: Process) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(200):
            with suppress(httpx.TransportError):
                if (await http.get(f"{process.url}/health/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise TimeoutError(process.log.read_text())


@pytest.fixture(scope="session")
async def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(scope="session")
async def later(
    stack: Stack,
    databases: Databases,
    keys: dict[str, str],
    topic_prefix: str,
    clock: SteppingClock,
) -> AsyncIterator[Running]:
    """An identity of its own that lives by `clock`; others would refuse its tokens."""
    house = House(stack, databases, keys, f"later-{topic_prefix}")
    service = replace(
        SERVICE, create_app=partial(create_app, clock=clock), work=partial(work, clock=clock)
    )
    yield await house.start(service, uniform_answer_ms="250")
    await house.stop()


@pytest.fixture
def visitor(later: Running, house: House, stack: Stack) -> Person:
    """A person of `later` who has not signed up."""
    return Person(later.url, house.http, stack.mail_url or "")
