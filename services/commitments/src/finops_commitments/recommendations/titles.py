"""What people call a commitment on offer; `offers.packing.name_of` is what programs call it."""

from collections.abc import Mapping

from finops_commitments.offers.domain import Kind, PaymentOption, Terms
from finops_commitments.offers.packing import Plan
from finops_common.i18n import Language, Text

# Products have their vendors' names in every language.
_NAMES: Mapping[Kind, str] = {
    Kind.COMPUTE_SAVINGS_PLAN: "Compute Savings Plan",
    Kind.EC2_INSTANCE_SAVINGS_PLAN: "EC2 Instance Savings Plan",
    Kind.DATABASE_SAVINGS_PLAN: "Database Savings Plan",
    Kind.SAGEMAKER_SAVINGS_PLAN: "SageMaker Savings Plan",
    Kind.RESERVED_INSTANCE: "Reserved Instance",
    Kind.AZURE_SAVINGS_PLAN: "Azure savings plan",
    Kind.AZURE_RESERVATION: "Azure reservation",
    Kind.FLEXIBLE_CUD: "Google flexible CUD",
    Kind.RESOURCE_BASED_CUD: "Google CUD",
}
_ONE_YEAR = Text("1 year", "1년", "1 年")
_YEARS = Text("{years} years", "{years}년", "{years} 年")
_PAYMENTS: Mapping[PaymentOption, Text] = {
    PaymentOption.NO_UPFRONT: Text("no upfront", "선결제 없음", "前払いなし"),
    PaymentOption.PARTIAL_UPFRONT: Text("partial upfront", "부분 선결제", "一部前払い"),
    PaymentOption.ALL_UPFRONT: Text("all upfront", "전액 선결제", "全額前払い"),
}


def title_of(plan: Plan) -> str:
    """The product and what it reaches: `EC2 Instance Savings Plan m5 us-east-1`."""
    deployment = plan.deployment and plan.deployment.replace("_", " ")
    reach = (plan.instance_type or plan.family, plan.platform, deployment, plan.region)
    return " ".join([_NAMES[plan.kind], *(each for each in reach if each)])


def terms_of(terms: Terms, language: Language) -> tuple[str, str]:
    """How long, and how it is paid: `3 years`, `no upfront`."""
    years = _ONE_YEAR if terms.years == 1 else _YEARS
    payment = _PAYMENTS[terms.payment_option]
    return years.render(language, {"years": terms.years}), payment.render(language)
