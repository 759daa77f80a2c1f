"""Imports: which bills there are, how each is read, and which revision of a period stands."""
