"""The table of decisions, `decisions.csv`, and what compares a policy set with it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from shared.access.actor import Actor, ActorKind
from shared.access.policy import Policies, Resource

FOLDER = files("shared.access") / "policies"
POLICIES = (FOLDER / "throughline.cedar").read_text()
SCHEMA = (FOLDER / "throughline.cedarschema").read_text()
ACTIONS = frozenset(re.findall(r'"([a-z-]+)"', SCHEMA.partition("action ")[2]))
ROLES = frozenset(
    role
    for listed in re.findall(r"roles\.contains(?:Any)?\(([^)]*)\)", POLICIES)
    for role in re.findall(r"[a-z-]+", listed)
)


@dataclass(frozen=True)
class Row:
    """One line of `decisions.csv`."""

    actor: Actor
    action: str
    resource: Resource
    allowed: bool
    policies: tuple[str, ...]


def asking(
    *roles: str, kind: str = "person", agency: str = "a", purpose: str = "missing-child"
) -> Actor:
    known: ActorKind = "system" if kind == "system" else "person"
    return Actor("test|somebody", agency, known, frozenset(roles), purpose, "basis", "uk-gdpr")


def table() -> list[Row]:
    with (Path(__file__).parent / "decisions.csv").open() as file:
        return [
            Row(
                asking(
                    *line["roles"].split(),
                    kind=line["kind"],
                    agency=line["agency"],
                    purpose=line["purpose"],
                ),
                line["action"],
                Resource(
                    line["resource agency"],
                    line["handling"],
                    frozenset((line["audience"] or "").split()),
                    line["compartment"] or "",
                ),
                {"allow": True, "deny": False}[line["expected"]],
                tuple(line["expected policy id"].split()),
            )
            for line in csv.DictReader(file)
        ]


TABLE = table()


def wrong(policies: Policies, table: list[Row] = TABLE) -> Iterator[Row]:
    """The lines that these policies decide otherwise."""
    for row in table:
        decided = policies.authorize(row.actor, row.action, row.resource)
        if (decided.allowed, decided.policy_ids) != (row.allowed, row.policies):
            yield row
