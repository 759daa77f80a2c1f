"""The sandbox's own routes beside AWS: run a customer's stack, plan faults. Never AWS's."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from finops_sandbox.aws.errors import AwsError
from finops_sandbox.aws.faults import Fault, Kind
from finops_sandbox.aws.objects import make_bucket
from finops_sandbox.aws.state import Ownership, State
from finops_sandbox.aws.templates import create_stack, read_template, template_text

router = APIRouter(prefix="/_sandbox")


class StackOrder(BaseModel):
    """A stack the customer runs: the template as text or JSON, and its parameters."""

    account: str
    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,127}$")
    template: str | dict[str, Any]
    parameters: dict[str, str] = {}


class BucketOrder(BaseModel):
    """A bucket of an account; `open`: its policy lets everybody in."""

    account: str
    name: str
    open: bool = False


class FaultOrder(BaseModel):
    """The next `times` calls of an operation go wrong."""

    service: str
    operation: str
    kind: Kind
    times: int = Field(1, ge=1)
    seconds: float = Field(30.0, ge=0)
    key: str = Field("", description="of S3: only objects whose key ends so")


async def state_of(request: Request) -> State:
    state: State = request.app.state.simulator
    return state


Simulator = Annotated[State, Depends(state_of)]


@router.post("/stacks", status_code=201)
async def run_stack(order: StackOrder, state: Simulator) -> dict[str, Any]:
    """Make the roles of a template in an account, as the customer's click would."""
    try:
        state.world_of(order.account)
        template = read_template(template_text(order.template))
        stack = create_stack(order.account, order.name, template, order.parameters)
    except AwsError as error:
        raise HTTPException(400, f"{error.code}: {error.message}") from error
    taken = [role.arn for role in stack.roles if role.arn in state.identities.roles]
    if (order.account, order.name) in state.stacks or taken:
        raise HTTPException(409, f"AlreadyExistsException: {taken or order.name}")
    state.stacks[order.account, order.name] = stack
    state.identities.roles |= {role.arn: role for role in stack.roles}
    roles = [role.arn for role in stack.roles]
    return {"stack_id": stack.id, "roles": roles, "outputs": stack.outputs}


@router.delete("/stacks/{account}/{name}", status_code=204)
async def delete_stack(account: str, name: str, state: Simulator) -> None:
    """Take the stack's roles away; their sessions are of no use from now on."""
    stack = state.stacks.pop((account, name), None)
    if stack is None:
        raise HTTPException(404, "The account has no such stack")
    for role in stack.roles:
        state.identities.roles.pop(role.arn, None)


@router.post("/buckets", status_code=201)
async def own_bucket(order: BucketOrder, request: Request, state: Simulator) -> dict[str, Any]:
    """Make a bucket of an account's, or give it to another, as when it is deleted and made anew."""
    await make_bucket(request.app.state.moto, order.name)
    state.buckets[order.name] = Ownership(order.account, order.open)
    return order.model_dump()


@router.get("/accounts")
async def accounts(state: Simulator) -> list[dict[str, str]]:
    """Every simulated account and the payer it belongs to."""
    return [
        {"id": account.id, "name": account.name, "payer": world.payer.id}
        for world in state.worlds
        for account in world.accounts
    ]


@router.post("/faults", status_code=201)
async def plan_fault(order: FaultOrder, state: Simulator) -> dict[str, Any]:
    """Plan a fault."""
    fault = Fault(**order.model_dump())
    state.faults.planned.append(fault)
    return asdict(fault)


@router.delete("/faults", status_code=204)
async def clear_faults(state: Simulator) -> None:
    """Forget every planned fault."""
    state.faults.planned.clear()
