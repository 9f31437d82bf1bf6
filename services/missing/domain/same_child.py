"""Whether two reports can be of one child, as far as they tell. Pure.

Who is who is for intake to decide, and this decides nothing of it: it is asked only before a person
says that two records concern one child, so that a slip of the hand does not end another child's
interview.
"""

from shared.contracts.mentions import PersonIdentity


def may_be_one(one: PersonIdentity, other: PersonIdentity) -> bool:
    """Whether anything in two descriptions agrees, and no number or birth speaks against it.

    A number that both give decides by itself. A birth that is known in part contradicts only where
    it differs, and agrees with nothing.
    """
    numbers, others = _numbers(one), _numbers(other)
    shared = numbers.keys() & others.keys()
    if any(numbers[scheme] & others[scheme] for scheme in shared):
        return True
    if shared:
        return False
    born, other_born = one.date_of_birth, other.date_of_birth
    if born is not None and other_born is not None:
        if not (born.startswith(other_born) or other_born.startswith(born)):
            return False
        if born == other_born and len(born) == len("2001-02-15"):
            return True
    return bool(_names(one) & _names(other))


def _numbers(identity: PersonIdentity) -> dict[tuple[str, str | None], set[str]]:
    found: dict[tuple[str, str | None], set[str]] = {}
    for number in identity.identifiers:
        found.setdefault((number.scheme, number.issuer), set()).add(number.value)
    return found


def _names(identity: PersonIdentity) -> set[str]:
    return {" ".join(name.full.casefold().split()) for name in identity.names}
