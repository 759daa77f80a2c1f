"""The stack that a customer runs: made per organization, with its ExternalId in it."""

from dataclasses import dataclass

from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_common.errors.problem import Unavailable
from finops_common.sealing import Sealer
from finops_ingestion.connections.domain import NO_FOLDER, FocusPlace, Stack, stack_tag
from finops_ingestion.connections.repository import CredentialRepository
from finops_ingestion.connections.template import quick_create_url, read_template, stack_parameters


@dataclass(frozen=True)
class StackService:
    """`principal` is trusted by the roles; `template_url` is where the template is published."""

    database: Database
    sealer: Sealer
    principal: str | None
    template_url: str | None
    region: str

    async def read_stack(
        self,
        caller: Caller,
        *,
        bucket: str,
        leave_out: frozenset[str],
        focus: FocusPlace = NO_FOLDER,
    ) -> Stack:
        """The read stack of the caller's organization, without the capabilities left out.

        Raises:
            Unavailable: this installation has no principal that a role could trust.
        """
        if self.principal is None:
            raise Unavailable
        async with self.database.transaction(caller) as tx:
            external_id = await CredentialRepository(tx, self.sealer).external_id(
                tx.company_id, tx.organization_id
            )
            tag = stack_tag(tx.organization_id)
        parameters = stack_parameters(
            external_id, tag, bucket=bucket, leave_out=leave_out, focus=focus
        )
        url = self.template_url
        return Stack(
            template=read_template(self.principal, parameters),
            external_id=external_id,
            role_name=f"finops-read-{tag}",
            quick_create_url=quick_create_url(url, self.region, parameters) if url else None,
        )
