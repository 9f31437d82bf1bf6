"""Screenings: one filled form, and what became of it.

Everything that the form says of the child is sealed, the ticks first of all: which indicators were
ticked is information about health and abuse. Clear are the level, the tool and the days, because
duties follow from them.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.screening.tools import Column
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

YesNo = Literal["yes", "no", "unknown"]
"""An answer that the form asks for explicitly; nobody is guessed at."""

AssertedBy = Literal[
    "child", "parent", "carer", "family", "school", "health", "police", "social-care", "records",
    "referrer", "other",
]  # fmt: skip

Consent = Literal["given", "refused", "sought", "not-sought"]
"""Whether the young person, or a parent, agreed to the sharing. Agencies apply their own guidance
to information that does not meet a child protection threshold (screening tool, introduction)."""

EntryForm = Literal["screening-tool", "new-referral-form"]
"""Which form it came on: the tool's own, or a new referral's (resource pack, appendix 1)."""

Direction = Literal["higher", "lower", "same", "not-comparable"]
"""How a level stands to the one before; levels of two tools may not be comparable."""


class AgeStatement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody says about the child's age, beside the date of birth that the form gives.

    Attributes:
        date_of_birth: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
        age_from, age_to: years, at the screening.
        believed: the referrer holds it for possible. What is not believed is kept, and not used.
    """

    asserted_by: AssertedBy
    date_of_birth: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    believed: bool = True


class Told(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that somebody says, and whether the referrer believes it."""

    text: str
    asserted_by: AssertedBy
    believed: YesNo = "yes"


class Consulted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agency that was consulted while the form was filled in."""

    agency: str
    on: str | None = None
    said: str | None = None


class Tick(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An indicator that was ticked, as it was asked.

    Attributes:
        group: `significant`, `medium` or `vulnerability`, as the tool calls it.
        wording: as the version that was answered words it.
        columns: in which columns; both may be.
    """

    group: str
    code: str
    wording: str
    columns: tuple[str, ...]
    note: str | None = None


class Advised(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that the tool advised, and why.

    Attributes:
        rule: its code in the tool.
        level: the level that it points to, if it points to one.
        because: what on this form made it speak.
    """

    rule: str
    kind: str
    says: str
    source: str
    because: str
    level: str | None = None


@content(40, FieldClass.IDENTITY)
class AboutChild(SealedContent, frozen=True, kw_only=True):
    """Who the child is, beyond the names and date of birth that the mention holds.

    Attributes:
        name_on_indicator_page: the form asks for the name a second time; it may differ.
        ages: what else is said about the child's age, by whom.
    """

    name_on_indicator_page: str | None = None
    ages: tuple[AgeStatement, ...] = ()


@content(41, FieldClass.NARRATIVE)
class ScreeningCircumstances(SealedContent, frozen=True, kw_only=True):
    """The head of the form, in words.

    Attributes:
        disability: as written.
        learning_disability: a question of its own: no indicator proves it.
        relationship_to_child: of whoever holds parental responsibility, as written.
        reason: why the tool is used now.
    """

    learning_disability: YesNo
    additional_needs: YesNo
    reason: str
    disability: str | None = None
    additional_needs_detail: str | None = None
    lives_with: tuple[Told, ...] = ()
    parental_responsibility: tuple[Told, ...] = ()
    relationship_to_child: tuple[Told, ...] = ()
    consulted: tuple[Consulted, ...] = ()
    consent_reason: str | None = None


@content(42, FieldClass.NARRATIVE)
class ScreeningAnswers(SealedContent, frozen=True, kw_only=True):
    """Which indicators were ticked. That others were not is no evidence of safety.

    Attributes:
        columns: those of the form, with the words above them.
    """

    ticks: tuple[Tick, ...] = ()
    columns: tuple[Column, ...] = ()


@content(43, FieldClass.NARRATIVE)
class ScreeningJudgement(SealedContent, frozen=True, kw_only=True):
    """What the tool advised, and what the professional made of it: two things, kept apart.

    Attributes:
        age: the age that the rules used, and why that one, in a sentence.
        rationale: the professional's; needed where the level is below what a prompt points to.
    """

    advised: tuple[Advised, ...]
    age: str
    rationale: str | None = None


@content(44, FieldClass.CONTACT)
class ScreeningReferrer(SealedContent, frozen=True, kw_only=True):
    """How to reach whoever filled in the form; who it is stands in the mention."""

    agency: str | None = None
    telephone: str | None = None
    email: str | None = None
    address: str | None = None
    relationship_to_child: str | None = None


@content(45, FieldClass.NARRATIVE)
class ScreeningNote(SealedContent, frozen=True, kw_only=True):
    """Why or how, in words."""

    text: str


class Previous(Struct, frozen=True, kw_only=True):
    """The screening before this one in its series, as known when this one was completed.

    Attributes:
        direction: of the level since: `higher` is an escalation of risk.
    """

    screening_id: UUID
    completed_at: datetime
    level: str
    instrument: str
    version: str
    direction: Direction


class ScreeningFields(EventData, frozen=True, kw_only=True):
    """The fields of a form, the same when it is completed and when it is amended.

    Attributes:
        child: the mention of the child among `mentions`.
        referrer: the mention of whoever filled it in.
        area: the council responsible for the child, as far as the referrer knows: its tool is used,
            and its social care is who must be spoken to.
        completed_at: when the form was filled in. "Current" indicators are current to this day.
        level: as the professional assessed it.
        levels: those of the tool, the least serious first: a level is then read without it.
        advised_level: the highest that a prompt of the tool points to; none where none does.
        lowest_level: no lower one may be given, by a floor of the tool.
        meets_threshold: whether a child protection threshold is met, so that consent is not needed.
        information_reports: reports to the police that belong to it; each is a record of its own.
    """

    child: UUID
    referrer: UUID
    area: str
    tool_id: UUID
    instrument: str
    version: str
    entry: EntryForm
    completed_at: datetime
    level: str
    levels: tuple[str, ...]
    advised_level: str | None
    lowest_level: str
    consent: Consent
    meets_threshold: YesNo
    information_reports: tuple[UUID, ...]
    about_child: Sealed[AboutChild]
    circumstances: Sealed[ScreeningCircumstances]
    answers: Sealed[ScreeningAnswers]
    judgement: Sealed[ScreeningJudgement]
    referrer_details: Sealed[ScreeningReferrer]


@EVENTS.event_type("screening.screening-completed.v1", aggregate="screening")
class ScreeningCompleted(ScreeningFields, frozen=True, kw_only=True):
    """A professional filled in the tool for a child.

    Attributes:
        agency: whose screening it is.
        series: the first screening of this child by this agency; this one's own id where it is the
            first. Screening is not a one-off event.
    """

    agency: str
    series: UUID
    previous: Previous | None


@EVENTS.event_type("screening.screening-amended.v1", aggregate="screening")
class ScreeningAmended(ScreeningFields, frozen=True, kw_only=True):
    """The form was wrong or not complete; this is right. It says everything anew; the first stays.

    What a child comes to tell later about an earlier time belongs here too, or in a later
    screening.
    """

    amended_at: datetime
    reason: Sealed[ScreeningNote]


@EVENTS.event_type("screening.level-overridden.v1", aggregate="screening")
class LevelOverridden(EventData, frozen=True, kw_only=True):
    """A professional gave another level to the same answers, and says why.

    Attributes:
        from_level: what it was.
    """

    child: UUID
    level: str
    from_level: str
    overridden_at: datetime
    rationale: Sealed[ScreeningNote]
