"""A filled form as it is sent, and the domain's form that it becomes.

The fields are those of the printed form, in its order; each says where it stands there.
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.screening.api import examples
from services.screening.domain import Form, Ticked
from shared.contracts import mentions, screening
from shared.contracts.context import Handling
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Line, Moment, Paragraph, Text
from shared.web.mentions import OLDEST, Others, PartialDate, Person, Postcode, child_mention

MAX_TICKS = 200
FEW = 20


class OtherAge(Body):
    """What somebody says about the child's age that differs from the form's date of birth."""

    asserted_by: screening.AssertedBy
    date_of_birth: PartialDate | None = None
    age_from: int | None = Field(None, ge=0, le=OLDEST)
    age_to: int | None = Field(None, ge=0, le=OLDEST)
    believed: bool = Field(
        True,
        description="You hold it for possible. The rules use the youngest age that you do; false "
        "keeps what was said, and uses it for nothing.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> "OtherAge":
        if self.date_of_birth is None and self.age_from is None:
            raise ValueError("give a date of birth, or an age from")
        if self.age_from is not None and self.age_to is not None and self.age_from > self.age_to:
            raise ValueError("age_from is more than age_to")
        return self

    def content(self) -> screening.AgeStatement:
        """What is sealed."""
        return screening.AgeStatement(**self.model_dump())


class Told(Body):
    """Something that somebody says, and whether you believe it."""

    text: Line
    asserted_by: screening.AssertedBy = "referrer"
    believed: screening.YesNo = "yes"


class Address(Body):
    """Where the child lives, as the form says."""

    lines: list[Line] = Field(default=[], max_length=8)
    postcode: Postcode | None = None


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


class Consulted(Body):
    """An agency that you spoke to while you filled in the form."""

    agency: Line
    on: Annotated[str, Field(max_length=10), AfterValidator(_day)] | None = Field(
        None, description="The day, `2015-02-10`."
    )
    said: Paragraph | None = None


class Referrer(Body):
    """Who fills in the form: "Referrer's details"."""

    name: Line
    agency: Line | None = Field(None, description="As written; your token says which it is.")
    telephone: Line | None = None
    email: Line | None = None
    address: Line | None = None
    relationship_to_child: Line | None = None


class Tick(Body):
    """An indicator that is ticked."""

    code: Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Z0-9-]+$")]
    columns: list[Code] = Field(
        default=[],
        max_length=5,
        description="In which columns, where the form has more than one: both may be ticked.",
    )
    note: Paragraph | None = None


class FormBody(Others):
    """The screening tool, filled in; no level yet."""

    area: Code = Field(
        description="Agency code of the council responsible for the child, as far as you know. Its "
        "version of the tool is used, and its social care is who must be spoken to."
    )
    tool_id: UUID | None = Field(
        None,
        strict=False,
        description="The version that was answered; left out, the one in force for the area on "
        "that day.",
    )
    entry: screening.EntryForm = "screening-tool"
    completed_at: Moment = Field(description="When the form was filled in.")
    child: Person = Field(description='"Name", "Date of Birth", "Gender", "Ethnicity".')
    also_known_as: list[Line] = Field(default=[], max_length=FEW)
    name_on_indicator_page: Line | None = Field(
        None, description="The page of indicators asks for the name again; it may differ."
    )
    other_ages: list[OtherAge] = Field(default=[], max_length=FEW)
    disability: Line | None = None
    learning_disability: screening.YesNo = Field(
        description="Asked by itself: that V3 is ticked does not say so."
    )
    additional_needs: screening.YesNo
    additional_needs_detail: Paragraph | None = None
    address: Address | None = None
    contact_number: Line | None = None
    lives_with: list[Told] = Field(default=[], max_length=FEW)
    parental_responsibility: list[Told] = Field(default=[], max_length=FEW)
    relationship_to_young_person: list[Told] = Field(default=[], max_length=FEW)
    referrer: Referrer
    reason: Text = Field(description='"Reason for screening tool".')
    ticks: list[Tick] = Field(
        default=[],
        max_length=MAX_TICKS,
        description="What is ticked. That nothing is ticked is no evidence of safety.",
    )
    consent: screening.Consent
    consent_reason: Paragraph | None = Field(
        None, description="Why it was not sought, or what was said when it was refused."
    )
    meets_threshold: screening.YesNo = Field(
        description="Whether a child protection threshold is met: then consent is not needed."
    )
    agencies_consulted: list[Consulted] = Field(default=[], max_length=FEW)
    information_reports: list[Annotated[UUID, Field(strict=False)]] = Field(
        default=[], max_length=FEW, description="Ids of information reports that belong to it."
    )

    model_config = examples.ADVICE

    def form(self, *, level: str = "", rationale: str | None = None) -> Form:
        """The form with the mentions that it makes.

        Raises:
            Invalid: its items do not fit together.
        """
        child, referrer = new_mention_id(), new_mention_id()
        person = self._person()
        return Form(
            mentions=(
                child_mention(person, child),
                *self._where(child),
                *self.mentions(child),
                mentions.PersonMention(
                    mention_id=referrer,
                    role="professional",
                    identity=Sealed.of(
                        referrer,
                        mentions.PersonIdentity(
                            names=(mentions.PersonName(full=self.referrer.name),)
                        ),
                    ),
                ),
            ),
            child=child,
            referrer=referrer,
            identity=person.content(),
            area=self.area,
            entry=self.entry,
            completed_at=self.completed_at,
            ticked=tuple(_ticked(tick) for tick in self.ticks),
            level=level,
            rationale=rationale,
            consent=self.consent,
            meets_threshold=self.meets_threshold,
            information_reports=tuple(dict.fromkeys(self.information_reports)),
            about_child=screening.AboutChild(
                name_on_indicator_page=self.name_on_indicator_page,
                ages=tuple(age.content() for age in self.other_ages),
            ),
            circumstances=self._circumstances(),
            referrer_details=screening.ScreeningReferrer(
                **self.referrer.model_dump(exclude={"name"})
            ),
        )

    def _person(self) -> Person:
        """The child with "Also known as" among the names."""
        known = [name.full for name in self.child.names]
        aliases = [
            {"full": alias, "use": "alias"} for alias in self.also_known_as if alias not in known
        ]
        if not aliases:
            return self.child
        given: dict[str, Any] = self.child.model_dump()
        return Person.model_validate(given | {"names": given["names"] + aliases})

    def _where(self, child: UUID) -> list[mentions.Mention]:
        found: list[mentions.Mention] = []
        if self.address is not None:
            place = new_mention_id()
            details = mentions.PlaceDetails(
                address=tuple(self.address.lines), postcode=self.address.postcode
            )
            found.append(
                mentions.PlaceMention(
                    mention_id=place, of=child, role="lives_at", place=Sealed.of(place, details)
                )
            )
        if self.contact_number is not None:
            phone = new_mention_id()
            number = mentions.PhoneDetails(number=self.contact_number)
            found.append(
                mentions.PhoneMention(
                    mention_id=phone, of=child, role="used_by", phone=Sealed.of(phone, number)
                )
            )
        return found

    def _circumstances(self) -> screening.ScreeningCircumstances:
        return screening.ScreeningCircumstances(
            learning_disability=self.learning_disability,
            additional_needs=self.additional_needs,
            additional_needs_detail=self.additional_needs_detail,
            reason=self.reason,
            disability=self.disability,
            lives_with=_told(self.lives_with),
            parental_responsibility=_told(self.parental_responsibility),
            relationship_to_child=_told(self.relationship_to_young_person),
            consulted=tuple(
                screening.Consulted(**one.model_dump()) for one in self.agencies_consulted
            ),
            consent_reason=self.consent_reason,
        )


class ScreeningBody(FormBody):
    """The screening tool, filled in, with the level that you assess.

    The tool advises and you decide. A level above what it points to is never questioned; below it,
    say why. This is no information report to the police, and in an emergency call 999.
    """

    level: Code = Field(description="One of the tool's levels, by your professional judgement.")
    rationale: Text | None = Field(
        None, description="Needed where the level is below what the tool points to."
    )
    continues: UUID | None = Field(
        None,
        strict=False,
        description="An earlier screening of the same child by your agency. Screening is not a "
        "one-off event.",
    )
    handling: Handling = Field(
        "P", description="P: lawful sharing permitted. C: with conditions; shown to you only."
    )

    model_config = examples.SCREENING

    def filled(self) -> Form:
        """The form with its level.

        Raises:
            Invalid: its items do not fit together.
        """
        return self.form(level=self.level, rationale=self.rationale)


class AmendBody(FormBody):
    """The form put right: it says everything anew, and why. What was sent first stays on record."""

    level: Code
    rationale: Text | None = None
    why: Paragraph = Field(description="Why it is amended.")

    model_config = examples.AMENDMENT

    def filled(self) -> Form:
        """The form with its level.

        Raises:
            Invalid: its items do not fit together.
        """
        return self.form(level=self.level, rationale=self.rationale)


def _ticked(tick: Tick) -> Ticked:
    return Ticked(tick.code, tuple(dict.fromkeys(tick.columns)), tick.note)


def _told(items: list[Told]) -> tuple[screening.Told, ...]:
    return tuple(screening.Told(**item.model_dump()) for item in items)
