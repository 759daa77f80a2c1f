"""People as identity tells of them: the names and addresses that member lists show."""
