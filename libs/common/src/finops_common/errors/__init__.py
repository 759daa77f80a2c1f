"""Expected failures and how they look on the wire."""
