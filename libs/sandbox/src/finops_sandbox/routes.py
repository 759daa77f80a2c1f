"""The route table: what the gateways let in, read from the one file both are made from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel

ROUTES = Path(__file__).parents[4] / "deploy" / "gateway" / "routes.yaml"


class Route(BaseModel, frozen=True, extra="forbid"):
    """One way in: what path leads to which upstream, and how large a body may be."""

    match: Literal["exact", "prefix", "regex"]
    path: str
    upstream: str
    max_body_bytes: int | None = None


class Cors(BaseModel, frozen=True, extra="forbid"):
    """What browsers of the allowed origins may send and see."""

    methods: list[str]
    request_headers: list[str]
    response_headers: list[str]


class RouteTable(BaseModel, frozen=True, extra="forbid"):
    """The table both gateways are made from."""

    routes: list[Route]
    max_body_bytes: int
    strip_headers: list[str]
    cors: Cors

    @property
    def upstreams(self) -> list[str]:
        """Every upstream once, in the table's order."""
        return list(dict.fromkeys(route.upstream for route in self.routes))


class GatewaySettings(BaseModel, frozen=True):
    """What differs between two gateways of one table.

    ``upstreams`` maps a name to ``host:port``; an upstream without an address answers 503.
    """

    port: int
    upstreams: Mapping[str, str]
    allowed_origins: Sequence[str] = ()
    requests_per_second: int = 1000
    burst: int = 2000
    idle_seconds: int = 60


def load_routes(path: Path = ROUTES) -> RouteTable:
    """Read a route table."""
    return RouteTable.model_validate(yaml.safe_load(path.read_text()))
