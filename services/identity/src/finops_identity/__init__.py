"""identity: the user account and the proof of who is calling.

It knows people, their passwords, sessions and signing keys. It knows nothing of
organizations or permissions: those are org-rbac's. What happened to accounts and
sessions it says as events; the audit log keeps it.
"""
