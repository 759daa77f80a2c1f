"""Environments of peers that cannot live beside the product: made from their hashed locks."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from generate import CACHE

HERE = Path(__file__).parent


def python_of(peer: str) -> Path:
    """The peer's own Python; its environment is made the first time and when its lock changes."""
    lock = HERE / peer / "requirements.txt"
    name = f"{peer}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    folder = CACHE / "peers" / name
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = Path(sys.executable).with_name("uv")
        _run(uv, "venv", "--quiet", "--python", sys.executable, folder)
        _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock)
        ready.touch()
    return python


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)
