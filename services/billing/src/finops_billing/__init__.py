"""billing: editions, price lists, and what companies subscribe to.

It says what each company may use and never holds a card number. It mirrors from
org-rbac the currency a company is billed in, and decides nothing about people.
"""
