"""Azure cost exports of Enterprise Agreements, actual and amortised: one currency for all."""

from finops_ingestion.bills.schemas.azure_costs import azure_mapping

MAPPING = azure_mapping(
    "azure-ea",
    "Azure EA cost export",
    payer=("BillingAccountId", "EnrollmentNumber"),
    cost=("CostInBillingCurrency", "Cost", "ExtendedCost"),
)
