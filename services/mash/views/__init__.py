"""The folds: one file a view, and what they are folded from. Pure."""

from services.mash.views.agency import fold_agency
from services.mash.views.child import fold_child
from services.mash.views.facts import facts_of, links_of
from services.mash.views.nodes import (
    fold_organisation,
    fold_perpetrator,
    fold_phone,
    fold_place,
    fold_vehicle,
)
from services.mash.views.terms import terms_of
from shared.projecting.facts import Folds

SOURCES = ("intake", "intelligence", "missing", "screening")

FOLDS = Folds(
    name="views",
    version=1,  # nothing was released yet
    sources=SOURCES,
    facts_of=facts_of,
    links_of=links_of,
    terms_of=terms_of,
    views={
        "agency": fold_agency,
        "child": fold_child,
        "organisation": fold_organisation,
        "perpetrator": fold_perpetrator,
        "phone": fold_phone,
        "place": fold_place,
        "vehicle": fold_vehicle,
    },
)
"""Everything that mash shows. A change of shape or meaning below is a new version here."""
