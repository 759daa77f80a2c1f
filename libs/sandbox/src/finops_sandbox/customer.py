"""The demo customer's side of things: their bills in their bucket, the stack they run."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx

from finops_sandbox.local import WorldSeed
from finops_sandbox.world import World, build_world
from finops_sandbox.world.publish import BucketStore, FolderStore, Format, bucket_of, publish
from finops_sandbox.world.settlement import revisions


@dataclass(frozen=True)
class Customer:
    """One payer of the simulated world, its bucket at `s3_url`, its console at `aws_url`.

    `shelf` keeps rendered bills: a month that is final is rendered once.
    """

    seed: WorldSeed
    s3_url: str
    aws_url: str
    shelf: Path
    bill_format: Format = "cur2"

    @cached_property
    def world(self) -> World:
        return build_world(self.seed.seed, self.seed.now, anchor=self.seed.anchor)

    @property
    def bucket(self) -> str:
        return bucket_of(self.world)

    async def publish(self, months: int | None = None) -> list[date]:
        """Put the newest revision of the last `months` (all) into the bucket, oldest first."""
        chosen = self.world.months[-months:] if months else self.world.months
        for month in chosen:
            await asyncio.to_thread(self._publish, month, None)
        return list(chosen)

    async def publish_revision(self, month: date, revision: int) -> None:
        """Put one revision of a month into the bucket: what AWS does many times for an open one."""
        await asyncio.to_thread(self._publish, month, revision)

    def revisions(self, month: date) -> list[int]:
        """The numbers of the month's revisions so far."""
        return [revision.number for revision in revisions(self.world, month)]

    async def run_stack(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Run the product's template in the payer's account; its outputs."""
        order = {
            "account": self.world.payer.id,
            "name": "finops",
            "template": template,
            "parameters": dict(parameters),
        }
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            await client.delete(f"{self.aws_url}/_sandbox/stacks/{order['account']}/finops")
            answer = await client.post(f"{self.aws_url}/_sandbox/stacks", json=order)
        answer.raise_for_status()
        outputs: dict[str, Any] = answer.json()["outputs"]
        return outputs

    def _publish(self, month: date, revision: int | None) -> None:
        number = revision or self.revisions(month)[-1]
        final = revisions(self.world, month)[number - 1].final
        ends = "final" if final else f"{self.seed.now:%Y%m%dT%H}"
        folder = self.shelf / self.bill_format / f"{month:%Y-%m}" / f"{number}-{ends}"
        done = folder / "keys.json"
        if not done.exists():
            publish(self.world, month, number, self.bill_format, FolderStore(folder), self.bucket)
            keys = sorted(
                str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
            )
            # The manifest last, as AWS delivers it.
            done.write_text(json.dumps(sorted(keys, key=lambda key: "Manifest" in key)))
        store = BucketStore(self._client, self.bucket)
        for key in json.loads(done.read_text()):
            store.put(key, (folder / key).read_bytes())

    @cached_property
    def _client(self) -> Any:
        client = boto3.client(
            "s3",
            endpoint_url=self.s3_url,
            region_name="us-east-1",
            aws_access_key_id="customer",
            aws_secret_access_key="customer",
        )
        client.create_bucket(Bucket=self.bucket)
        return client
