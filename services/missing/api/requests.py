"""What a force sends, and the contract structs that it becomes."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from pydantic import Field, model_validator

from services.missing.api import examples
from services.missing.domain import QUESTION_ASKED_FROM
from shared.contracts import mentions, missing, times
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Line, Moment, Paragraph, Text
from shared.web.mentions import Others, Person, child_mention

MAX_VERSION = 10_000

DefinedBy = Annotated[
    Code | None,
    Field(
        description="The code of the definition by which your force calls the child missing or "
        "absent. A code that is none is refused with those that there are; leave it out if you go "
        "by none of them."
    ),
]


class Risk(Body):
    """The risk level that the force graded."""

    scheme: Code | None = Field(
        None, description="Left out: the scheme in force for your force on that day."
    )
    level: Code


class QuestionAnswer(Body):
    """One of the contact centre's twelve questions, and what was said."""

    question: missing.Question
    answer: Paragraph


class Report(Others):
    """A version of a force's report that a child is missing or absent."""

    force: Code = Field(description="Your force's agency code.")
    force_reference: Line = Field(description="Your own number for it. It is kept sealed.")
    report_version: int = Field(
        ge=1, le=MAX_VERSION, description="1, 2, 3 ...: each version is sent once and says it all."
    )
    concern: missing.Concern
    missing_from: missing.MissingFrom
    missing_since: Moment
    last_seen_at: Moment | None = None
    reported_at: Moment = Field(description="When your force was told.")
    risk: Risk | None = None
    at_risk_of_exploitation: missing.Answer | None = Field(
        None, description="Needed for reports from February 2015; before, it was not asked."
    )
    known_to_social_care: missing.Answer | None = Field(
        None, description="Needed for reports from February 2015; before, it was not asked."
    )
    responsible_authority: Code | None = Field(
        None,
        description="The agency code of the council responsible for the child, if you know it: it "
        "sees at once that an interview is due. A code that no area here lists is refused. A newer "
        "version may say it later, or correct it, until the interview is allocated.",
    )
    definition: DefinedBy = None
    circumstances: Text
    risk_factors: list[missing.RiskFactor] = Field(default=[], max_length=20)
    risk_factor_notes: Paragraph | None = None
    questions: list[QuestionAnswer] = Field(default=[], max_length=12)
    attempts_to_find: Paragraph | None = Field(
        None, description="What was done to find the child before your force was told."
    )
    child: Person

    model_config = examples.REPORT

    @model_validator(mode="after")
    def _answered(self) -> "Report":
        if self.reported_on >= QUESTION_ASKED_FROM and (
            self.at_risk_of_exploitation is None or self.known_to_social_care is None
        ):
            raise ValueError(
                "say yes, no, unknown or not_asked to at_risk_of_exploitation and "
                "known_to_social_care"
            )
        return self

    @property
    def reported_on(self) -> date:
        """The day on which the force was told."""
        return times.in_london(self.reported_at).date()

    def event(self, scheme_in_force: str) -> missing.EpisodeReported:
        """What is stored.

        Raises:
            Invalid: its items do not fit together.
        """
        child = new_mention_id()
        narrative = missing.ReportNarrative(
            force_reference=self.force_reference,
            circumstances=self.circumstances,
            risk_factors=tuple(dict.fromkeys(self.risk_factors)),
            risk_factor_notes=self.risk_factor_notes,
            questions=tuple(
                missing.QuestionAnswer(question=asked.question, answer=asked.answer)
                for asked in self.questions
            ),
            attempts_to_find=self.attempts_to_find,
        )
        risk = None
        if self.risk is not None:
            risk = missing.RiskGrade(
                scheme=self.risk.scheme or scheme_in_force, level=self.risk.level
            )
        return missing.EpisodeReported(
            mentions=(child_mention(self.child, child), *self.mentions(child)),
            force=self.force,
            report_version=self.report_version,
            child=child,
            concern=self.concern,
            missing_from=self.missing_from,
            missing_since=self.missing_since,
            last_seen_at=self.last_seen_at,
            reported_at=self.reported_at,
            risk=risk,
            at_risk_of_exploitation=self.at_risk_of_exploitation or "not_asked",
            known_to_social_care=self.known_to_social_care or "not_asked",
            responsible_authority=self.responsible_authority,
            definition=self.definition,
            narrative=Sealed.of(child, narrative),
        )


class Return(Others):
    """A child's return."""

    returned_at: Moment = Field(description="When the child was seen safe.")
    how: missing.HowReturned
    family_may_know_place: bool = Field(
        False,
        description="False keeps every place and organisation that this return names, and its "
        "words, to your own agency: a child may not want it known where they were, and home may be "
        "the danger. Say true only when it is safe.",
    )
    circumstances: Text | None = None
    harm: Paragraph | None = Field(None, description="Any harm the child came to.")

    model_config = examples.RETURN

    def event(self, child: UUID) -> missing.ChildReturned:
        """What is stored.

        Raises:
            Invalid: its items do not fit together.
        """
        narrative = None
        if self.circumstances is not None or self.harm is not None:
            narrative = Sealed.of(
                child, missing.ReturnNarrative(circumstances=self.circumstances, harm=self.harm)
            )
        return missing.ChildReturned(
            about=(child,),
            mentions=tuple(
                _kept_from_family(mention, may_know=self.family_may_know_place)
                for mention in self.mentions(child)
            ),
            child=child,
            returned_at=self.returned_at,
            how=self.how,
            family_may_know_place=self.family_may_know_place,
            narrative=narrative,
        )


class ReturnByReference(Return):
    """A child's return, by the force's own number."""

    force_reference: Annotated[Line, Field(description="The number in your report.")]

    model_config = examples.RETURN_BY_REFERENCE


def _kept_from_family(mention: mentions.Mention, *, may_know: bool) -> mentions.Mention:
    """Where a child was keeps to its agency unless the family may know it.

    "Found but does not want whereabouts disclosed" is a recognised case (Essex Police procedure
    B1601, 2014, 3.14.4). Every place and organisation of the return is kept, not only the one with
    the role `found_at`: a hotel named as `premises`, or where the child said she had been, tells
    the same. What the words of the return say is kept by whoever shows them (`services.mash`).
    """
    if may_know or not isinstance(mention, mentions.PlaceMention | mentions.OrganisationMention):
        return mention
    return msgspec.structs.replace(mention, handling="C")
