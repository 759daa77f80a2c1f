"""Invitations: how people come into a company."""
