"""The scales of the information report form, and the police's grading schemes: versioned data.

The form's two scales run in opposite directions: 5 is the best of one and the worst of the other.
So an answer is given as a code that says its scale and its meaning, and stored with both; nothing
here compares, averages or converts values, and no police grade follows from what an author answered
(there is no lossless mapping between the form and either scheme).
"""

from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from shared.contracts import intelligence
from shared.contracts.context import Handling


class Answer(Struct, frozen=True):
    """A value of a scale, and what it means there."""

    value: intelligence.ScaleValue
    meaning: str


class Scale(Struct, frozen=True):
    """One of the form's scales.

    Attributes:
        part: `reliability` or `accuracy`.
        source: where its words are from.
        best: which of its values is the best: it differs between the two.
        answers: by the code that a request gives.
    """

    code: str
    part: str
    question: str
    source: str
    best: str
    answers: dict[str, Answer]


class Scheme(Struct, frozen=True):
    """A police grading scheme.

    Attributes:
        verified: its wording was read at its source.
        parts: for `source`, `information` and `handling` what each value means.
        opens: the handling code of ours that each of its handling values comes to. Whatever is not
            plainly permitted is closed.
    """

    code: str
    name: str
    source: str
    verified: bool
    parts: dict[str, dict[str, str]]
    opens: dict[str, Handling]


class Grading(Struct, frozen=True):
    """All scales and schemes."""

    scales: list[Scale]
    schemes: list[Scheme]

    def answer(self, part: str, code: str) -> intelligence.ScaleAnswer | None:
        """What a code of one part's scale stands for; None where that scale has no such code."""
        for scale in self.scales:
            if scale.part == part and (found := scale.answers.get(code)) is not None:
                return intelligence.ScaleAnswer(
                    scale=scale.code, value=found.value, meaning=found.meaning
                )
        return None

    def scheme(self, code: str) -> Scheme | None:
        """A police grading scheme, or None."""
        return next((scheme for scheme in self.schemes if scheme.code == code), None)


@cache
def grading() -> Grading:
    """The scales and schemes of the product."""
    return msgspec.json.decode(
        (files("services.intelligence.grading") / "scales.json").read_bytes(), type=Grading
    )
