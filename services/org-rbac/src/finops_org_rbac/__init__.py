"""org-rbac: companies, organizations, members, invitations, and who may do what where.

Every other service asks it and keeps the answer for a moment. It mirrors from identity
the names and addresses it shows, and decides nothing about passwords or sessions.
"""
