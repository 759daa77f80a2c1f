"""Notices: who should know what other services raise, and how they are told."""
