"""Policies: what a customer allows, per organization, version after version."""
