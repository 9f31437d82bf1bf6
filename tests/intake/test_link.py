"""A link's rules: decided, taken back, decided again; and what a rule may look at of a mention."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.intake.domain import Agency, Link, StrongIdentifier, Subject, new_mention
from shared.contracts import intake
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import Identifier, IdentifierScheme, PersonIdentity, PersonMention
from shared.contracts.refusals import Refused, RuleBroken
from shared.contracts.sealed import Sealed
from tests.support.scenario import given, replays_to_the_same, when_made

NOW = datetime(2015, 3, 28, 9, 0, tzinfo=UTC)
MENTION = new_mention_id()
HERS, OTHER = uuid4(), uuid4()
WORKER = intake.Decider(kind="person", name="demonstration|mash-worker", version=0)
RULE = intake.Decider(kind="rule", name="strong-identifier", version=1)

LINKED = intake.MentionLinked(
    about=(MENTION,), subject_id=HERS, subject_kind="person", new_subject=True, decided_by=RULE
)


def unlinked(subject_id: UUID = HERS) -> intake.MentionUnlinked:
    return intake.MentionUnlinked(
        about=(MENTION,), subject_id=subject_id, decided_by=WORKER, reason="wrong-person"
    )


def moved(
    origin: UUID | None, to: UUID, reason: intake.MoveReason = "same-person"
) -> intake.MentionMoved:
    return intake.MentionMoved(
        about=(MENTION,), from_subject=origin, subject_id=to, decided_by=WORKER, reason=reason
    )


def unlink(link: Link) -> None:
    link.unlink(decided_by=WORKER, reason="wrong-person", now=NOW)


def move(link: Link, to: UUID, reason: intake.MoveReason = "same-person") -> None:
    link.move(to, decided_by=WORKER, reason=reason, now=NOW)


def test_the_first_decision_is_the_links_beginning() -> None:
    link = when_made(lambda: Link.decide(MENTION, LINKED, now=NOW)).then(LINKED)
    assert (link.id, link.subject_id, link.subject_kind) == (MENTION, HERS, "person")


def test_a_link_can_be_taken_back_and_only_once() -> None:
    link = given(Link, LINKED, record_id=MENTION).when(unlink).then(unlinked())
    assert link.subject_id is None
    given(Link, LINKED, unlinked()).when(unlink).refuses(RuleBroken, match="not linked")


def test_a_mention_can_be_linked_to_another_subject() -> None:
    link = (
        given(Link, LINKED, record_id=MENTION)
        .when(lambda link: move(link, OTHER))
        .then(moved(HERS, OTHER))
    )
    assert link.subject_id == OTHER


def test_an_unlinked_mention_can_be_linked_again() -> None:
    given(Link, LINKED, unlinked(), record_id=MENTION).when(
        lambda link: move(link, HERS, "undo")
    ).then(moved(None, HERS, "undo"))


def test_a_move_to_where_it_is_says_nothing_new() -> None:
    given(Link, LINKED).when(lambda link: move(link, HERS)).refuses(RuleBroken, match="already")
    given(Link, LINKED, moved(HERS, OTHER)).when(lambda link: move(link, OTHER)).refuses(RuleBroken)


def test_an_agency_and_a_subject_are_as_they_were_registered() -> None:
    data = intake.AgencyRegistered(
        code="northvale-police", name="Northvale Police", kind="police", since=date(2014, 7, 1)
    )
    assert when_made(lambda: Agency.register(data, now=NOW)).then(data).data == data
    subject = when_made(lambda: Subject.register("vehicle", now=NOW)).then(
        intake.SubjectRegistered(kind="vehicle")
    )
    assert subject.kind == "vehicle"


def test_a_subjects_id_tells_not_even_when_it_was_made() -> None:
    assert Subject.register("person", now=NOW).id.version == 4


COMMANDS = st.lists(st.one_of(st.none(), st.sampled_from([HERS, OTHER, uuid4()])), max_size=10)


@for_any(COMMANDS)
def test_any_run_of_commands_replays_to_the_same_state(commands: list[UUID | None]) -> None:
    link = Link.decide(MENTION, LINKED, now=NOW)
    happened = link.new_events()
    expected: UUID | None = HERS
    for subject_id in commands:
        try:
            if subject_id is None:
                unlink(link)
            else:
                move(link, subject_id)
        except Refused:
            assert link.new_events() == []
            assert subject_id == expected
        else:
            expected = subject_id
        happened += link.new_events()
    assert link.subject_id == expected
    replays_to_the_same(link, happened)


# What the rule may look at.


def mention(*identifiers: Identifier) -> PersonMention:
    identity = PersonIdentity(identifiers=identifiers)
    return PersonMention(mention_id=MENTION, role="child", identity=Sealed.of(MENTION, identity))


@pytest.mark.parametrize(
    ("scheme", "issuer", "value", "verified", "expected"),
    [
        ("nhs-number", None, "943 476 5919", True, ("", "9434765919")),
        ("nhs-number", "northvale-police", "9434765919", True, ("", "9434765919")),
        ("nhs-number", None, "9434765918", True, None),
        ("nhs-number", None, "9434765919", False, None),
        ("force-person-id", "northvale-police", "nv 12", True, ("northvale-police", "NV12")),
        ("force-person-id", None, "NV12", True, None),
        ("la-child-id", "northvale-council", "a1", True, ("northvale-council", "A1")),
        ("la-child-id", "northvale-council", "a-1", True, None),
    ],
)
def test_only_a_verified_valid_number_of_a_known_numbering_proves_anything(
    scheme: IdentifierScheme,
    issuer: str | None,
    value: str,
    verified: bool,
    expected: tuple[str, str] | None,
) -> None:
    given_one = Identifier(scheme=scheme, issuer=issuer, value=value, verified=verified)
    found = new_mention(mention(given_one, given_one)).identifiers
    assert found == ((StrongIdentifier(scheme, *expected),) if expected is not None else ())


def test_an_erased_identity_proves_nothing() -> None:
    erased = mention(Identifier(scheme="nhs-number", value="9434765919", verified=True))
    assert erased.identity is not None
    erased.identity.shut("erased")
    assert new_mention(erased).identifiers == ()
