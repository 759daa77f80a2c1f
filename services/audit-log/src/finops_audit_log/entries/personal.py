"""Which fields are personal, and how they are taken out of an entry and put back (PRIV-5).

Pure. What is taken out leaves a salted digest behind: with the salt erased too, nobody
can try out which of four billion addresses it was.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from finops_audit_log.entries.domain import canonical_json

_PERSONAL = re.compile(
    r"(.*_)?(e?mail|e_mail|phone|full_name|first_name|last_name|ip|user_agent"
    r"|address|contact|department|company_name|birth_date|iban|tax_id)"
)
SALT_BYTES = 16


def is_personal(name: str) -> bool:
    """Whether a field of this name holds what a person may have erased."""
    return _PERSONAL.fullmatch(name) is not None


def take_out(value: Any, path: str) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401 - JSON
    """`value` without its personal fields, and these by their path below `path`.

    Fractions become text and NUL a replacement character, because PostgreSQL's JSON would
    not give them back as they were and the proof is over what is read back.
    """
    if isinstance(value, Mapping):
        return _from_mapping(value, path)
    if isinstance(value, list | tuple):
        parts = [take_out(each, f"{path}.{index}") for index, each in enumerate(value)]
        return [plain for plain, _ in parts], {p: v for _, found in parts for p, v in found.items()}
    if isinstance(value, float):
        return str(value), {}
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value, {}


def put_back(value: Any, path: str, personal: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The inverse of `take_out`, as far as `personal` still has the fields."""
    if isinstance(value, list):
        return [put_back(each, f"{path}.{i}", personal) for i, each in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    whole = {name: put_back(each, f"{path}.{name}", personal) for name, each in value.items()}
    for place, found in personal.items():
        parent, _, name = place.rpartition(".")
        if parent == path:
            whole[name] = found
    return whole


def digest(salt: bytes, value: object) -> str:
    """What stands for a personal field in the proof: SHA-256 over salt and canonical value, hex."""
    return hashlib.sha256(salt + canonical_json(value)).hexdigest()


def _from_mapping(value: Mapping[str, Any], path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    plain: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for name, each in value.items():
        if is_personal(name) and each is not None:
            personal[f"{path}.{name}"] = each
            continue
        plain[name], found = take_out(each, f"{path}.{name}")
        personal |= found
    return plain, personal
