"""Seeded randomness without state: the same words always give the same figure."""

from base64 import b32encode
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID


@lru_cache(maxsize=4096)
def draw(*words: object, below: int) -> int:
    """A whole number from 0 to `below` - 1, decided by the words alone."""
    return int.from_bytes(_digest(words)[:8], "big") % below


@lru_cache(maxsize=4096)
def token(*words: object, length: int = 52) -> str:
    """At most 52 lower-case letters and digits, decided by the words alone."""
    return b32encode(_digest(words)).decode().lower()[:length]


def uuid_of(*words: object) -> str:
    """A UUID text (version 4 layout), decided by the words alone."""
    return str(UUID(bytes=_digest(words)[:16], version=4))


def account_number(*words: object, leading_zero: bool = False) -> str:
    """A twelve-digit account id, decided by the words alone."""
    digits = str(10**10 + draw(*words, below=9 * 10**10))
    return f"0{digits}" if leading_zero else f"{1 + draw(*words, 'head', below=9)}{digits}"


def _digest(words: tuple[object, ...]) -> bytes:
    return blake2b("\x1f".join(map(str, words)).encode(), digest_size=32).digest()
