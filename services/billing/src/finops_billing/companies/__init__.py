"""Companies: the mirror of what org-rbac says of them, and their lock."""
