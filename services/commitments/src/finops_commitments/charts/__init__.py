"""Utilization, coverage, what ends, and alternatives as pictures, for mails and reports."""
