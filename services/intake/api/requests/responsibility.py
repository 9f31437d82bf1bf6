"""What authorities send about who is responsible for a child."""

from pydantic import Field

from services.intake.api.requests.known import CHILD, Known
from shared.contracts import intake
from shared.web.body import Body, Code, Moment, Paragraph, example


class RequestBody(Body):
    """Ask another authority to take responsibility. You keep it until they accept."""

    child: Known
    matter: intake.Matter
    asked: Code = Field(description="The authority that you ask.")
    requested_at: Moment | None = None
    reason: Paragraph

    model_config = example(
        child=CHILD,
        matter="child-protection-enquiry",
        asked="southmere-council",
        requested_at="2015-04-20T09:30:00Z",
        reason="Found in our area; her home authority is yours.",
    )


class AcceptBody(Body):
    """You take responsibility from now on."""

    at: Moment | None = None
    words: Paragraph | None = None

    model_config = example(words="Accepted in writing; our team will see her today.")


class DeclineBody(Body):
    """You do not take responsibility."""

    at: Moment | None = None
    reason: Paragraph

    model_config = example(reason="Her family moved to your area in January.")


class TakeBackBody(Body):
    """You take the request back."""

    at: Moment | None = None

    model_config = example()
