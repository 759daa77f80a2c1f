"""Dashboards: saved queries laid out on a grid."""
