"""How old a child is for the rules: the youngest credible age, and why that one. Pure.

"She is saying she is 17, but we suspect she's more like 14": several statements may stand together,
each with who made it. What protects a child is the youngest that is held for possible.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts.mentions import PersonIdentity
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.screening import AgeStatement
from shared.reference import partial_dates


@dataclass(frozen=True, slots=True)
class Age:
    """An age in whole years, or that none is known.

    Attributes:
        says: why this one, in a sentence.
    """

    years: int | None
    says: str

    def below(self, years: int) -> bool:
        """Whether the child may be younger: an age that is not known may be."""
        return self.years is None or self.years < years


@dataclass(frozen=True, slots=True)
class _Candidate:
    years: int
    by: str


def years_on(born: date, day: date) -> int:
    """Whole years on a day.

    Who was born on 29 February is a year older on 1 March of other years: how the law is commonly
    read, and our choice.
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def youngest_credible(identity: PersonIdentity, stated: Sequence[AgeStatement], day: date) -> Age:
    """The youngest age on a day that the form and what others say leave possible.

    Of a date of which only a part is known, the latest day counts; of a range, its lower end.

    Raises:
        Invalid: a date of birth is after the day.
    """
    candidates = list(_candidates(identity, stated, day))
    if not candidates:
        return Age(None, "No age is known; the child may be under any limit.")
    youngest = min(candidates, key=lambda candidate: candidate.years)
    others = sorted({c.years for c in candidates if c.years != youngest.years})
    if not others:
        return Age(youngest.years, f"{youngest.years} on the day, {youngest.by}.")
    also = ", ".join(map(str, others))
    return Age(
        youngest.years,
        f"{youngest.years} on the day, {youngest.by}: the youngest of the ages that are held for "
        f"possible (also {also}).",
    )


def _candidates(
    identity: PersonIdentity, stated: Sequence[AgeStatement], day: date
) -> Iterator[_Candidate]:
    faults: list[Fault] = []
    given: list[tuple[str, str, PersonIdentity | AgeStatement]] = [
        ("/child", "as the form says", identity),
        *(
            (f"/other_ages/{number}", f"as said by {statement.asserted_by}", statement)
            for number, statement in enumerate(stated)
        ),
    ]
    for pointer, by, source in given:
        if source.date_of_birth is not None and partial_dates.earliest(source.date_of_birth) > day:
            faults.append(
                Fault(f"{pointer}/date_of_birth", "this is after the day of the screening")
            )
        if isinstance(source, AgeStatement) and not source.believed:
            continue
        if source.date_of_birth is not None:
            born = min(partial_dates.latest(source.date_of_birth), day)
            yield _Candidate(years_on(born, day), by)
        if source.age_from is not None:
            yield _Candidate(source.age_from, by)
    if faults:
        raise Invalid("nothing was stored", tuple(faults))
