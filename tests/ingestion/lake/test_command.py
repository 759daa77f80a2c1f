"""Who operates the lake rebuilds a period from its revisions, and is told whether it adds up."""

import asyncio

import pytest
from sqlalchemy import update
from tests.ingestion.lake.shore import Shore, a_line

from finops_common.ids import new_id
from finops_ingestion.__main__ import main
from finops_ingestion.imports.tables import shares

# What speaks Iceberg takes long to import on a busy machine.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def environment(shore: Shore, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process of ingestion reads."""
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("INGESTION_DATABASE_URL", shore.service_url)
    monkeypatch.setenv("INGESTION_BLOBS_URL", f"file://{shore.root}")
    for name in ("KAFKA_BROKERS", "IDENTITY_URL", "ORG_RBAC_URL", "PUBLIC_APP_URL"):
        monkeypatch.setenv(f"FINOPS_{name}", "nowhere")


async def rebuild(shore: Shore, period: str = "2026-10") -> int:
    return await asyncio.to_thread(main, ["lake", "rebuild", str(shore.organization), period])


@pytest.mark.usefixtures("environment")
async def test_a_rebuilt_period_gives_the_same_totals(
    shore: Shore, capsys: pytest.CaptureFixture[str]
) -> None:
    await shore.commit(a_line("5"), a_line("70", currency="KRW"), source=new_id())
    await shore.commit(a_line("2.5"), source=new_id())
    await shore.publish()
    before = (await shore.table()).current_snapshot()

    code = await rebuild(shore)

    assert code == 0
    assert "lines: USD 7.500000000000 effective" in capsys.readouterr().out
    assert (await shore.table()).current_snapshot() != before
    assert await shore.figures() == await shore.standing()


@pytest.mark.usefixtures("environment")
async def test_lines_that_do_not_add_up_are_told(
    shore: Shore, capsys: pytest.CaptureFixture[str]
) -> None:
    await shore.commit(a_line("5"), source=new_id())
    wrong = {"currency": "USD", "billed_cost": "5", "effective_cost": "6", "list_cost": "0"}
    async with shore.system() as tx:
        await tx.execute(update(shares).values(totals=[wrong]))

    code = await rebuild(shore)

    told = [line for line in capsys.readouterr().out.splitlines() if " effective" in line]
    assert code == 1
    assert told == [
        "revisions: USD 6 effective",
        "lines: USD 5.000000000000 effective",
    ]


def test_without_settings_it_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("INGESTION_DATABASE_URL", raising=False)

    code = main(["lake", "rebuild", str(new_id()), "2026-10"])

    assert code == 2
    assert "INGESTION_DATABASE_URL" in capsys.readouterr().err
