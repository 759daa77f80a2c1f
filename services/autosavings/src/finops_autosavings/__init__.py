"""autosavings: what to do about commitments this week, within what a customer allows.

It plans on commitments' advice and ingestion's word about accounts and data. Nothing is
bought yet: the one mode that can be switched on is the dry run.
"""
