"""The simulator: one seed makes one world, and what goes wrong in it is told."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from examples.region import app
from examples.regional.errors import rates, with_errors
from examples.regional.ledger import figures
from examples.regional.reports import reports
from examples.regional.sizes import Size
from examples.regional.truth import make
from shared.reference import identifiers, postcodes

SMALL = Size(children=40)


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    assert make(1, SMALL) == make(1, SMALL)
    assert make(1, SMALL) != make(2, SMALL)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        options = ["--seed", "4", "--children", "20", "--to", str(tmp_path / folder)]
        assert CliRunner().invoke(app, ["make", *options]).exit_code == 0
    names = ["errors.txt", "ledger.json", "requests.ndjson", "truth.json"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_every_rate_has_a_reason_and_clean_records_have_no_error() -> None:
    told = json.loads((files("examples.regional") / "error-rates.json").read_text())
    assert all(0 < entry["rate"] < 1 and len(entry["why"]) > 40 for entry in told.values())
    clean = reports(make(1, SMALL))
    none, errors = with_errors(clean, 1, dict.fromkeys(rates(), 0.0))
    assert not errors
    assert sorted(map(repr, none)) == sorted(map(repr, clean))


def test_each_error_happens_about_as_often_as_its_rate_says() -> None:
    clean = reports(make(1, Size(children=400)))
    _, errors = with_errors(clean, 1, rates())
    people = sum(len(sent.who) for sent in clean)
    without = sum(error.split(" ")[1] == "no-number" for error in errors)
    statuses = sum(sent.path == "/statuses" for sent in clean)
    assert abs(without / (people - statuses) - rates()["no-number"]) < 0.05


def test_errors_change_what_is_sent_and_not_what_is_true() -> None:
    world = make(1, SMALL)
    before = asdict(world)
    with_errors(reports(world), 1, rates())
    assert asdict(world) == before


def test_whoever_a_body_describes_is_told_for_each_of_its_people() -> None:
    world = make(2, SMALL)
    known = {each.id: each.number for each in [*world.children, *world.offenders]}
    for sent in reports(world):
        for pointer, who in sent.who.items():
            found: Any = sent.body
            for part in pointer.strip("/").split("/"):
                found = found[int(part)] if isinstance(found, list) else found[part]
            assert found["identifiers"][0]["value"] == known[who]


def test_nobody_in_it_can_be_anybody() -> None:
    world = make(3, SMALL)
    for child in world.children:
        assert identifiers.normalised("nhs-number", child.number).startswith("999")
    assert world.directory
    for postcode in world.directory:
        assert postcodes.normalised(postcode).startswith("Q")


def test_the_proportions_are_those_of_its_parameters() -> None:
    counts = figures(make(1, Size(children=2000)))
    girls = counts["PP3"]["region"]["cells"]["female"] / counts["PP3"]["region"]["base"]
    assert abs(girls - 0.871) < 0.03
    ages = counts["PP2"]["region"]["cells"]
    assert sum(ages[age] for age in ("14", "15", "16")) / counts["PP2"]["region"]["base"] > 0.6


def test_everything_happens_within_the_period() -> None:
    size = Size(children=60, first=date(2016, 1, 1), last=date(2016, 6, 30))
    for sent in reports(make(1, size)):
        if sent.path != "/statuses":
            assert size.first <= sent.at.date() <= size.last - timedelta(days=1)


def test_the_ledger_does_not_know_the_service() -> None:
    source = (files("examples.regional") / "ledger.py").read_text()
    assert "services" not in source.partition('"""')[2].partition('"""')[2]
