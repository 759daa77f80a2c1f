"""P11: the member list as raw Starlette and asyncpg: the same rows in the same tenant transaction."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from product.routes import TOKEN, peer
from sides import Given, Sample

SCOPE = "SELECT set_config('app.organization_id', $1, true), set_config('app.company_id', $2, true)"
LIST = """
    SELECT m.user_id, coalesce(p.full_name, '') AS name, coalesce(p.email, '') AS email,
        CASE WHEN m.owner THEN 'owner' ELSE r.role END AS role, m.status,
        coalesce(p.mfa, false) AS mfa, p.last_login_at, m.joined_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('organization_id', o.id, 'name', o.name,
                'role', h.role) ORDER BY o.name_key), '[]')
            FROM organization_members h JOIN organizations o ON o.id = h.organization_id
            WHERE h.company_id = m.company_id AND h.user_id = m.user_id
                AND h.organization_id = $2 AND o.deleted_at IS NULL) AS organizations
    FROM company_members m
    LEFT JOIN people p ON p.user_id = m.user_id
    LEFT JOIN organization_members r ON r.organization_id = $2 AND r.user_id = m.user_id
    WHERE m.company_id = $1 AND (m.owner OR r.role IS NOT NULL)
    ORDER BY coalesce(p.full_name, ''), m.user_id LIMIT $3
"""
_OPTIONS = orjson.OPT_UTC_Z


async def measure(given: Given) -> Sample:
    return await peer(given, "limits.raw_list")


async def list_members(request: Request) -> Response:
    company = request.app.state.tokens.get(request.headers["authorization"])
    if company is None:
        return Response(status_code=401)
    organization, limit = request.path_params["id"], int(request.query_params["limit"])
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(SCOPE, organization, company)
        rows = await connection.fetch(LIST, company, organization, limit + 1)
    items = [dict(row) for row in rows[:limit]]
    page = {"items": items, "next_cursor": None if len(rows) <= limit else "more"}
    return Response(orjson.dumps(page, default=str, option=_OPTIONS), media_type="application/json")


async def ready(request: Request) -> Response:  # noqa: ARG001 - Starlette passes it
    return Response(status_code=204)


async def _connected(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=orjson.dumps, decoder=orjson.loads
    )


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    url = os.environ["BENCH_DATABASE_URL"]
    app.state.tokens = {f"Bearer {TOKEN}": os.environ["BENCH_COMPANY"]}
    async with asyncpg.create_pool(url, min_size=8, max_size=8, init=_connected) as pool:
        app.state.pool = pool
        yield


app = Starlette(
    routes=[Route("/organizations/{id}/members", list_members), Route("/ready", ready)],
    lifespan=lifespan,
)
