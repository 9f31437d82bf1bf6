"""What an authority's people decide to return about a time away."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.intake.api.requests.known import CHILD, Known
from shared.contracts import intake
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Moment, Paragraph, example
from shared.web.mentions import child_mention


class PeriodWhole(Body):
    """What you return to the government for a time away, whole but for the child."""

    decision: intake.MissingDecision
    started_at: Moment | None = Field(
        None,
        description="When the child left the placement or was last seen by a responsible adult, "
        "whichever is the latest.",
    )
    ended_at: Moment | None = Field(
        None, description="When the child was found (missing) or back at the placement (away)."
    )
    sources: list[Annotated[UUID, Field(strict=False)]] = Field(
        default=[],
        max_length=50,
        description="The episodes and concerns that this stands for, by id.",
    )
    reason: Paragraph

    def fields(self, child: UUID, now: datetime) -> dict[str, Any]:
        """The fields of the event."""
        return {
            "child": child,
            "decision": self.decision,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "sources": tuple(dict.fromkeys(self.sources)),
            "decided_at": now,
            "reason": Sealed.of(child, intake.DecisionReason(text=self.reason)),
        }


class PeriodBody(PeriodWhole):
    """Decide what you return for a child missing or away."""

    child: Known

    model_config = example(
        child=CHILD,
        decision="away",
        started_at="2015-05-02T20:00:00Z",
        ended_at="2015-05-03T08:30:00Z",
        sources=[],
        reason="At her aunt's, as she said by phone; the home was concerned and told us.",
    )

    def event(self, now: datetime) -> intake.MissingPeriodDecided:
        """What is stored."""
        child = new_mention_id()
        return intake.MissingPeriodDecided(
            mentions=(child_mention(self.child, child),), **self.fields(child, now)
        )


class ChangePeriodBody(PeriodWhole):
    """Change a decision of yours: this is it now, whole."""

    model_config = example(
        decision="missing",
        started_at="2015-05-02T20:00:00Z",
        ended_at="2015-05-03T08:30:00Z",
        sources=[],
        reason="She had not been at her aunt's: nobody knew where she was.",
    )


class WithdrawPeriodBody(Body):
    """Take a decision of yours back."""

    reason: Paragraph

    model_config = example(reason="Decided for the wrong child.")
