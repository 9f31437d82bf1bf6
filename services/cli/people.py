"""Who can ask in the demonstration. Everybody, and every place, is invented."""

from dataclasses import dataclass

from services.cli.keys import DEMO_ISSUER
from shared.access.actor import Actor
from shared.contracts.context import Regime


@dataclass(frozen=True)
class Persona:
    """Somebody a demonstration token can be issued for."""

    name: str
    about: str
    agency: str
    system: bool
    roles: tuple[str, ...]
    purpose: str
    regime: Regime = "uk-gdpr"

    @property
    def actor(self) -> Actor:
        """As tokens name them."""
        return Actor(
            id=f"{DEMO_ISSUER}|{self.name}",
            agency=self.agency,
            kind="system" if self.system else "person",
            roles=frozenset(self.roles),
            purpose=self.purpose,
            basis="northvale-sharing-agreement",
            regime=self.regime,
        )


PERSONAS = {
    persona.name: persona
    for persona in (
        Persona(
            "northvale-police-system",
            "Northvale Police's missing persons system",
            "northvale-police", True, ("police-reporter",), "missing-child", "dpa-part-3",
        ),
        Persona(
            "southmere-police-system",
            "the neighbouring force's system",
            "southmere-police", True, ("police-reporter",), "missing-child", "dpa-part-3",
        ),
        Persona(
            "mash-worker",
            "a social worker in Northvale's MASH",
            "northvale-council", False, ("mash-worker",), "strategy-discussion",
        ),
        Persona(
            "social-care",
            "Northvale Council's commissioner of return interviews",
            "northvale-council", False, ("social-care",), "missing-child",
        ),
        Persona(
            "southmere-social-care",
            "the duty team of Southmere Council, the next authority",
            "southmere-council", False, ("social-care",), "missing-child",
        ),
        Persona(
            "statutory-returns",
            "whoever makes Northvale Council's returns to the government",
            "northvale-council", False, ("social-care",), "statutory-return",
        ),
        Persona(
            "profile-analyst",
            "whoever counts for the region's problem profile, at Northvale Police",
            "northvale-police", False, ("profile-analyst",), "problem-profile", "dpa-part-3",
        ),
        Persona(
            "interviewer",
            "a return interviewer of the Lantern Trust",
            "lantern-trust", False, ("interviewer",), "missing-child",
        ),
        Persona(
            "school",
            "the safeguarding lead of Quarry Bank School",
            "quarry-bank-school", False, ("practitioner",), "missing-child",
        ),
        Persona(
            "tool-publisher",
            "whoever publishes Northvale's versions of the screening tool",
            "northvale-council", False, ("tool-publisher",), "operations",
        ),
        Persona(
            "hotel-watch",
            "a night receptionist who takes part in Northvale's Hotel Watch",
            "northvale-hotel-watch", False, ("practitioner",), "missing-child",
        ),
        Persona(
            "intelligence-officer",
            "an officer of Northvale Police's intelligence bureau",
            "northvale-police", False, ("intelligence-officer",), "intelligence-assessment",
            "dpa-part-3",
        ),
        Persona(
            "licensing",
            "a licensing officer of Northvale Council",
            "northvale-licensing", False, ("licensing-officer",), "child-protection-enquiry",
        ),
        Persona(
            "source-handler",
            "an officer of the same bureau who handles its sources",
            "northvale-police", False, ("intelligence-officer", "source-handler"),
            "intelligence-assessment", "dpa-part-3",
        ),
        Persona(
            "police-mash",
            "Northvale Police's decision maker in the MASH",
            "northvale-police", False, ("mash-worker",), "child-protection-enquiry", "dpa-part-3",
        ),
        Persona(
            "southmere-mash",
            "the neighbouring force's decision maker in its MASH",
            "southmere-police", False, ("mash-worker",), "child-protection-enquiry", "dpa-part-3",
        ),
        Persona(
            "covert-officer",
            "an officer of Northvale Police who is cleared for covert work",
            "northvale-police", False, ("covert-cleared", "intelligence-officer", "mash-worker"),
            "child-protection-enquiry", "dpa-part-3",
        ),
        Persona(
            "registrar",
            "whoever registers agencies",
            "northvale-council", False, ("registrar",), "operations",
        ),
        Persona(
            "operator",
            "whoever keeps the system running: sees how it is doing, and nobody's data",
            "throughline", True, ("operator",), "operations",
        ),
        Persona(
            "auditor",
            "an auditor: checks how the system is used, reads nobody's record",
            "northvale-audit", False, ("auditor",), "audit",
        ),
    )
}  # fmt: skip
