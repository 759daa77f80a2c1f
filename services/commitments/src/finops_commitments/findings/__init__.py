"""Findings: what is wrong with an organization's commitments, opened and closed by assessment."""
