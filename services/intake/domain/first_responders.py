"""Who may refer a child to the National Referral Mechanism. Pure.

Only first responder organisations may: police forces and local authorities, the National Crime
Agency, and a few charities (Modern Slavery Act 2015 and the Home Office's list; the list itself was
read in secondary sources). A charity that holds return interviews usually is none. For a child no
consent is needed.
"""

from typing import Final

from shared.contracts.intake import AgencyKind

KINDS: Final[frozenset[AgencyKind]] = frozenset({"police", "local-authority"})

NAMED: Final = frozenset({"national-crime-agency", "barnardos", "nspcc", "salvation-army"})
"""Codes under which an installation registers organisations on the list of neither kind."""


def may_refer(code: str, kind: AgencyKind | None) -> bool:
    """Whether an agency may refer; one that is not registered may not."""
    return kind is not None and (kind in KINDS or code in NAMED)
