"""Azure usage files of pay-as-you-go subscriptions: the subscription is its own payer."""

from finops_ingestion.bills.schemas.azure_costs import azure_mapping

MAPPING = azure_mapping(
    "azure-payg",
    "Azure pay-as-you-go export",
    payer=("BillingAccountId", "SubscriptionGuid", "SubscriptionId"),
    cost=("PreTaxCost", "costInBillingCurrency", "Cost"),
)
