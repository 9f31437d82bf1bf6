"""Whether the council that is named as responsible for a child is one that is told by a list."""

from services.missing.areas import councils_of, is_known
from shared.contracts.refusals import Fault, Invalid


def refuse_unknown_council(council: str | None, *, force: str | None = None) -> None:
    """Refuse a responsible authority whose code no area lists: no list would show it to anybody.

    A mistyped code, or one of another system, would take the interview from the councils near, who
    see what is for nobody named (ADR 29). A council of another force's area is one like theirs: a
    child may be placed far from home. Of a force whose own councils are not listed nothing is
    known, so nothing is refused.

    Args:
        council: the agency code, where one was named.
        force: the force that names it; none where another agency does.

    Raises:
        Invalid: no area lists it.
    """
    near = sorted(councils_of(force)) if force is not None else []
    if council is None or is_known(council) or (force is not None and not near):
        return
    says = "no council here has this code: check it, or leave it out"
    if near:
        says += (
            ", and every council in your area sees what is due to the child; yours: "
            f"{', '.join(near)}"
        )
    raise Invalid("nothing was stored", (Fault("/responsible_authority", says),))
