"""What every test may ask for: the house of real services, and people to act in it."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from finops_common.auth.tokens import ServiceTokens
from finops_common.clock import utc_now
from finops_common.testing.databases import Databases
from finops_common.testing.services import House
from finops_sandbox.environment import prefix_of
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor

# A busy machine is slow at anything; how long an example takes says nothing of what is tested.
settings.register_profile("finops", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("finops")
SAMPLES = Path(__file__).parent / "data"
Arrive = Callable[..., Awaitable[Visitor]]


LONG = 400
"""Seconds that tests may take which begin first: begun last, they would keep one worker waiting."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, then those without the house, which once it stands is never quite idle.

    Within each of the three in their random order.
    """
    items.sort(key=lambda item: 0 if _allowed(item) >= LONG else 1 + _lives_in_house(item))


def _allowed(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker and marker.args else 0


def _lives_in_house(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "house" in item.fixturenames


@pytest.fixture(scope="session")
async def house(
    stack: Stack, databases: Databases, keys: dict[str, str], topic_prefix: str
) -> AsyncIterator[House]:
    """Real services in this process, started by who needs them."""
    house = House(
        stack,
        databases,
        keys,
        topic_prefix,
        # Here and not with who starts them: whichever test comes first starts the same service.
        IDENTITY_UNIFORM_ANSWER_MS="0",
        ORG_RBAC_PRIVATE_CHANNELS="true",
        BILLING_TRIALS_EVERY_S="3600",
    )
    yield house
    await house.stop()


@pytest.fixture(scope="session")
async def people(house: House) -> House:
    """The house with identity and org-rbac, which every other service leans on."""
    # Imported here: tests that need no service run even when one does not import.
    from finops_identity.main import SERVICE as IDENTITY  # noqa: PLC0415
    from finops_org_rbac.main import SERVICE as ORG_RBAC  # noqa: PLC0415

    await house.start(IDENTITY)
    await house.start(ORG_RBAC)
    return house


@pytest.fixture(scope="session")
def mail_url(stack: Stack) -> str:
    """Where mails can be read."""
    return stack.mail_url or ""


@pytest.fixture
def visitor(people: House, stack: Stack) -> Callable[..., Visitor]:
    """Makes people who have not signed up yet."""

    def make(**facts: str) -> Visitor:
        made = Visitor(people.url, people.http, stack.mail_url or "", **facts)
        # From an address of their own: all at one would be one client that signs up too often.
        made.headers["X-Forwarded-For"] = str(IPv6Address(secrets.randbits(128)))
        return made

    return make


@pytest.fixture
def arrive(visitor: Callable[..., Visitor]) -> Arrive:
    """Makes people who are verified and logged in."""

    async def make(**facts: str) -> Visitor:
        return await visitor(**facts).arrive()

    return make


@pytest.fixture(scope="session")
def service_token(keys: dict[str, str]) -> Callable[[str, str], str]:
    """Signs as a service, for another."""

    def sign(caller: str, callee: str) -> str:
        own = keys[f"{prefix_of(caller)}SERVICE_KEY"]
        return ServiceTokens(caller, own, keys["FINOPS_SERVICE_JWKS"], utc_now).sign(callee)

    return sign
