"""The words services say to each other: one module per producing service.

Imports nothing but Pydantic and the standard library, so that a contract can be
read, rendered and used anywhere.
"""
