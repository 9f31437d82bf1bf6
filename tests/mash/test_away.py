"""How often and how long a child was away, where several reports speak of one time."""

from datetime import timedelta

from services.mash.views.child import now_of
from shared.contracts import missing
from shared.contracts.sealed import Sealed
from tests.support.told import FORCE, LATER, Told, moment


def test_what_two_forces_report_of_one_night_is_two_episodes_and_one_time_away() -> None:
    told = Told()
    began = moment("2015-05-02 20:00")
    told.episode(began, began + timedelta(hours=10))
    told.episode(began + timedelta(hours=2), began + timedelta(hours=12), force="southmere-police")
    told.episode(began + timedelta(hours=12), began + timedelta(hours=13))
    (ninety, _) = now_of(told.view(), began + timedelta(days=1)).counts
    assert (ninety.missing, ninety.times, ninety.hours) == (3, 2, 13)


def test_of_two_corrections_of_a_return_the_last_word_counts_though_it_is_earlier() -> None:
    told = Told()
    began = moment("2015-05-02 20:00")
    episode = told.episode(began, began + timedelta(hours=5))
    for hours in (9, 7):
        data = missing.ReturnCorrected(
            about=(episode.child,),
            child=episode.child,
            returned_at=began + timedelta(hours=hours),
            how="found_by_police",
            reason=Sealed.of(episode.child, missing.EpisodeNote(text="The officer's own time.")),
        )
        episode.correct_return(data, now=LATER)
        told.hear(episode, FORCE)
    (shown,) = told.view().episodes
    assert shown.ended == episode.returned_at == began + timedelta(hours=7)
