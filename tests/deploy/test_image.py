"""The one Dockerfile, held true without a container engine: the tree it makes is made and run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from finops_sandbox.manifests.table import SERVICES, Deployed

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"

pytestmark = pytest.mark.req("PLAT-43", part="container image")


@dataclass(frozen=True)
class Instruction:
    stage: int
    name: str
    words: str


def instructions(service: str) -> list[Instruction]:
    """The Dockerfile's instructions with the build argument filled in."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    found, stage = [], -1
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line.strip():
            name, _, words = line.strip().partition(" ")
            stage += name == "FROM"
            found.append(Instruction(stage, name, words.replace("${SERVICE}", service)))
    return found


def one(service: str, name: str) -> str:
    """The words of the final stage's only instruction of a name."""
    every = instructions(service)
    (found,) = [each for each in every if each.name == name and each.stage == every[-1].stage]
    return found.words


def copies(service: str) -> list[tuple[str, str]]:
    """From where in the repository to where in the image."""
    pairs = [each.words.split() for each in instructions(service) if each.name == "COPY"]
    return [(pair[0], pair[1]) for pair in pairs if not pair[0].startswith("--from")]


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Deployed:
    found: Deployed = request.param
    return found


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Deployed], Path]:
    """Makes the file system that the build stage makes of the repository, once per service."""

    @cache
    def make(service: Deployed) -> Path:
        made = tmp_path_factory.mktemp(service.name)
        for source, target in copies(service.name):
            place = made / target.removeprefix("/")
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            place.parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / source, place)
        return made

    return make


@pytest.fixture
def image(service: Deployed, images: Callable[[Deployed], Path]) -> Path:
    """The image of a service that can be started."""
    return images(service)


def run(image: Path, service: Deployed, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Start the image's entry point with its environment, paths moved below `image`."""
    entry = [
        word.replace('\\"', '"')
        for word in re.findall(r'"((?:\\.|[^"])*)"', one(service.name, "ENTRYPOINT"))
    ]
    environ = dict(word.split("=", 1) for word in shlex.split(one(service.name, "ENV")))
    # The image is compiled once, as the build stage does.
    del environ["PYTHONDONTWRITEBYTECODE"]
    moved = {
        **environ,
        "PYTHONPATH": environ["PYTHONPATH"].replace("/app", f"{image}/app"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
    }
    return subprocess.run(  # noqa: S603 - our own image
        [*entry, *arguments], env=moved, cwd=image, capture_output=True, text=True, check=False
    )


def test_everything_copied_exists_and_is_let_through_to_the_builder(service: Deployed) -> None:
    let_through = (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text().split()

    for source, _ in copies(service.name):
        parents = [source, *(str(parent) for parent in Path(source).parents)]
        patterns = [f"!{re.sub(f'services/{service.name}/', 'services/*/', p)}" for p in parents]
        assert set(patterns) & set(let_through), source
        if find_spec(f"{service.package}.main") is not None:
            assert (ROOT / source).exists(), source


def test_every_requirement_is_pinned_by_hash_and_names_no_index(service: Deployed) -> None:
    installs = " ".join(each.words for each in instructions(service.name) if each.name == "RUN")
    lock = (ROOT / "requirements" / f"{service.name}.txt").read_text()

    assert "--require-hashes" in installs
    assert "--hash=sha256:" in lock
    for text in (DOCKERFILE.read_text(), lock):
        assert not re.search(r"https?://|index-url|trusted-host", text)


def test_the_final_image_has_no_installer_of_ours_and_no_root() -> None:
    every = instructions("identity")
    final = [each for each in every if each.stage == every[-1].stage]
    user, _, group = one("identity", "USER").partition(":")

    assert not [each for each in final if each.name == "RUN"]
    assert not re.search(r"\buv\b", DOCKERFILE.read_text())
    assert int(user) > 0
    assert int(group) > 0


def test_its_user_is_the_one_the_pods_run_as() -> None:
    from finops_sandbox.manifests.workloads import USER  # noqa: PLC0415 - for this test alone

    assert one("identity", "USER") == f"{USER}:{USER}"


def test_a_command_asks_for_its_settings_by_name(image: Path, service: Deployed) -> None:
    ended = run(image, service, "migrate")

    assert ended.returncode == 2, ended.stderr
    assert f"{service.prefix}OWNER_DATABASE_URL: Field required" in ended.stderr


def test_code_migrations_and_the_commands_the_manifests_give_are_in_the_image(
    image: Path, service: Deployed
) -> None:
    show = (
        f"import runpy, sys; from {service.package}.main import SERVICE; print(SERVICE.migrations);"
        f"sys.argv[1:] = ['--help']; runpy.run_module('{service.package}', run_name='__main__')"
    )
    environ = dict(word.split("=", 1) for word in shlex.split(one(service.name, "ENV")))
    shown = subprocess.run(  # noqa: S603 - our own image
        [sys.executable, "-c", show],
        env={"PYTHONPATH": environ["PYTHONPATH"].replace("/app", f"{image}/app")},
        capture_output=True,
        text=True,
        check=True,
    )

    place, _, told = shown.stdout.partition("\n")
    assert Path(place) == image / "app" / "services" / service.name / "migrations"
    assert (Path(place) / "env.py").exists()
    assert {"serve", "worker", "migrate"} <= set(re.findall(r"\w+", told + shown.stderr))
