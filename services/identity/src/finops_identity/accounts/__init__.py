"""Accounts: people, their profile, e-mail and password."""
