"""Write a history file for every released event type that has none.

Run as `python -m tests.contracts.release`.

A file is one stored event, complete: envelope, position, boxes sealed under random keys that nobody
keeps. It is written once and never again; a file that exists is left as it is. Everybody in the
samples is invented, and every optional field is filled, so that no field can be dropped unseen.
"""

import asyncio
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from shared.contracts import EVENTS, Context, disclosure, envelope, intake, mash, missing, times
from shared.contracts.ids import new_event_id, new_mention_id, new_record_id, new_subject_id
from shared.contracts.mentions import (
    Ethnicity,
    Identifier,
    Mention,
    OrganisationDetails,
    OrganisationMention,
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
from shared.contracts.registry import EventData, Registered, Registry, encode
from shared.contracts.sealed import Sealed
from shared.vault.keys import Gone, KeyName, Keys
from shared.vault.sealing import Vault

HISTORY = Path(__file__).parent / "history"
BEGAN = datetime(2015, 3, 27, 18, 0, tzinfo=UTC)

CONTEXT = Context(
    actor="demonstration|northvale-police-system",
    agency="northvale-police",
    purpose="missing-child",
    basis="northvale-sharing-agreement",
    regime="dpa-part-3",
    correlation_id=uuid4(),
    causation_id=uuid4(),
)


class _RandomKeys:
    """Keys that nobody keeps: a history file proves the shape of a box, never what was inside."""

    async def made(self, names: list[KeyName]) -> dict[KeyName, AESGCM | Gone]:
        return {name: AESGCM(secrets.token_bytes(32)) for name in names}


def _identity(mention_id: UUID) -> Sealed[PersonIdentity]:
    return Sealed.of(
        mention_id,
        PersonIdentity(
            names=(PersonName(full="Wren Ashdown", given="Wren", family="Ashdown", use="known"),),
            date_of_birth="2001-02-15",
            date_of_birth_basis="stated",
            age_from=14,
            age_to=14,
            sex="female",
            gender="girl",
            ethnicity=Ethnicity(scheme="16-plus-1", code="W1"),
            identifiers=(
                Identifier(scheme="nhs-number", value="9434765919", verified=True),
                Identifier(scheme="force-person-id", value="NV/1", issuer="northvale-police"),
            ),
            description="Slight, green parka.",
        ),
    )


def _one_of_each_kind(child: UUID) -> tuple[Mention, ...]:
    friend, place, car, phone, school = (new_mention_id() for _ in range(5))
    return (
        PersonMention(mention_id=child, role="child", identity=_identity(child)),
        PersonMention(
            mention_id=friend, of=child, handling="C", role="associate", identity=_identity(friend)
        ),
        PlaceMention(
            mention_id=place,
            of=child,
            handling="C",
            role="last_seen_at",
            place=Sealed.of(
                place,
                PlaceDetails(
                    name="Lantern Arcade",
                    address=("1 Quay Street", "Northvale"),
                    postcode="ZZ99 3VZ",
                    uprn="100",
                    type="arcade",
                    description="By the harbour.",
                ),
            ),
        ),
        VehicleMention(
            mention_id=car,
            of=friend,
            role="seen_in",
            vehicle=Sealed.of(
                car,
                VehicleDetails(
                    registration="NV12",
                    registration_is_partial=True,
                    make="Any",
                    model="Any",
                    colour="silver",
                    description="Dented door.",
                ),
            ),
        ),
        PhoneMention(
            mention_id=phone,
            of=child,
            role="used_by",
            phone=Sealed.of(phone, PhoneDetails(number="01632 960001", description="Old.")),
        ),
        OrganisationMention(
            mention_id=school,
            of=child,
            role="school",
            organisation=Sealed.of(
                school, OrganisationDetails(name="Northvale High School", description="Year 9.")
            ),
        ),
    )


def _report(cls: type[missing.EpisodeReported | missing.ReportRevised]) -> EventData:
    child = new_mention_id()
    return cls(
        about=(uuid4(),),
        mentions=_one_of_each_kind(child),
        force="northvale-police",
        report_version=1,
        child=child,
        concern="missing",
        missing_from="home",
        missing_since=BEGAN,
        last_seen_at=BEGAN,
        reported_at=BEGAN,
        risk=missing.RiskGrade(scheme="college-2013", level="medium"),
        at_risk_of_exploitation="unknown",
        known_to_social_care="no",
        responsible_authority="northvale-council",
        risk_scheme="college-2013",
        definition="college-2013-missing",
        narrative=Sealed.of(
            child,
            missing.ReportNarrative(
                force_reference="NV/15/000127",
                circumstances="Left home after an argument.",
                risk_factors=("out_of_character",),
                risk_factor_notes="The first time.",
                questions=(missing.QuestionAnswer(question="company", answer="An older friend."),),
                attempts_to_find="Her mother rang friends.",
            ),
        ),
    )


def _returned() -> EventData:
    child, place = new_mention_id(), new_mention_id()
    return missing.ChildReturned(
        about=(child,),
        mentions=(
            PlaceMention(
                mention_id=place,
                of=child,
                handling="C",
                role="found_at",
                place=Sealed.of(place, PlaceDetails(name="Harbour Lodge Hotel", type="hotel")),
            ),
        ),
        child=child,
        returned_at=BEGAN,
        how="found_by_police",
        family_may_know_place=False,
        narrative=Sealed.of(
            child, missing.ReturnNarrative(circumstances="Found walking.", harm="None seen.")
        ),
    )


def _disclosed() -> EventData:
    searched = new_mention_id()
    return disclosure.DisclosureMade(
        about=(new_mention_id(),),
        mentions=(PersonMention(mention_id=searched, role="searched_for"),),
        action="search",
        outcome="shown",
        roles=("mash-worker",),
        subjects=(new_subject_id(),),
        vector={"intake": 3, "missing": 2},
        shown=secrets.token_hex(32),
        withheld=1,
        policies=("mash-staff-see-children",),
        policy_set=secrets.token_hex(32),
        criteria=_identity(searched),
        asked=Sealed.of(
            searched, disclosure.SearchedFor(fields={"registration": "NV12", "colour": "silver"})
        ),
    )


PERSON = intake.Decider(kind="person", name="demonstration|mash-worker", version=0)


def _filled(annotation: Any, child: UUID) -> Any:
    """A value of a field's type, every optional one present: for the many small events."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return parts[0]
    if origin is tuple:
        return (_filled(parts[0], child),)
    if origin is Sealed:
        return Sealed.of(child, _filled(parts[0], child))
    if parts:
        return _filled(next(part for part in parts if part is not type(None)), child)
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        fields = msgspec.structs.fields(annotation)
        return annotation(**{field.name: _filled(field.type, child) for field in fields})
    return _PLAIN[annotation](child)


_PLAIN: dict[Any, Callable[[UUID], Any]] = {
    UUID: lambda child: child,
    str: lambda _: "northvale-council",
    int: lambda _: 2,
    bytes: lambda _: b"\xff\xd8\xff\xd9",
    bool: lambda _: True,
    datetime: lambda _: BEGAN,
    date: lambda _: BEGAN.date(),
}


def _small(data_type: type[EventData]) -> EventData:
    """A sample of an event whose fields need no thought."""
    child = new_mention_id()
    fields = {
        field.name: _filled(field.type, child)
        for field in msgspec.structs.fields(data_type)
        if field.name not in {"about", "mentions"}
    }
    return data_type(about=(child,), **fields)


def samples() -> Sequence[EventData]:
    """One of each type, every field filled."""
    mention, subject = new_mention_id(), new_subject_id()
    return (
        _report(missing.EpisodeReported),
        _report(missing.ReportRevised),
        _returned(),
        _disclosed(),
        mash.AlertRaised(
            about=(mention,),
            rule=mash.RuleUsed(
                name="repeat-episodes", version=1, parameters={"episodes": "3", "days": "90"}
            ),
            subject_id=subject,
            subject_kind="child",
            trigger=new_record_id(),
            evidence=(new_event_id(),),
            authorities=("northvale-council",),
            happened_at=BEGAN,
            answer_by=BEGAN,
        ),
        intake.AgencyRegistered(
            code="northvale-police",
            name="Northvale Police",
            kind="police",
            since=date(2014, 7, 1),
            areas=("E08000030",),
        ),
        intake.SubjectRegistered(kind="person"),
        intake.MentionLinked(
            about=(mention,),
            subject_id=subject,
            subject_kind="person",
            new_subject=False,
            decided_by=intake.Decider(kind="rule", name="strong-identifier", version=1),
            evidence=(intake.Evidence(matched_on="nhs-number", with_mention=new_mention_id()),),
            conflicting=(new_subject_id(),),
        ),
        intake.MentionUnlinked(
            about=(mention,),
            subject_id=subject,
            decided_by=PERSON,
            reason="wrong-person",
            act=new_record_id(),
        ),
        intake.MentionMoved(
            about=(mention,),
            from_subject=new_subject_id(),
            subject_id=subject,
            decided_by=PERSON,
            reason="identified",
            confidence="probable",
            basis=("witness", "vehicle"),
            act=new_record_id(),
        ),
        intake.MentionsRegrouped(
            about=(mention,),
            moved=(
                intake.Moved(mention_id=mention, from_subject=new_subject_id(), to_subject=subject),
            ),
            decided_by=PERSON,
            reason="identified",
            confidence="probable",
            basis=("witness", "vehicle"),
            note=Sealed.of(mention, intake.LinkNote(text="Picked out by two witnesses.")),
            undoes=new_record_id(),
            left=(new_mention_id(),),
            to_assign=(new_mention_id(),),
        ),
        intake.RegroupingUndone(about=(mention,), by_act=new_record_id()),
    )


def without_history(registry: Registry = EVENTS, folder: Path = HISTORY) -> list[str]:
    """The released types and versions that have no file yet."""
    return [
        event_type
        for registered in registry.all()
        for version in range(1, registered.version + 1)
        if not (folder / f"{(event_type := f'{registered.name}.v{version}')}.json").exists()
    ]


async def stored(data: EventData, registered: Registered) -> bytes:
    """An event's stored bytes, as the committer would have written them."""
    service = registered.name.partition(".")[0]
    store = "mash_disclosures" if service == "disclosure" else service
    event_id = new_event_id()
    # The vault asks its keys for nothing but `made` when it seals.
    await Vault(cast("Keys", _RandomKeys())).seal(store, [(event_id, registered.type, data)])
    prepared = envelope.prepare(
        event_id=event_id,
        store=store,
        event_type=registered.type,
        record_id=new_record_id(),
        record_version=1,
        occurred_at=times.written(BEGAN),
        handling="P",
        context=CONTEXT,
        data=encode(data),
    )
    return envelope.finish(prepared, 1, times.written(times.now()))


async def release() -> list[Path]:
    """Write the files that are not there; return what was written.

    Raises:
        SystemExit: a file of an older version was lost: its shape is no longer in the code and
            cannot be made again.
    """
    known = {EVENTS.of(type(data)).type: data for data in samples()}
    for registered in EVENTS.all():
        known.setdefault(registered.type, _small(registered.data_type))
    HISTORY.mkdir(exist_ok=True)
    written = []
    for event_type in without_history():
        if event_type not in known:
            raise SystemExit(f"the history of {event_type} is lost: restore its file")
        body = await stored(known[event_type], EVENTS.named(event_type))
        path = HISTORY / f"{event_type}.json"
        with path.open("xb") as file:  # never over a file that somebody else wrote meanwhile
            file.write(body + b"\n")
        written.append(path)
    return written


if __name__ == "__main__":
    for path in asyncio.run(release()):
        sys.stdout.write(f"{path.relative_to(HISTORY.parent)}\n")
