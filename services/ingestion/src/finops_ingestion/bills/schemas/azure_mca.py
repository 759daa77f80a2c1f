"""Azure cost exports of Microsoft Customer and Partner Agreements: prices in their own currency."""

from finops_ingestion.bills.schemas.azure_costs import azure_mapping

MAPPING = azure_mapping(
    "azure-mca",
    "Azure MCA cost export",
    payer=("billingAccountId",),
    cost=("costInBillingCurrency",),
)
