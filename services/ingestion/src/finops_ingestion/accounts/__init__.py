"""Cloud accounts: whose they are, whether we can read them, how collecting goes."""
