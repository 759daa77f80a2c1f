"""Organizations: the sealed workspaces of a company."""
