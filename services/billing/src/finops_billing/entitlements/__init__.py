"""Entitlements: the published table of what editions and states allow."""
