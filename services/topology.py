"""Which services there are, and what each may read, open and publish: plain data.

Whoever deploys Throughline reads here what to grant.
"""

from dataclasses import dataclass, field

from shared.contracts.sealed import FieldClass

IDENTITY, WHEREABOUTS = FieldClass.IDENTITY, FieldClass.WHEREABOUTS
CONTACT, NARRATIVE = FieldClass.CONTACT, FieldClass.NARRATIVE
EVERY_CLASS = frozenset(FieldClass)
IN_WORDS = EVERY_CLASS - {FieldClass.PICTURE}
"""What views are made of. A picture is opened by the service that keeps it, and by no other."""
COMPARED = frozenset({IDENTITY, WHEREABOUTS, CONTACT})
"""What intake compares, to tell whether two reports mean one person, place, vehicle or phone; it
keeps blind indexes of it and no value, and never opens what is said about anybody (ADR 16)."""


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        stores: its event stores, each a schema in its database and a stream on the bus.
        follows: the stores of others that it reads from the bus.
        opens: for each store, the classes of sealed fields that it may open.
        hides: tables of its own whose rows are sealed under scopes of their own, by the name that
            stands in the scope where a store's does, with their classes. Nobody else may open them.
        keeps_views: it has an archive and views.
        port: where it listens unless told otherwise.
        looks_up_places: it may read the directory of postcodes.
    """

    name: str
    stores: tuple[str, ...]
    follows: tuple[str, ...]
    opens: dict[str, frozenset[FieldClass]]
    keeps_views: bool
    port: int
    looks_up_places: bool = False
    hides: dict[str, frozenset[FieldClass]] = field(default_factory=dict)

    @property
    def reads(self) -> frozenset[str]:
        """The vault scopes released to it."""
        return frozenset(
            f"{store}.{field_class.name.lower()}"
            for store, classes in (self.opens | self.hides).items()
            for field_class in classes
        )

    @property
    def writes(self) -> frozenset[str]:
        """The vault scopes under which it seals."""
        sealed = dict.fromkeys(self.stores, EVERY_CLASS) | self.hides
        return frozenset(
            f"{store}.{field_class.name.lower()}"
            for store, classes in sealed.items()
            for field_class in classes
        )

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"throughline_{self.name}"


SERVICES = {
    service.name: service
    for service in (
        Service(
            name="missing",
            stores=("missing", "missing_disclosures"),
            follows=(),
            opens={"missing": EVERY_CLASS},
            keeps_views=False,
            port=8101,
        ),
        Service(
            name="screening",
            stores=("screening", "screening_disclosures"),
            # What social care does about a referral is what closes the duty to refer.
            follows=("intake",),
            opens={"screening": EVERY_CLASS},
            keeps_views=False,
            port=8104,
        ),
        Service(
            name="intake",
            stores=("intake", "intake_disclosures"),
            follows=("missing", "screening", "intelligence", "intake"),
            # It compares identifiers and needs nothing else of others' reports. It links its own
            # mentions like everybody's, so it follows itself.
            opens={
                "missing": COMPARED,
                "screening": COMPARED,
                "intelligence": COMPARED,
                "intake": EVERY_CLASS,
            },
            keeps_views=False,
            port=8102,
            looks_up_places=True,
        ),
        Service(
            name="mash",
            stores=("mash", "mash_disclosures"),
            follows=("missing", "screening", "intelligence", "intake"),
            opens={
                "missing": IN_WORDS,
                "screening": IN_WORDS,
                "intelligence": IN_WORDS,
                "intake": IN_WORDS,
            },
            keeps_views=True,
            port=8103,
            looks_up_places=True,
        ),
        Service(
            name="intelligence",
            stores=("intelligence", "intelligence_disclosures"),
            follows=(),
            opens={"intelligence": EVERY_CLASS},
            keeps_views=False,
            port=8105,
            # Who gave a report: in no event, and on no other service's keyring.
            hides={"intelligence_sources": frozenset({IDENTITY})},
        ),
    )
}

VAULT_DATABASE = "throughline_vault"
REFERENCE_DATABASE = "throughline_reference"
"""Where every postcode is: nobody's data, and one copy of it."""


def who_looks_up_places() -> tuple[str, ...]:
    """The services that may read the directory of postcodes."""
    return tuple(name for name, service in SERVICES.items() if service.looks_up_places)


def owner_of(store: str) -> str:
    """The service that a store belongs to."""
    return next(service.name for service in SERVICES.values() if store in service.stores)
