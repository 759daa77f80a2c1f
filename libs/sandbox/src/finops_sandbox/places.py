"""Where the local stack keeps things: secret, ports, caches, and files replaced in one step."""

import os
import pwd
import secrets
import socket
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from finops_sandbox.processes import Account

# Below the ports that Linux hands to outgoing connections, so that none of those takes a port
# between our choice and the child's bind.
PORTS = range(20_000, 32_000)


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file so that a reader sees the old or the new text, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    beside.replace(path)


def local_secret(directory: Path) -> str:
    """The folder's own random secret, made on first use and readable by its owner only."""
    path = directory / "secret"
    with suppress(FileNotFoundError):
        return path.read_text()
    secret = secrets.token_urlsafe(32)
    write_atomically(path, secret)
    return secret


def user_cache() -> Path:
    """The folder of this user for what can be fetched again."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "finops"


def is_free(port: int) -> bool:
    """Whether a server could bind this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None, besides: Collection[int] = ()) -> int:
    """A free loopback port not among ``besides``; the preferred one when nobody took it."""
    port = secrets.choice(PORTS) if preferred is None else preferred
    while port in besides or not is_free(port):
        port = secrets.choice(PORTS)
    return port


def unprivileged_account() -> Account | None:
    """``nobody`` when we are root, else None: programs that refuse root run as it."""
    if os.getuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)
