"""Channels: an organization's webhooks, Slack and Teams, told of notices beside its people."""
