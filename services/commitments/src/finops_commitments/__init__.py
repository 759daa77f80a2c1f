"""The bounded context of commitments: what was committed to, and what it is worth.

Reads hourly cost records and answers how well commitments are used, how much eligible
usage they cover, what they saved and what to buy next. It changes nothing in a cloud.
"""
