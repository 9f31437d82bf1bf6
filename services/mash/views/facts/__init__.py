"""From events to facts: what each event says about each mention, and nothing added. Pure.

One file a followed store; each turns the events that it knows into facts of their own kinds, and
hands all others to `happened`. A store without a file here is shown by that rule alone.
"""

from collections.abc import Callable

from services.mash.views.facts import intake, intelligence, missing
from services.mash.views.facts.intake import AgencyFact, links_of
from services.mash.views.facts.kernel import Details, Happening, Named, happened
from services.mash.views.facts.missing import Report, Return, ReturnWords
from shared.projecting.facts import Event, Fact

OF_STORE: dict[str, Callable[[Event], list[Fact]]] = {
    "intake": intake.facts_of,
    "intelligence": intelligence.facts_of,
    "missing": missing.facts_of,
}
"""Who knows the events of a store."""


def facts_of(event: Event) -> list[Fact]:
    """The facts of an event; none of a type that is not known here."""
    return OF_STORE.get(event.store, happened)(event)


__all__ = [
    "AgencyFact", "Details", "Happening", "Named", "Report", "Return", "ReturnWords", "facts_of",
    "links_of",
]  # fmt: skip
