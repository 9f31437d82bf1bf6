"""Intake: the front door and the register.

Owns: the register of agencies; the subject register, which decides which subject each mention is
about (links, reversible, with their evidence).

Does not own: what a report says. It opens identities, addresses and numbers to compare them, keeps
only blind indexes of them, and its events carry ids and codes, never a value.
"""
