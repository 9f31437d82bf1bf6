"""A screening: one filled form of one child, and what it obliges to until that is done. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from services.screening.domain.advice import Facts, advise, obligations, rank
from services.screening.domain.form import Form, assess, check_level, fields_of
from services.screening.domain.times import not_future
from shared.contracts import screening
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.contracts.screening import ToolDefinition
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record


class Screening(Record):
    """A screening. Its level is the professional's, never the tool's."""

    class Completed(Record.Created):
        """The form was filled in."""

        data: screening.ScreeningCompleted

    class Amended(Record.Event):
        """The form was put right."""

        data: screening.ScreeningAmended

    class Overridden(Record.Event):
        """Another level was given to the same answers."""

        data: screening.LevelOverridden

    class ObligationOpened(Record.Event):
        """Something is to be done."""

        data: screening.ObligationOpened

    class ReferralMade(Record.Event):
        """It was referred or discussed."""

        data: screening.ReferralMade

    class MeetingConvened(Record.Event):
        """A strategy meeting was convened."""

        data: screening.StrategyMeetingConvened

    class PlanAgreed(Record.Event):
        """A plan was agreed."""

        data: screening.PlanAgreed

    class PanelListed(Record.Event):
        """The child was listed for the panel."""

        data: screening.PanelListed

    class OutcomeRecorded(Record.Event):
        """What was done is on record."""

        data: screening.OutcomeRecorded

    class ObligationLifted(Record.Event):
        """Something need not be done."""

        data: screening.ObligationLifted

    class ReviewDone(Record.Event):
        """The child was screened again."""

        data: screening.ReviewDone

    class ObligationOverdue(Record.Event):
        """The time for something ran out."""

        data: screening.ObligationOverdue

    @event(Completed)
    def __init__(
        self, data: screening.ScreeningCompleted, timestamp: datetime, handling: Handling
    ) -> None:
        self.agency = data.agency
        self.child = data.child
        self.series = data.series
        self.fields: screening.ScreeningFields = data
        self.level = data.level
        self.handling = handling
        self.open: dict[screening.Obligation, datetime | None] = {}
        self.opened: frozenset[screening.Obligation] = frozenset()
        self.must: frozenset[screening.Obligation] = frozenset()
        self.overdue: frozenset[screening.Obligation] = frozenset()

    @property
    def area(self) -> str:
        """The council responsible for the child, as the form says last."""
        return self.fields.area

    @property
    def completed_at(self) -> datetime:
        """When the form was filled in, as it says last."""
        return self.fields.completed_at

    @classmethod
    def complete(
        cls,
        form: Form,
        *,
        agency: str,
        tool_id: UUID,
        tool: ToolDefinition,
        series: Sequence["Screening"] = (),
        handling: Handling = "P",
        now: datetime,
    ) -> "Screening":
        """Fill in the tool for a child.

        Args:
            form: the filled form.
            agency: whose it is.
            tool_id: of the version that was answered.
            tool: that version.
            series: this agency's other screenings of the same child.
            handling: who may see it.
            now: the present.

        Raises:
            Invalid: the form contradicts itself, its tool or the calendar; or its level is below a
                floor, or below a prompt without a rationale.
        """
        assessed = assess(form, tool, now=now)
        screening_id = new_record_id()
        before = [other for other in series if other.completed_at <= form.completed_at]
        last = max(before, key=lambda other: (other.completed_at, other.id), default=None)
        data = screening.ScreeningCompleted(
            about=(last.child,) if last is not None else (series[0].child,) if series else (),
            agency=agency,
            series=series[0].series if series else screening_id,
            previous=_previous(last, form.level, tool) if last is not None else None,
            **fields_of(form, assessed, tool_id=tool_id, tool=tool),
        )
        made = cls._create(
            cls.Completed,
            id=screening_id,
            data=data,
            timestamp=form.completed_at,
            handling=handling,
        )
        # A form that comes late has its review already: the later one.
        reviewed = len(before) < len(series)
        made.open_what_is_due(tool, assessed.facts, skip={"review"} if reviewed else set())
        return made

    def amend(
        self,
        form: Form,
        *,
        reason: str,
        tool_id: UUID,
        tool: ToolDefinition,
        now: datetime,
    ) -> None:
        """Put the form right. What it obliged to stays open; a higher level opens more.

        Raises:
            Invalid: as in `complete`.
        """
        assessed = assess(form, tool, now=now)
        raised = _is_higher(self.level, form.level, tool)
        fields = fields_of(form, assessed, tool_id=tool_id, tool=tool)
        data = screening.ScreeningAmended(
            about=(self.child,),
            amended_at=now,
            reason=Sealed.of(form.child, screening.ScreeningNote(text=reason)),
            **fields,
        )
        self._amended(data=data, timestamp=now, handling=self.handling)
        self.open_what_is_due(tool, assessed.facts, again=raised)

    @event(Amended)
    def _amended(
        self, data: screening.ScreeningAmended, timestamp: datetime, handling: Handling
    ) -> None:
        self.fields = data
        self.level = data.level

    def override(
        self,
        level: str,
        *,
        rationale: str,
        facts: Facts,
        tool: ToolDefinition,
        now: datetime,
    ) -> None:
        """Give another level to the same answers.

        Raises:
            Invalid: the tool has no such level, or a floor forbids it.
            RuleBroken: it is the level already.
        """
        if level == self.level:
            raise RuleBroken("this is the level already")
        check_level(level, rationale, tool, advise(tool, facts))
        raised = _is_higher(self.level, level, tool)
        data = screening.LevelOverridden(
            about=(self.child,),
            child=self.child,
            level=level,
            from_level=self.level,
            overridden_at=now,
            rationale=Sealed.of(self.child, screening.ScreeningNote(text=rationale)),
        )
        self._overridden(data=data, timestamp=now, handling=self.handling)
        self.open_what_is_due(tool, facts, again=raised)

    @event(Overridden)
    def _overridden(
        self, data: screening.LevelOverridden, timestamp: datetime, handling: Handling
    ) -> None:
        self.level = data.level

    def open_what_is_due(
        self,
        tool: ToolDefinition,
        facts: Facts,
        *,
        again: bool = True,
        skip: set[screening.Obligation] | None = None,
    ) -> None:
        """Open what the level and the ticks oblige to, unless it is open.

        What was met stays met while the level is not raised: a correction of a form does not ask
        for the same discussion a second time.
        """
        due = obligations(tool, facts, level=self.level, completed_at=self.completed_at)
        for found in due:
            obligation = found.rule.obligation
            assert obligation is not None  # noqa: S101 (a published tool says it)
            known = obligation in self.open or (not again and obligation in self.opened)
            if known or obligation in (skip or set()):
                continue
            self._obligation_opened(
                data=screening.ObligationOpened(
                    about=(self.child,),
                    child=self.child,
                    obligation=obligation,
                    rule=found.rule.code,
                    area=self.area,
                    level=self.level,
                    must=found.rule.must,
                    due_by=found.due_by,
                ),
                timestamp=self.completed_at,
                handling=self.handling,
            )

    @event(ObligationOpened)
    def _obligation_opened(
        self, data: screening.ObligationOpened, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = {**self.open, data.obligation: data.due_by}
        self.opened = self.opened | {data.obligation}
        self.must = self.must | {data.obligation} if data.must else self.must - {data.obligation}
        self.overdue = self.overdue - {data.obligation}

    def refer(self, data: screening.ReferralMade, *, now: datetime) -> None:
        """Record that it was referred to, or discussed with, social care or the police.

        Raises:
            Invalid: it is in the future.
        """
        not_future(data.made_at, "/made_at", now)
        self._referral_made(data=data, timestamp=data.made_at, handling=self.handling)

    @event(ReferralMade)
    def _referral_made(
        self, data: screening.ReferralMade, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = _without(self.open, "referral-or-discussion")

    def convene_meeting(self, data: screening.StrategyMeetingConvened, *, now: datetime) -> None:
        """Record that a strategy meeting was convened.

        Raises:
            Invalid: it was convened in the future, or meets before it was convened.
        """
        not_future(data.convened_at, "/convened_at", now)
        if data.meets_at is not None and data.meets_at < data.convened_at:
            raise Invalid(
                "nothing was stored", (Fault("/meets_at", "this is before it was convened"),)
            )
        self._meeting_convened(data=data, timestamp=data.convened_at, handling=self.handling)

    @event(MeetingConvened)
    def _meeting_convened(
        self, data: screening.StrategyMeetingConvened, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = _without(self.open, "strategy-meeting")

    def agree_plan(self, data: screening.PlanAgreed, *, now: datetime) -> None:
        """Record the plan that was agreed.

        Raises:
            Invalid: it is in the future.
        """
        not_future(data.agreed_at, "/agreed_at", now)
        self._plan_agreed(data=data, timestamp=data.agreed_at, handling=self.handling)

    @event(PlanAgreed)
    def _plan_agreed(
        self, data: screening.PlanAgreed, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = _without(self.open, "protection-plan")

    def list_for_panel(self, data: screening.PanelListed, *, now: datetime) -> None:
        """Record that the child is listed for the panel.

        Raises:
            Invalid: it is in the future.
        """
        not_future(data.listed_at, "/listed_at", now)
        self._panel_listed(data=data, timestamp=data.listed_at, handling=self.handling)

    @event(PanelListed)
    def _panel_listed(
        self, data: screening.PanelListed, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = _without(self.open, "panel-list")

    def record_outcome(self, data: screening.OutcomeRecorded, *, now: datetime) -> None:
        """Record what was done, and whether support is secured.

        Raises:
            Invalid: it is in the future.
        """
        not_future(data.decided_at, "/decided_at", now)
        self._outcome_recorded(data=data, timestamp=data.decided_at, handling=self.handling)

    @event(OutcomeRecorded)
    def _outcome_recorded(
        self, data: screening.OutcomeRecorded, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = _without(self.open, "action")

    def lift(
        self,
        obligation: screening.Obligation,
        *,
        reason: str,
        facts: Facts,
        tool: ToolDefinition,
        now: datetime,
    ) -> None:
        """Decide that an obligation need not be met.

        Raises:
            RuleBroken: it is not open; or it must be met, as the form and its level stand.
        """
        if obligation not in self.open:
            raise RuleBroken("this obligation is not open")
        due = obligations(tool, facts, level=self.level, completed_at=self.completed_at)
        if any(found.rule.obligation == obligation and found.rule.must for found in due):
            raise RuleBroken("at this level it must be done: it closes only when that is recorded")
        self._obligation_lifted(
            data=screening.ObligationLifted(
                about=(self.child,),
                child=self.child,
                obligation=obligation,
                lifted_at=now,
                reason=Sealed.of(self.child, screening.ScreeningNote(text=reason)),
            ),
            timestamp=now,
            handling=self.handling,
        )

    @event(ObligationLifted)
    def _obligation_lifted(
        self, data: screening.ObligationLifted, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = _without(self.open, data.obligation)

    def review_by(self, later: "Screening") -> bool:
        """The child was screened again: this one's review is done, if it was open.

        Returns:
            Whether anything was decided.
        """
        if "review" not in self.open or later.completed_at < self.completed_at:
            return False
        self._review_done(
            data=screening.ReviewDone(
                about=(self.child,),
                child=self.child,
                by_screening=later.id,
                done_at=later.completed_at,
            ),
            timestamp=later.completed_at,
            handling=self.handling,
        )
        return True

    @event(ReviewDone)
    def _review_done(
        self, data: screening.ReviewDone, timestamp: datetime, handling: Handling
    ) -> None:
        self.open = _without(self.open, "review")

    def run_out(self, *, now: datetime) -> bool:
        """Notice every obligation whose time is over, each once.

        Returns:
            Whether anything was decided.
        """
        late = [
            (obligation, due_by)
            for obligation, due_by in self.open.items()
            if due_by is not None and due_by < now and obligation not in self.overdue
        ]
        for obligation, due_by in late:
            self._ran_out(
                data=screening.ObligationOverdue(
                    about=(self.child,),
                    child=self.child,
                    obligation=obligation,
                    due_by=due_by,
                    noticed_at=now,
                ),
                timestamp=now,
                handling=self.handling,
            )
        return bool(late)

    @event(ObligationOverdue)
    def _ran_out(
        self, data: screening.ObligationOverdue, timestamp: datetime, handling: Handling
    ) -> None:
        self.overdue = self.overdue | {data.obligation}


def direction(before: str, after: str, tool: ToolDefinition) -> screening.Direction:
    """How a level stands to an earlier one, in the order of a tool."""
    first, second = rank(tool, before), rank(tool, after)
    if first is None or second is None:
        return "not-comparable"
    return "same" if first == second else "higher" if second > first else "lower"


def _previous(last: Screening, level: str, tool: ToolDefinition) -> screening.Previous:
    return screening.Previous(
        screening_id=last.id,
        completed_at=last.completed_at,
        level=last.level,
        instrument=last.fields.instrument,
        version=last.fields.version,
        direction=direction(last.level, level, tool),
    )


def _is_higher(before: str, after: str, tool: ToolDefinition) -> bool:
    """Whether a level was raised; one that cannot be compared counts as raised."""
    return direction(before, after, tool) in {"higher", "not-comparable"}


def _without(
    open_: dict[screening.Obligation, datetime | None], closed: screening.Obligation
) -> dict[screening.Obligation, datetime | None]:
    return {obligation: due for obligation, due in open_.items() if obligation != closed}
