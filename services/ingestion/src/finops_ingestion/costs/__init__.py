"""Cost queries: what was spent by time, account, service and region, from current revisions."""
