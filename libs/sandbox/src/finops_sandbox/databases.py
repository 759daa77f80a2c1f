"""One service's database and its three login roles, made by the sandbox's superuser."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

# Serialises the makers: neither CREATE ROLE nor CREATE DATABASE knows IF NOT EXISTS.
MAKING_LOCK = 4_003_200_001


@dataclass(frozen=True)
class ServiceDatabase:
    """A database and the URLs its service logs in by: the owner migrates, the service serves."""

    name: str
    owner_url: str
    service_url: str


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _password(admin_url: str, role: str) -> str:
    """A role's password, derived from the superuser's so that it need not be kept."""
    secret = urlsplit(admin_url).password
    if not secret:
        raise ValueError("The PostgreSQL URL needs a password: the roles' are derived from it.")
    return hmac.new(secret.encode(), f"role {role}".encode(), hashlib.sha256).hexdigest()


def _url(admin_url: str, role: str, database: str) -> str:
    scheme, place, _, query, _ = urlsplit(admin_url)
    host = place.rpartition("@")[2]
    login = f"{quote(role, safe='')}:{_password(admin_url, role)}"
    return urlunsplit((scheme, f"{login}@{host}", f"/{quote(database, safe='')}", query, ""))


async def create_service_database(
    admin_dsn: str, service: str, database: str | None = None, template: str | None = None
) -> ServiceDatabase:
    """Make a service's roles and database where they are missing; repeating it changes nothing.

    ``<service>_owner`` owns the database, ``<service>`` inherits nothing and may become
    ``<service>_system`` by ``SET LOCAL ROLE``; no other role may connect. The database is named
    after the service unless ``database`` says otherwise; ``template`` is a database to clone.
    """
    service = service.replace("-", "_")
    name = database or service
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute(f"SELECT pg_advisory_lock({MAKING_LOCK})")
        await _make_roles(admin, admin_dsn, service)
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            source = f" TEMPLATE {_quoted(template)}" if template else ""
            owner = _quoted(f"{service}_owner")
            await admin.execute(f"CREATE DATABASE {_quoted(name)} OWNER {owner}{source}")
        await _let_connect(admin, service, name)
    finally:
        await admin.close()
    return ServiceDatabase(
        name, _url(admin_dsn, f"{service}_owner", name), _url(admin_dsn, service, name)
    )


async def drop_database(admin_dsn: str, database: str) -> None:
    """Drop a database and end its sessions; roles stay, and a missing database is no error."""
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {_quoted(database)} WITH (FORCE)")
    finally:
        await admin.close()


def _role_attributes(service: str) -> dict[str, str]:
    never = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
    return {
        f"{service}_owner": f"{never} INHERIT",
        service: f"{never} NOINHERIT",
        f"{service}_system": f"{never} INHERIT",
    }


async def _make_roles(admin: asyncpg.Connection, admin_dsn: str, service: str) -> None:
    for role, attributes in _role_attributes(service).items():
        known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        verb = "ALTER" if known else "CREATE"
        password = _password(admin_dsn, role)
        await admin.execute(f"{verb} ROLE {_quoted(role)} {attributes} PASSWORD '{password}'")
    await admin.execute(f"GRANT {_quoted(service + '_system')} TO {_quoted(service)}")


async def _let_connect(admin: asyncpg.Connection, service: str, name: str) -> None:
    roles = ", ".join(_quoted(role) for role in _role_attributes(service))
    await admin.execute(f"REVOKE ALL ON DATABASE {_quoted(name)} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT ON DATABASE {_quoted(name)} TO {roles}")
