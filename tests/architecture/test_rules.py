"""Each structural rule holds in the product, and fails on a seeded violation."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.rules import ROOT, Sources, product

Rule = Callable[[Sources], Iterator[str]]

SEEDED: list[tuple[Rule, str, str]] = [
    (
        rules.applying_only_assigns,
        "services/missing/domain.py",
        "class E:\n @event(R)\n def _r(self, data):\n  if data.x: raise RuleBroken('late')\n",
    ),
    (
        rules.applying_only_assigns,
        "services/missing/domain.py",
        "class E:\n @event('R')\n def _r(self, data):\n  self.check(data)\n",
    ),
    (
        rules.applying_only_assigns,
        "services/missing/domain.py",
        "class E:\n @event(R)\n def _r(self, data):\n  assert data.x\n",
    ),
    (
        rules.applying_only_assigns,
        "services/missing/domain.py",
        "def f(x):\n raise RuleBroken('late')\nclass E:\n @event(R)\n def _r(self, d):\n  f(d)\n",
    ),
    (rules.no_person_in_a_log, "shared/bus/relay.py", "log.info(f'sent {event}')\n"),
    (rules.no_person_in_a_log, "shared/bus/relay.py", "self._log.warning('sent', name=n)\n"),
    (rules.no_person_in_a_log, "shared/bus/relay.py", "logger.error('sent', **values)\n"),
    (
        rules.errors_are_not_repeated,
        "services/mash/api.py",
        "try:\n a()\nexcept ValueError as reason:\n raise Invalid(str(reason))\n",
    ),
    (rules.no_catch_all_rooms, "shared/utils.py", ""),
    (rules.nobody_switches_failpoints_on, "services/cli/serve.py", "failpoints.arm(faults)\n"),
    (
        rules.nobody_switches_failpoints_on,
        "services/cli/serve.py",
        "from shared.failpoints import arm\n",
    ),
    (
        rules.nobody_switches_failpoints_on,
        "shared/bus/relay.py",
        "async def f():\n async with failpoints.step(name): pass\n",
    ),
    *(
        (rules.sessions_stay_as_they_are, "services/mash/store/views.py", f"run({statement!r})\n")
        for statement in (
            "SET work_mem = '64MB'",
            "SET pg_trgm.similarity_threshold TO 0.3",
            "LISTEN there",
            "SELECT pg_try_advisory_lock($1)",
        )
    ),
    (
        rules.sessions_stay_as_they_are,
        "services/mash/store/views.py",
        "run(f'SET {name} = {value}')\n",
    ),
    (rules.nobody_switches_failpoints_on, "shared/failpoints.py", "FAULTS = os.environ['X']\n"),
]


@pytest.mark.parametrize(
    "rule",
    [
        rules.applying_only_assigns,
        rules.no_person_in_a_log,
        rules.errors_are_not_repeated,
        rules.no_catch_all_rooms,
        rules.nobody_switches_failpoints_on,
        rules.sessions_stay_as_they_are,
    ],
)
def test_the_product_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(product())) == []


@pytest.mark.parametrize(("rule", "file", "source"), SEEDED)
def test_the_rule_sees_a_violation(rule: Rule, file: str, source: str) -> None:
    assert list(rule({file: ast.parse(source)}))


IMPORTS = {
    "nothing": ("services/mash/__init__.py", ""),
    "a service imports another": ("services/mash/store.py", "import services.intake.domain\n"),
    "the kernel imports a service": ("shared/bus/__init__.py", "import services.topology\n"),
    "a lower room imports a higher one": ("shared/contracts/ids.py", "import shared.vault\n"),
    "a domain imports the web": ("services/intake/domain.py", "import fastapi\n"),
    "a room that nobody declared": ("services/mash/helpers.py", '"""Anything."""\n'),
}


@pytest.mark.parametrize("seeded", IMPORTS)
def test_the_import_contracts_see_a_violation(seeded: str, tmp_path: Path) -> None:
    """Runs the import linter over a copy of the product with one line added."""
    for folder in ("services", "shared"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, line = IMPORTS[seeded]
    with (tmp_path / file).open("a") as module:
        module.write(line)

    ran = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )

    assert (ran.returncode == 0) == (seeded == "nothing"), ran.stdout.decode()


def test_the_longest_files_are_known() -> None:
    """A file of more than 500 lines has rooms in it that deserve a door of their own."""
    lengths = sorted(
        (
            (len(path.read_text().splitlines()), str(path.relative_to(ROOT)))
            for folder in ("services", "shared", "tests", "bench")
            for path in (ROOT / folder).rglob("*.py")
        ),
        reverse=True,
    )
    assert lengths[0][0] <= 500, lengths[:10]
