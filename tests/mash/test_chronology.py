"""What a line of the chronology says beside that something happened."""

from datetime import timedelta

from services.cli.wording import what_happened
from services.missing.domain import Education, Episode, TruancyStop
from services.missing.risk import schemes
from shared.contracts import missing
from shared.contracts.mentions import PersonMention
from shared.contracts.sealed import Sealed
from tests.support.told import FORCE, LATER, Told, moment

BEGAN = moment("2015-03-27 18:00")
SCHEME = schemes().in_force(FORCE, BEGAN.date())


def note(episode: Episode) -> Sealed[missing.EpisodeNote]:
    return Sealed.of(episode.child, missing.EpisodeNote(text="He waits in a silver car."))


def test_a_line_has_the_code_without_which_it_says_nothing() -> None:
    told = Told()
    episode = told.episode(BEGAN)
    child = episode.child
    episode.regrade(
        missing.RiskRegraded(
            about=(child,),
            child=child,
            risk=missing.RiskGrade(scheme=SCHEME.code, level="high"),
            regraded_at=BEGAN + timedelta(hours=1),
            reason=note(episode),
        ),
        scheme=SCHEME,
        now=LATER,
    )
    episode.change_concern(
        missing.ConcernChanged(
            about=(child,),
            child=child,
            concern="absent",
            risk=None,
            changed_at=BEGAN + timedelta(hours=2),
            reason=note(episode),
        ),
        scheme=SCHEME,
        now=LATER,
    )
    episode.check(
        missing.PoliceCheckRecorded(
            about=(child,),
            child=child,
            kind="prevention-interview",
            done_at=BEGAN + timedelta(hours=3),
            narrative=note(episode),
        ),
        now=LATER,
    )
    told.hear(episode, FORCE)
    mention = PersonMention(mention_id=child, role="child")
    taught = missing.EducationStatusRecorded(
        mentions=(mention,), child=child, status="not-in-education", since=BEGAN.date()
    )
    told.hear(Education.record(taught, at=BEGAN + timedelta(hours=4)), "quarry-bank-school")
    stop = TruancyStop.record(
        missing.TruancyStopRecorded(
            mentions=(mention,),
            child=child,
            patrol="northvale-spring-2015",
            stopped_at=BEGAN + timedelta(hours=5),
            follow_up_by=LATER.date(),
            narrative=None,
        ),
        now=LATER,
    )
    stop.follow_up(
        missing.TruancyFollowUpRecorded(
            about=(child,),
            done_at=BEGAN + timedelta(hours=6),
            outcome="not-found",
            narrative=None,
        ),
        now=LATER,
    )
    told.hear(stop, "quarry-bank-school")

    said = [what_happened(line) for line in told.view().chronology]

    for words in (
        "risk regraded: risk high",
        "concern changed: absent",
        "police check recorded: prevention interview",
        "education status recorded: not in education",
        "truancy follow up recorded: not found",
    ):
        assert words in said
    assert not any("silver" in words for words in said)
