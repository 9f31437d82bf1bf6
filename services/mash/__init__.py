"""Mash: the read side.

Owns: the archive (its own copy of every event), the views folded from it, search, and the record of
what it showed to whom.

Does not own: any fact. It changes no other service's data, and what it shows can be thrown away and
folded again from the archive.
"""
