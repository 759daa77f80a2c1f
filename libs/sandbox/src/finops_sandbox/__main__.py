"""The sandbox's commands."""

import argparse
import asyncio
import sys
from pathlib import Path

from finops_sandbox.stack import PARTS


def _stack(arguments: argparse.Namespace) -> int:
    from finops_sandbox.supervisor import supervise  # noqa: PLC0415 -- each command loads its own

    return asyncio.run(
        supervise(
            arguments.dir.absolute(),
            [name for name in arguments.parts.split(",") if name],
            fast=arguments.fast,
            owner_pid=arguments.owner_pid,
        )
    )


def _mail(arguments: argparse.Namespace) -> int:
    from finops_sandbox.mail.server import serve  # noqa: PLC0415 -- the same

    asyncio.run(serve(arguments.dir, arguments.smtp_port, arguments.http_port))
    return 0


def _fetch(_: argparse.Namespace) -> int:
    from finops_sandbox.kafka_jars import kafka_jars  # noqa: PLC0415 -- the same

    print(f"{len(kafka_jars())} jars are in the cache", flush=True)
    return 0


def _docs(arguments: argparse.Namespace) -> int:
    import uvicorn  # noqa: PLC0415 -- the same

    from finops_sandbox.docs import create_app  # noqa: PLC0415 -- the same

    uvicorn.run(create_app(), host="127.0.0.1", port=arguments.port, log_level="warning")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from finops_sandbox.running import run  # noqa: PLC0415 -- the same

    return run(arguments.dir.absolute())


def _halt(arguments: argparse.Namespace) -> int:
    from finops_sandbox.running import halt  # noqa: PLC0415 -- the same

    return halt(arguments.dir.absolute())


def _demo(arguments: argparse.Namespace) -> int:
    from finops_sandbox.demo import demo  # noqa: PLC0415 -- the same

    return demo(arguments.dir.absolute())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="finops_sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True)
    stack = commands.add_parser("stack", help="run the local stack until a signal")
    stack.add_argument("--dir", type=Path, required=True, help="keeps data, logs and state.json")
    stack.add_argument("--parts", default=",".join(PARTS), help="default: %(default)s")
    stack.add_argument("--owner-pid", type=int, help="end when this process is gone")
    stack.add_argument("--fast", action="store_true", help="no safety against power loss")
    stack.set_defaults(run=_stack)
    fetch = commands.add_parser("fetch", help="fetch Kafka's jars into the user's cache")
    fetch.set_defaults(run=_fetch)
    docs = commands.add_parser("docs", help="show the merged API document")
    docs.add_argument("--port", type=int, required=True)
    docs.set_defaults(run=_docs)
    house = commands.add_parser("run", help="the whole product on this machine, until a signal")
    house.add_argument("--dir", type=Path, default=Path(".local"), help="default: %(default)s")
    house.set_defaults(run=_run)
    told = commands.add_parser("demo", help="the whole product in one story")
    told.add_argument("--dir", type=Path, default=Path(".local/demo"), help="default: %(default)s")
    told.set_defaults(run=_demo)
    stop = commands.add_parser("stop", help="end what `run` started")
    stop.add_argument("--dir", type=Path, default=Path(".local"), help="default: %(default)s")
    stop.set_defaults(run=_halt)
    mail = commands.add_parser("mail", help="catch mails and show them")
    mail.add_argument("--dir", type=Path, required=True)
    mail.add_argument("--smtp-port", type=int, required=True)
    mail.add_argument("--http-port", type=int, required=True)
    mail.set_defaults(run=_mail)
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
