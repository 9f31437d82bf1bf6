"""By what a child can be found: names as they are spoken, and the day of birth."""

import re
import unicodedata

import msgspec

from services.mash.views.facts import Named
from shared.contracts.mentions import PersonIdentity
from shared.projecting.facts import Fact, Term

_LETTERS = re.compile(r"[^a-z0-9]+")


def spoken(name: str) -> str:
    """A name without case, accents and punctuation: O'Neill and o neill are one spelling."""
    plain = name.replace("'", "").replace("\u2019", "")
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _LETTERS.sub(" ", plain.casefold()).strip()


def terms_of(fact: Fact) -> list[Term]:
    """The terms of a named person, in whatever role; facts of other kinds have none."""
    if fact.kind != "named":
        return []
    named = msgspec.json.decode(fact.value, type=Named)
    content = named.details.opened
    if named.kind != "person" or content is None:
        return []
    identity = msgspec.json.decode(content, type=PersonIdentity)
    terms = {Term(fact.mention_id, "name", spoken(name.full)) for name in identity.names}
    if identity.date_of_birth is not None:
        terms.add(Term(fact.mention_id, "born", identity.date_of_birth))
    return sorted(terms, key=lambda term: (term.kind, term.value))
