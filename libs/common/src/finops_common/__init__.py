"""What every finops service shares: database, events, access, HTTP, time and money.

Admission: used by two services today, no business noun but contracts and
permissions, and tests of its own.
"""
