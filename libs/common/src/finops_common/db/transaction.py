"""One unit of work: opens, names its scope, keeps its events, commits."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Executable, QueuePool, Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from finops_common.acting import Acts, Origin
from finops_common.clock import Clock, utc_now
from finops_common.db.engine import WAIT_S
from finops_common.db.scopes import Scope
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, Outcome, envelope
from finops_common.events.outbox import insert_outbox

_SET_SCOPE = text(
    "SELECT set_config('app.organization_id', :organization, true),"
    " set_config('app.company_id', :company, true),"
    " set_config('app.person_id', :person, true)"
)
_SET_ROLE = text("SELECT set_config('role', :role, true)")


class Transaction:
    """A transaction within one scope. Repositories are born inside one.

    `now` is read once, so all that one use case writes carries one instant.
    """

    def __init__(self, connection: AsyncConnection, acts: Acts, now: datetime, source: str) -> None:
        self.connection = connection
        self.scope: Scope = acts.scope
        self.origin: Origin = acts.origin
        self.now = now
        self._source = source
        self._outbox: list[Envelope[Any]] = []

    @property
    def organization_id(self) -> UUID:
        """The tenant; only within organization scope."""
        return _present(self.scope.organization_id, "organization")

    @property
    def company_id(self) -> UUID:
        return _present(self.scope.company_id, "company")

    @property
    def person_id(self) -> UUID:
        return _present(self.scope.person_id, "person")

    async def execute(
        self,
        statement: Executable,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> int:
        """Run a change; the number of rows it touched."""
        result = await self.connection.execute(statement, values)
        return int(getattr(result, "rowcount", -1))

    async def all(self, statement: Executable) -> Sequence[Row[Any]]:
        return (await self.connection.execute(statement)).all()

    async def one(self, statement: Executable) -> Row[Any]:
        return (await self.connection.execute(statement)).one()

    async def one_or_none(self, statement: Executable) -> Row[Any] | None:
        return (await self.connection.execute(statement)).one_or_none()

    async def scalar(self, statement: Executable) -> Any:  # noqa: ANN401 - one column of any type
        return (await self.connection.execute(statement)).scalar()

    async def lock(self, *name: object) -> None:
        """Wait until no other transaction of this database holds `name`; hold it to the end."""
        key = func.hashtextextended("/".join(map(str, name)), 0)
        await self.scalar(select(func.pg_advisory_xact_lock(key)))

    def publish(
        self,
        event: Event,
        *,
        version: int | None = None,
        company_id: UUID | None = None,
        organization_id: UUID | None = None,
        reason: str | None = None,
        outcome: Outcome = "success",
    ) -> None:
        """Let `event` leave with this transaction, once it has committed.

        `version` is the aggregate's for state events. The rows are written last of
        all, after the lock on the aggregate's row, so the events of one key stand in
        the order in which their changes committed.
        """
        self._outbox.append(
            envelope(
                event,
                source=self._source,
                time=self.now,
                origin=self.origin,
                version=version,
                company_id=company_id or self.scope.company_id,
                organization_id=organization_id or self.scope.organization_id,
                reason=reason,
                outcome=outcome,
            )
        )

    def act_as(self, user_id: UUID) -> None:
        """From here on events say that this user did it: a link or password has proven who acts."""
        self.origin = self.origin.by_user(user_id)

    async def flush(self) -> None:
        """Write what was published; `Database.transaction` calls it before the commit."""
        if self._outbox:
            await insert_outbox(self.connection, self._outbox)
            self._outbox.clear()


class Database:
    """Opens transactions; one per process."""

    def __init__(self, engine: AsyncEngine, service: str, clock: Clock = utc_now) -> None:
        self.engine = engine
        self.clock = clock
        self.service = service
        self._turns = asyncio.Semaphore(cast(QueuePool, engine.pool).size())
        self._system_role = f"{service.replace('-', '_')}_system"

    @asynccontextmanager
    async def transaction(self, acts: Acts) -> AsyncIterator[Transaction]:
        """One transaction in the scope of `acts`; commits at the end, rolls back on any error.

        Raises:
            TimeoutError: no connection was free in `WAIT_S`.
        """
        async with asyncio.timeout(WAIT_S):
            # The pool lets whoever asks last have what is given back, before those who wait.
            await self._turns.acquire()
        try:
            async with self.engine.begin() as connection:
                await self._enter(connection, acts.scope)
                tx = Transaction(connection, acts, self.clock(), f"/{self.service}")
                yield tx
                await tx.flush()
        finally:
            self._turns.release()

    async def _enter(self, connection: AsyncConnection, scope: Scope) -> None:
        if scope.system:
            await connection.execute(_SET_ROLE, {"role": self._system_role})
            return
        await connection.execute(
            _SET_SCOPE,
            {
                "organization": _text(scope.organization_id),
                "company": _text(scope.company_id),
                "person": _text(scope.person_id),
            },
        )


def _text(value: UUID | None) -> str:
    return "" if value is None else str(value)


def _present(value: UUID | None, scope: str) -> UUID:
    if value is None:
        raise LookupError(f"this transaction has no {scope} scope")
    return value
