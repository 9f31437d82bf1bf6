"""Places, vehicles and phones: what joins two mentions of one, and what never does."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from services.intake.consumers import MentionLinker
from services.intake.domain import new_mention
from shared.contracts import intake, missing
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
    PersonIdentity,
    PersonMention,
    PersonName,
    PhoneDetails,
    PhoneMention,
    PlaceDetails,
    PlaceMention,
    VehicleDetails,
    VehicleMention,
)
from shared.contracts.sealed import Sealed
from tests.conftest import Stores
from tests.support.histories import Thing, context, report
from tests.support.register import Register, making_register

PC = "NV1 2AB"


def place(role: Any = "found_at", **details: Any) -> PlaceMention:
    mention_id = new_mention_id()
    content = PlaceDetails(**details)
    return PlaceMention(mention_id=mention_id, role=role, place=Sealed.of(mention_id, content))


def car(**details: Any) -> VehicleMention:
    mention_id = new_mention_id()
    content = VehicleDetails(**details)
    return VehicleMention(
        mention_id=mention_id, role="seen_in", vehicle=Sealed.of(mention_id, content)
    )


def phone(number: str) -> PhoneMention:
    mention_id = new_mention_id()
    content = PhoneDetails(number=number)
    return PhoneMention(mention_id=mention_id, role="used_by", phone=Sealed.of(mention_id, content))


def lodge(**details: Any) -> PlaceMention:
    return place(name="Harbour Lodge", address=("12 Quay Street",), postcode=PC, **details)


@pytest.mark.parametrize(
    ("mention", "schemes"),
    [
        (lodge(uprn="100012"), ("uprn", "premises")),
        (place(uprn="000100012"), ("uprn",)),
        (place(uprn="0"), ()),
        (place(uprn="not a number"), ()),
        (lodge(), ("premises",)),
        (place(name="Harbour Lodge", postcode="ZZ99 3VZ"), ()),
        (place(name="the park by the school", type="park"), ()),
        (car(registration="NV12 ABC"), ("registration",)),
        (car(registration="NV12 ABC", registration_is_partial=True), ()),
        (car(registration="NV12"), ()),
        (car(make="Ford", colour="silver"), ()),
        (phone("07700 900123"), ("phone-number",)),
        (phone("ends in 123"), ()),
    ],
)
def test_only_what_is_unique_to_one_thing_proves_anything(
    mention: Mention, schemes: tuple[str, ...]
) -> None:
    assert tuple(found.scheme for found in new_mention(mention).identifiers) == schemes


def test_a_thing_that_was_erased_proves_nothing() -> None:
    erased = lodge(uprn="100012")
    assert erased.place is not None
    erased.place.shut("erased")
    found = new_mention(erased, report=uuid4())
    assert (found.identifiers, found.apart) == ((), ())


def test_words_are_compared_only_within_one_report_and_one_role() -> None:
    first, again, elsewhere = (car(colour="silver", make="Ford") for _ in range(3))
    one, other = uuid4(), uuid4()
    assert new_mention(first, report=one).identifiers == new_mention(again, report=one).identifiers
    assert not set(new_mention(first, report=one).identifiers) & set(
        new_mention(elsewhere, report=other).identifiers
    )
    seen, found = place("seen_at", name="the park"), place("found_at", name="the park")
    assert not set(new_mention(seen, report=one).identifiers) & set(
        new_mention(found, report=one).identifiers
    )
    assert new_mention(car(), report=one).identifiers == ()


@pytest_asyncio.fixture
async def register(stores: Stores) -> AsyncIterator[Register]:
    async with making_register(stores) as made:
        yield made


@pytest.mark.integration
@pytest.mark.asyncio
class TestRegister:
    """On a real database."""

    async def test_what_is_unique_links_and_says_why(self, register: Register) -> None:
        lodging = {"name": "harbour lodge", "address": ("12 QUAY ST",), "postcode": "nv12ab"}
        pairs: list[tuple[Mention, Mention, intake.MatchedOn]] = [
            (place(name="Lodge", uprn="100012"), place(uprn="100012"), "uprn"),
            (lodge(), place(**lodging), "premises"),
            (car(registration="NV12 ABC"), car(registration="nv12abc"), "registration"),
            (phone("07700 900123"), phone("+44 7700 900 123"), "phone-number"),
        ]
        for one, other, matched_on in pairs:
            await register.hear(also=(one,))
            await register.hear(also=(other,))

            subject = await register.subject(one.mention_id)
            assert await register.subject(other.mention_id) == subject
            link = await register.link(other.mention_id)
            assert link.evidence == (
                intake.Evidence(matched_on=matched_on, with_mention=one.mention_id),
            )
            assert (link.decided_by.name, link.decided_by.version) == ("thing-identifier", 1)

    async def test_what_others_may_share_never_links(self, register: Register) -> None:
        part = {"registration": "NV12", "registration_is_partial": True}
        whole = {"registration": "NV12ABC"}
        pairs: list[tuple[Mention, Mention]] = [
            (car(**part), car(**part)),
            (car(**whole), car(**whole, registration_is_partial=True)),
            (lodge(), place(name="Harbour Lodge", address=("14 Quay Street",), postcode=PC)),
            (lodge(), place(address=("12 Quay Street",), postcode=PC)),
            (place(name="the park"), place(name="the park")),
        ]
        for one, other in pairs:
            await register.hear(also=(one,))
            await register.hear(also=(other,))
            first = await register.subject(one.mention_id)
            assert first != await register.subject(other.mention_id)

    async def test_two_property_numbers_at_one_address_are_two_places(
        self, register: Register
    ) -> None:
        flat, neighbour, unnumbered = lodge(uprn="1"), lodge(uprn="2"), lodge()
        again = lodge(uprn="2")
        for mention in (flat, neighbour, unnumbered, again):
            await register.hear(also=(mention,))
        of = {m.mention_id: await register.subject(m.mention_id)
              for m in (flat, neighbour, unnumbered, again)}  # fmt: skip

        assert of[flat.mention_id] != of[neighbour.mention_id]
        # Somebody should look: the same address, and another number.
        assert (await register.link(neighbour.mention_id)).conflicting == (of[flat.mention_id],)
        assert of[unnumbered.mention_id] == of[flat.mention_id]
        # The number decides, although the address alone points to the first.
        assert of[again.mention_id] == of[neighbour.mention_id]

    async def test_a_number_learnt_later_is_the_address_known_before(
        self, register: Register
    ) -> None:
        unnumbered, numbered, by_number = lodge(), lodge(uprn="7"), place(uprn="7")
        for mention in (unnumbered, numbered, by_number):
            await register.hear(also=(mention,))
        subjects = {await register.subject(m.mention_id) for m in (unnumbered, numbered, by_number)}
        assert len(subjects) == 1

    async def test_versions_of_one_report_do_not_multiply_what_they_name(
        self, register: Register
    ) -> None:
        friend_id, again_id = new_mention_id(), new_mention_id()
        friend, again = (
            PersonMention(
                mention_id=mention_id,
                role="associate",
                identity=Sealed.of(
                    mention_id, PersonIdentity(names=(PersonName(full="Dex", use="nickname"),))
                ),
            )
            for mention_id in (friend_id, again_id)
        )
        first = report()
        thing = Thing.report(msgspec.structs.replace(first, mentions=(*first.mentions, friend)))
        await register.stores.repository.save(thing, context=context())
        await MentionLinker(register.application).handle((await register.events())[-1])
        (event,) = await register.events()
        assert isinstance(event.data, missing.EpisodeReported)
        revised = msgspec.structs.replace(event.data, mentions=(again,))
        await MentionLinker(register.application).handle(
            type(event)(event.store, 2, event.body, event.envelope, revised)
        )
        assert await register.subject(friend_id) == await register.subject(again_id)

        elsewhere = new_mention_id()
        other = msgspec.structs.replace(
            friend,
            mention_id=elsewhere,
            identity=Sealed.of(
                elsewhere, PersonIdentity(names=(PersonName(full="Dex", use="nickname"),))
            ),
        )
        await register.hear(also=(other,))
        assert await register.subject(elsewhere) != await register.subject(friend_id)

    async def test_a_thing_can_be_unlinked_and_moved_like_a_person(
        self, register: Register
    ) -> None:
        one, other = car(registration="NV12 ABC"), car(registration="NV12 ABC")
        await register.hear(also=(one,))
        await register.hear(also=(other,))
        before = await register.subject(one.mention_id)
        use = register.application
        await use.unlink(
            mention_id=other.mention_id, reason="not-enough-evidence", context=context()
        )
        assert await use.link_of(mention_id=other.mention_id) is None
        await use.move(
            mention_id=other.mention_id, subject_id=before, reason="undo", context=context()
        )
        assert await register.subject(other.mention_id) == before

    async def test_no_value_is_kept(self, register: Register) -> None:
        await register.hear(
            also=(lodge(uprn="100012"), car(registration="NV12 ABC"), phone("07700 900123"))
        )
        rows = await register.stores.database.admin.fetch("SELECT * FROM intake.claim")
        events = await register.stores.database.admin.fetch("SELECT body FROM intake.event")
        kept = b"".join(
            value if isinstance(value, bytes) else str(value).encode()
            for row in (*rows, *events)
            for value in row.values()
        )
        assert len(rows) == 8
        for value in ("100012", "NV12", "447700900123", "harbour", PC):
            assert value.encode() not in kept

    async def test_redelivered_it_changes_nothing(self, register: Register) -> None:
        await register.hear(also=(lodge(uprn="1"), car(registration="NV12 ABC")))
        before = len(await register.decided())
        await MentionLinker(register.application).handle((await register.events())[-1])
        assert len(await register.decided()) == before
