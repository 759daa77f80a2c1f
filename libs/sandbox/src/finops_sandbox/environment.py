"""The environment of each service on this machine: keys made here, URLs of the local stack."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

import orjson
from joserfc.jwk import KeySet, OKPKey

SERVICES = (
    "identity",
    "org-rbac",
    "ingestion",
    "commitments",
    "autosavings",
    "billing",
    "audit-log",
)


def service_keys(folder: Path) -> dict[str, str]:
    """The shared secrets of an installation as environment variables; made once in `folder`.

    `<SERVICE>_SERVICE_KEY` per service, `FINOPS_SERVICE_JWKS` and `FINOPS_SEALING_KEYS`.
    """
    path = folder / "service-keys.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(_make()))
        # link, not rename: of two that make keys at once, the first one's stand.
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    found: dict[str, str] = orjson.loads(path.read_bytes())
    return found


def prefix_of(service: str) -> str:
    """Of a service's own environment variables: ORG_RBAC_."""
    return service.upper().replace("-", "_") + "_"


def _make() -> dict[str, str]:
    keys = {name: OKPKey.generate_key("Ed25519", parameters={"kid": name}) for name in SERVICES}
    variables = {
        f"{prefix_of(name)}SERVICE_KEY": orjson.dumps(key.as_dict(private=True)).decode()
        for name, key in keys.items()
    }
    public = KeySet(list(keys.values())).as_dict(private=False)
    variables["FINOPS_SERVICE_JWKS"] = orjson.dumps(public).decode()
    variables["FINOPS_SEALING_KEYS"] = f"local:{base64.b64encode(os.urandom(32)).decode()}"
    return variables


def urls(ports: Mapping[str, int]) -> dict[str, str]:
    """Where each service answers, as `FINOPS_<SERVICE>_URL`."""
    return {
        f"FINOPS_{prefix_of(name)}URL": f"http://127.0.0.1:{port}" for name, port in ports.items()
    }
