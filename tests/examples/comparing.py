"""A profile and a ledger in one form, in which nothing is left out but what is zero."""

from typing import Any

from services.mash.views.profile import Profile

Told = dict[str, dict[str, tuple[Any, ...]]]


def told(found: Profile | dict[str, Any]) -> Told:
    """Each figure of each area: base, cells, what is outside the base, value."""
    if isinstance(found, Profile):
        found = {
            figure.id: {
                area.area: {
                    "base": area.base or 0,
                    "cells": {cell.label: cell.count for cell in area.cells},
                    "outside": {cell.label: cell.count for cell in area.outside},
                    "value": area.value,
                }
                for area in figure.areas
            }
            for figure in found.figures
        }
    whole = {
        figure: {
            area: (count["base"], count["cells"], count["outside"], count["value"])
            for area, count in areas.items()
            if count["base"] or count["cells"] or count["outside"]
        }
        for figure, areas in found.items()
    }
    return {figure: areas for figure, areas in whole.items() if areas}
