"""ingestion, running against the simulated AWS, and customers who connect their clouds."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest
from tests.ingestion.clouds import (
    AzureCustomer,
    CloudCustomer,
    GoogleCustomer,
    azure_customer,
    google_customer,
)
from tests.ingestion.reading import Told, tell
from tests.ingestion.registry import Registry, a_registry

from finops_common.testing.databases import Databases
from finops_common.testing.services import House, Running
from finops_ingestion.main import SERVICE
from finops_sandbox.aws.identities import PLATFORM
from finops_sandbox.aws.served import ServedSimulator, serve_simulator
from finops_sandbox.azure import ServedAzure, serve_azure
from finops_sandbox.azure import State as AzureState
from finops_sandbox.gcp import ServedGoogle, serve_google
from finops_sandbox.gcp import State as GoogleState
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor
from finops_sandbox.world import World, build_world
from finops_sandbox.world.publish import bucket_of

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


@dataclass
class Customer:
    """The Owner of a company, one organization of it, and their cloud."""

    owner: Visitor
    company: str
    organization: str
    simulator: ServedSimulator
    world: World

    @property
    def accounts(self) -> str:
        return f"/ingestion/v1/organizations/{self.organization}/cloud-accounts"

    @property
    def payer(self) -> str:
        return self.world.payer.id

    async def template(self, **query: Any) -> str:  # noqa: ANN401 - query parameters
        """The template, downloaded."""
        path = f"/ingestion/v1/organizations/{self.organization}/aws/template"
        asked = httpx.QueryParams({"export_bucket": bucket_of(self.world)} | query)
        return (await self.owner.ask("GET", f"{path}?{asked}", expect=200)).text

    async def external_id(self) -> str:
        """What goes into the role's trust policy."""
        path = f"/ingestion/v1/organizations/{self.organization}/aws/stack"
        return str((await self.owner.get(path))["external_id"])

    async def run_stack(
        self, account: str | None = None, *, name: str = "finops", **parameters: str
    ) -> str:
        """Download the template and run it as it is, but for `parameters`; the role's ARN."""
        return await self.run(await self.template(), account, name=name, **parameters)

    async def run(
        self, template: str, account: str | None = None, *, name: str = "finops", **parameters: str
    ) -> str:
        """Run a template; the role's ARN."""
        number = account or self.payer
        answer = await self.simulator.run_stack(number, name, template, parameters)
        answer.raise_for_status()
        return str(answer.json()["outputs"]["RoleArn"])

    async def register(
        self,
        account: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        **body: Any,  # noqa: ANN401 - JSON
    ) -> httpx.Response:
        """Ask to register an account, the payer unless said otherwise."""
        wanted = {"provider": "AWS", "account_id": account or self.payer, **body}
        return await self.owner.ask("POST", self.accounts, wanted, **headers or {})

    async def registered(self, account: str | None = None, **body: Any) -> Any:  # noqa: ANN401 - JSON
        """An account whose stack has run and that is registered."""
        await self.run_stack(account)
        answer = await self.register(account, **body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def connection(self, cloud_account_id: str) -> dict[str, Any]:
        """Status, cause and advice."""
        found: dict[str, Any] = await self.owner.get(f"{self.accounts}/{cloud_account_id}")
        return dict(found["connection"])

    async def check(self, cloud_account_id: str) -> Any:  # noqa: ANN401 - JSON
        """Have the permissions checked now."""
        return await self.owner.post(f"{self.accounts}/{cloud_account_id}/checks", expect=200)


Settle = Callable[..., Awaitable[Customer]]


@pytest.fixture(scope="session")
def worlds() -> list[World]:
    """What the simulated AWS knows; tests add their own."""
    return []


@pytest.fixture(scope="session")
async def simulator(stack: Stack, worlds: list[World]) -> AsyncIterator[ServedSimulator]:
    async with serve_simulator(worlds, stack.s3_url or "") as served:
        yield served


@pytest.fixture(scope="session")
async def simulated_azure() -> AsyncIterator[ServedAzure]:
    async with serve_azure(AzureState()) as served:
        yield served


@pytest.fixture(scope="session")
async def simulated_google() -> AsyncIterator[ServedGoogle]:
    async with serve_google(GoogleState()) as served:
        yield served


@pytest.fixture(scope="session")
async def ingestion(
    people: House,
    simulator: ServedSimulator,
    simulated_azure: ServedAzure,
    simulated_google: ServedGoogle,
    tmp_path_factory: pytest.TempPathFactory,
) -> Running:
    files = tmp_path_factory.mktemp("ingestion")
    return await people.start(
        SERVICE,
        blobs_url=f"file://{files / 'blobs'}",
        spool=str(files / "spool"),
        aws_endpoint_url=simulator.url,
        aws_access_key_id=PLATFORM.access_key,
        aws_secret_access_key=PLATFORM.secret,
        aws_platform_principal=PLATFORM.arn,
        aws_template_url="https://finops-templates.s3.amazonaws.com/read.json",
        aws_reservation_regions="us-east-1,eu-west-1,ap-northeast-2",
        connections_every_s="3600",
        listings_every_s="3600",
        lake_every_s="3600",
        **simulated_azure.settings,
        **simulated_google.settings,
    )


@pytest.fixture
def world(worlds: list[World], stack: Stack) -> World:
    """A customer's clouds, with a bucket for the bills; no other test has these accounts."""
    payer = f"{secrets.randbelow(9 * 10**11) + 10**11}"
    made = build_world(7, NOW, payer=payer, months=1)
    worlds.append(made)
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1", **keys)
    s3.create_bucket(Bucket=bucket_of(made))
    return made


@pytest.fixture
def settle(
    ingestion: Running,
    simulator: ServedSimulator,
    world: World,
    arrive: Callable[..., Awaitable[Visitor]],
) -> Settle:
    """Makes companies who all say that the same cloud is theirs."""

    async def make() -> Customer:
        ada = await arrive()
        company = await ada.found_company()
        organization = await ada.open_organization(company)
        return Customer(ada, company, organization, simulator, world)

    return make


@pytest.fixture
async def customer(settle: Settle) -> Customer:
    return await settle()


SettleCloud = Callable[[], Awaitable[CloudCustomer]]


@pytest.fixture
def settle_cloud(ingestion: Running, arrive: Callable[..., Awaitable[Visitor]]) -> SettleCloud:
    """Makes companies without a cloud."""

    async def make() -> CloudCustomer:
        ada = await arrive()
        company = await ada.found_company()
        return CloudCustomer(ada, await ada.open_organization(company))

    return make


@pytest.fixture
async def azure(settle_cloud: SettleCloud, simulated_azure: ServedAzure) -> AzureCustomer:
    """A company whose Azure is as it should be, not yet registered."""
    made = await settle_cloud()
    return azure_customer(made.owner, made.organization, simulated_azure)


@pytest.fixture
async def google(settle_cloud: SettleCloud, simulated_google: ServedGoogle) -> GoogleCustomer:
    """A company whose Google Cloud is as it should be, not yet registered."""
    made = await settle_cloud()
    return google_customer(made.owner, made.organization, simulated_google)


@pytest.fixture
def told(stack: Stack, topic_prefix: str) -> Told:
    """What ingestion has said under a key, in order."""
    return tell(stack.kafka_brokers or "", topic_prefix)


@pytest.fixture
async def registry(databases: Databases) -> AsyncIterator[Registry]:
    """A company that has registered nothing yet, in a database of its own."""
    async with a_registry(databases) as made:
        yield made
