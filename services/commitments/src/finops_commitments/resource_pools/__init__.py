"""How well resource-based commitments of Google Cloud are used, by family and region."""
