"""The law of the profile, over many worlds and alterations: it is what the ledger says."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from examples.regional.errors import rates, with_errors
from examples.regional.ledger import figures
from examples.regional.reports import reports
from examples.regional.sizes import Size
from examples.regional.truth import Screening, World, make
from tests.examples.comparing import told
from tests.examples.hearing import Hearing

SIZE = Size(children=15)


def profile(world: World) -> object:
    hearing = Hearing()
    hearing.take(reports(world))
    return told(hearing.profile(world))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(100, 10_000))
def test_the_profile_of_clean_records_is_the_ledger_for_any_seed(seed: int) -> None:
    world = make(seed, SIZE)
    assert profile(world) == told(figures(world))


def altered(world: World, what: str) -> None:
    """Change one thing that is true, and with it what is reported."""
    child = world.children[0]
    match what:
        case "sex":
            child.sex = "male" if child.sex != "male" else ""
        case "birth":
            assert child.born is not None
            child.born -= timedelta(days=400)
        case "ethnicity":
            child.ethnicity = "A9" if child.ethnicity != "A9" else "W1"
        case "level":
            at = max([*(s.at for s in child.screenings), world.information[0].at])
            child.screenings.append(Screening(at, "significant", ["M5", "S6"]))
        case "named":
            offender = world.offenders[0]
            offender.given, offender.family = ("", "") if offender.family else ("Greer", "Saltby")
        case "online":
            world.information[0].online = not world.information[0].online
        case "place":
            world.information[0].places = []
            world.information[0].incidents.pop()


ALTERATIONS = ("sex", "birth", "ethnicity", "level", "named", "online", "place")


@settings(max_examples=14, deadline=None)
@given(seed=st.integers(1, 1_000), what=st.sampled_from(ALTERATIONS))
def test_after_one_alteration_it_differs_exactly_as_the_ledger_does(seed: int, what: str) -> None:
    world = make(seed, SIZE)
    altered(world, what)
    assert profile(world) == told(figures(world))


def test_each_alteration_can_change_the_ledger() -> None:
    for what in ALTERATIONS:
        for seed in range(1, 6):
            world = make(seed, SIZE)
            before = told(figures(world))
            altered(world, what)
            if told(figures(world)) != before:
                break
        else:
            raise AssertionError(f"{what} changes nothing")


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(1, 1_000))
def test_what_is_sent_with_errors_is_taken_and_without_numbers_children_count_more_than_once(
    seed: int,
) -> None:
    """That errors are refused nowhere, and that only identity can mend what they do to a count."""
    world = make(seed, SIZE)
    sent, errors = with_errors(reports(world), seed, rates())
    hearing = Hearing()
    hearing.take(sent)
    counted = told(hearing.profile(world))["PP1"]["region"][0]
    assert errors
    assert counted >= figures(world)["PP1"]["region"]["base"]
