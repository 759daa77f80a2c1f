"""Invoice reconciliation: what a month's records, its bill and its invoices say, and why they differ."""
