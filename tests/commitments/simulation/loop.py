"""The sandbox's customer, told to the simulator."""

from collections.abc import Sequence

from finops_commitments.simulation.aws import (
    PayerFamily,
    PlanType,
    ReservedInstance,
    SavingsPlan,
    UsageLine,
)
from finops_commitments.simulation.instances import instance_named
from finops_commitments.simulation.sharing import Sharing
from finops_sandbox.world import model


def card(plan: model.SavingsPlan) -> str:
    """Plans of another term or payment have other rates."""
    return f"{plan.type} {plan.term} {plan.payment}"


def usage_line(used: model.Workload, held: Sequence[model.SavingsPlan]) -> UsageLine:
    """A workload with the rates that the plans would give it."""
    sku = used.sku
    family, _, size = (sku.instance_type or "").rpartition(".")
    rates = {card(plan): rate for plan in held if (rate := plan.rate(sku)) is not None}
    instance = instance_named(
        *(sku.service, sku.region, used.zone, family, size, sku.platform or sku.engine, None)
    )
    return UsageLine(used.account, used.id, instance, sku.on_demand, rates)


def payer_family(
    workloads: Sequence[model.Workload],
    commitments: Sequence[model.Commitment],
    off: frozenset[str] = frozenset(),
) -> tuple[PayerFamily, list[model.Commitment]]:
    """The sandbox's customer in the simulator's words, and its commitments in the order there."""
    reserved = [each for each in commitments if isinstance(each, model.ReservedInstance)]
    held = [each for each in commitments if isinstance(each, model.SavingsPlan)]
    types = {"EC2InstanceSavingsPlans": PlanType.EC2_INSTANCE}
    return (
        PayerFamily(
            [usage_line(each, held) for each in workloads],
            [
                ReservedInstance(
                    *(each.id, each.account),
                    instance_named(
                        *("AmazonEC2", each.region, each.zone),
                        *(*each.instance_type.split("."), each.platform, None),
                    ),
                    each.starts_at,
                )
                for each in reserved
            ],
            [
                SavingsPlan(
                    *(each.id, each.account, types.get(each.type, PlanType.COMPUTE), card(each)),
                    *(each.region, each.family, each.starts_at),
                )
                for each in held
            ],
            Sharing(off=off),
        ),
        [*reserved, *held],
    )
