"""Saved queries and dashboards: a person's own, or shared with the organization."""
