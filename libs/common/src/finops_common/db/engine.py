"""The one async engine of a process."""

import ssl
from typing import Any

import orjson
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SERVER_SETTINGS = {
    "statement_timeout": "30000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
}
"""Milliseconds: nothing that serves a request waits longer than a person would."""
WAIT_S = 5
"""For a connection."""


def create_engine(url: str, *, name: str, pool_size: int = 8) -> AsyncEngine:
    """An engine over asyncpg; `name` shows in pg_stat_activity. Connects on first use."""
    address, tls = address_of(url)
    return create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT_S,
        pool_recycle=1800,
        pool_use_lifo=True,
        # Values of a failed statement may be personal or secret: errors never quote them.
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": 5,
            "server_settings": {"application_name": name, **SERVER_SETTINGS},
            **tls,
        },
    )


def _dumps(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    return orjson.dumps(value).decode()


def address_of(url: str) -> tuple[URL, dict[str, ssl.SSLContext]]:
    """`url` for SQLAlchemy over asyncpg, and the TLS argument it asks for (PRIV-12).

    Raises:
        ValueError: an sslmode that would fall back to plain text or trust anybody.
    """
    address = make_url(url).set(drivername="postgresql+asyncpg")
    mode, authority = (address.query.get(name) for name in ("sslmode", "sslrootcert"))
    plain = address.difference_update_query(["sslmode", "sslrootcert"])
    if mode in {None, "disable"}:
        return plain, {}
    if mode != "verify-full":
        raise ValueError("sslmode must be verify-full or disable")
    return plain, {"ssl": ssl.create_default_context(cafile=str(authority) if authority else None)}
