"""What a region's agencies send, made into facts by the services' own bodies and domains.

No store, bus or HTTP: the same law as the integration test, for many more worlds.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from examples.regional.ledger import OWN, POPULATION
from examples.regional.reports import Sent
from examples.regional.sending import actor
from examples.regional.sizes import AUTHORITIES, FORCE
from examples.regional.truth import World
from services.intake.api.requests.statuses import StatusBody
from services.intake.domain import Status
from services.intelligence.api.bureau_requests import GradeBody
from services.intelligence.api.requests import Report as InformationBody
from services.intelligence.domain import InformationReport
from services.mash.application.asking import seen
from services.mash.views.child import as_child, child_view
from services.mash.views.profile import (
    Gathering,
    Profile,
    Question,
    answer_of,
    count,
    noticed,
)
from services.missing.api.interview_records import InterviewRecord
from services.missing.api.requests import Report, ReturnByReference
from services.missing.domain import Episode, Interview
from services.missing.risk import schemes
from services.screening.api.requests import ScreeningBody
from services.screening.domain import Screening
from services.screening.tools import shipped
from shared.contracts.mentions import PersonMention
from shared.projecting.facts import Fact
from shared.web.body import Body
from tests.support.told import LATER, Told


class Hearing:
    """Takes what is sent, as the services would."""

    def __init__(self) -> None:
        self._told = Told()
        self._episodes: dict[str, tuple[Episode, Interview]] = {}
        self._reports: dict[str, InformationReport] = {}
        self._early: dict[str, ReturnByReference] = {}

    def take(self, sent: Sequence[Sent]) -> None:
        """Take requests in their order."""
        for each in sent:
            self._take(each)

    def _take(self, sent: Sent) -> None:
        match sent.path:
            case "/statuses":
                status = _body(StatusBody, sent)
                data = status.event(authority=sent.agency, now=LATER)
                made = Status.record(data, handling=status.handling, now=LATER)
                self._told.hear(made, sent.agency)
            case "/screenings":
                form = _body(ScreeningBody, sent)
                screening = Screening.complete(
                    form.form(level=form.level, rationale=form.rationale),
                    agency=sent.agency,
                    tool_id=uuid4(),
                    tool=shipped()[0],
                    now=LATER,
                )
                self._told.hear(screening, sent.agency)
            case "/episodes":
                self._episode(sent)
            case "/returns":
                back = _body(ReturnByReference, sent)
                if back.force_reference in self._episodes:
                    self._return(back)
                else:
                    self._early[back.force_reference] = back  # its report is late
            case "/interview-records":
                record = _body(InterviewRecord, sent)
                episode, interview = self._episodes[record.force_reference or ""]
                record.decide(interview, episode.child, LATER)
                self._told.hear(interview, sent.agency)
            case "/reports":
                report = InformationReport.submit(
                    _body(InformationBody, sent).event(uuid4(), LATER), now=LATER
                )
                self._reports[sent.keep or ""] = report
                self._told.hear(report, FORCE)
            case grading if grading.endswith("/grade"):
                report = self._reports[grading.split("{")[1].split("}")[0]]
                _body(GradeBody, sent).decide(report, LATER)
                self._told.hear(report, FORCE)
            case other:
                raise AssertionError(other)

    def _episode(self, sent: Sent) -> None:
        body = _body(Report, sent)
        scheme = schemes().in_force(body.force, body.reported_on)
        episode = Episode.report(body.event(scheme.code), scheme=scheme, now=LATER)
        interview = Interview.require(
            child=episode.child, episode_id=episode.id, since=body.missing_since
        )
        self._episodes[body.force_reference] = (episode, interview)
        self._told.hear(episode, FORCE)
        if (back := self._early.pop(body.force_reference, None)) is not None:
            self._return(back)

    def _return(self, back: ReturnByReference) -> None:
        episode, _ = self._episodes[back.force_reference]
        episode.record_return(back.event(episode.child), now=LATER)
        self._told.hear(episode, FORCE)

    def profile(self, world: World) -> Profile:
        """The profile of a world, as its analyst gets it."""
        asked = Question(
            authorities=AUTHORITIES,
            first=world.size.first,
            last=world.size.last,
            populations=dict.fromkeys(AUTHORITIES, POPULATION),
            own_areas=tuple(OWN),
        )
        analyst = actor(FORCE, "profile-analyst")
        subjects = self._subjects()
        gathering, views = Gathering(), []
        for subject, facts in self._facts(subjects).items():
            gathering.take(subject, seen(facts, analyst).facts)
            views.append(child_view(subject, seen(as_child(facts), analyst).facts))
        reports = gathering.reports(
            {mention: subjects.get(mention, mention) for mention in gathering.mentions},
            asked.begins,
            asked.after,
        )
        children = [
            found
            for view in views
            if view is not None
            and (found := noticed(view, reports.of_victim(view.subject_id), asked)) is not None
        ]
        return answer_of(
            count(children, reports, asked, world.directory),
            asked,
            shared=False,
            directory=True,
            elsewhere=0,
            withheld=0,
            known_by=None,
            as_of={},
        )

    def _subjects(self) -> dict[UUID, UUID]:
        """Whom each mention is about, by the verified number that it gives."""
        found: dict[UUID, UUID] = {}
        for event in self._told.events:
            for mention in event.data.mentions if event.data is not None else ():
                identity = mention.identity if isinstance(mention, PersonMention) else None
                opened = identity.opened if identity is not None else None
                for number in opened.identifiers if opened is not None else ():
                    found[mention.mention_id] = uuid5(NAMESPACE_URL, number.value)
        return found

    def _facts(self, subjects: dict[UUID, UUID]) -> dict[UUID, list[Fact]]:
        found: dict[UUID, list[Fact]] = {}
        for fact in self._told.facts():
            found.setdefault(subjects.get(fact.mention_id, fact.mention_id), []).append(fact)
        return found


def _body(kind: type[Any], sent: Sent) -> Any:
    assert issubclass(kind, Body)
    return kind.model_validate_json(json.dumps(sent.body))
