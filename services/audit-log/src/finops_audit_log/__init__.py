"""audit-log: who did what, when, to what; append only.

It records every event of every service that states a fact about people, organizations,
clouds or money, and answers what its readers ask later: their own activity, that of an
organization's members, the history of an organization or company. It decides nothing and
changes nothing elsewhere. What it has written nobody can change, and personal fields can
be erased without breaking the proof over the rest.
"""
