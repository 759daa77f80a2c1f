"""Apache Kafka's jars: the locked coordinates, fetched once and checked by SHA-256."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from finops_sandbox.places import user_cache

LOCK = Path(__file__).with_name("kafka.lock")
ENDPOINT = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"


class JarMismatchError(RuntimeError):
    """A fetched jar is not the one that was locked."""


@dataclass(frozen=True)
class Jar:
    """One locked artifact of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked_jars() -> Iterator[Jar]:
    """What the lock file lists: one ``group:artifact:version sha256`` a line."""
    for line in LOCK.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, sha256 = line.split()
            group, artifact, version = coordinate.split(":")
            yield Jar(group, artifact, version, sha256)


def jar_folder() -> Path:
    """Where this lock's jars lie once they are fetched."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    return user_cache() / f"kafka-{digest}"


def kafka_jars() -> list[Path]:
    """Paths of all jars Kafka needs, fetched into the user's cache on first use.

    They come from the Maven repository in the folder M2_REPO where it has them, else from the
    repositories of jgo's settings, else from Maven Central.

    Raises:
        JarMismatchError: a fetched jar differs from the lock; nothing is kept.
    """
    folder = jar_folder()
    if not folder.exists():
        _fetch_into(folder)
    return sorted(folder.glob("*.jar"))


def _fetch_into(folder: Path) -> None:
    """Fill the folder in one step, so that an interrupted fetch leaves none."""
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda jar: _fetch(jar, unfinished), locked_jars()))
        shutil.rmtree(unfinished / "repository", ignore_errors=True)
        if not folder.exists():
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _fetch(jar: Jar, folder: Path) -> None:
    from jgo.config import GlobalSettings  # noqa: PLC0415 -- only a first start needs it
    from jgo.maven import MavenContext  # noqa: PLC0415

    local = [Path(os.environ["M2_REPO"])] if "M2_REPO" in os.environ else []
    context = MavenContext(
        repo_cache=folder / "repository",
        local_repos=local,
        remote_repos=GlobalSettings.load().repositories or None,
        timeout=60,
    )
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    fetched = Path(component.artifact().resolve())
    found = hashlib.sha256(fetched.read_bytes()).hexdigest()
    if found != jar.sha256:
        raise JarMismatchError(f"{jar.filename} has SHA-256 {found}, {jar.sha256} is locked")
    shutil.copyfile(fetched, folder / jar.filename)
