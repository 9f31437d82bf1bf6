"""What may whom: the table of decisions, and proof that the table would notice a lost policy."""

import re
from functools import cache
from itertools import product as every
from typing import get_args

import pytest

from shared.access.actor import ActorKind
from shared.access.policy import ANYBODYS, Policies, Resource, authorize, in_force
from tests.access.decisions import ACTIONS, POLICIES, ROLES, SCHEMA, TABLE, asking, wrong


def test_every_line_of_the_table_is_decided_as_it_says() -> None:
    assert list(wrong(in_force())) == []


def test_the_table_has_every_action_for_every_role_and_for_none() -> None:
    asked = {(row.action, role) for row in TABLE for role in row.actor.roles or {""}}
    assert asked >= set(every(ACTIONS, ROLES | {""}))
    assert {row.actor.kind for row in TABLE} == set(get_args(ActorKind))


def test_the_table_has_both_answers_for_every_action() -> None:
    found = {(row.action, row.allowed) for row in TABLE if row.action in ACTIONS}
    assert found == set(every(ACTIONS, (True, False))) - {("list-agencies", False)} | {
        (row.action, row.allowed) for row in TABLE if row.action == "list-agencies"
    }


def single_policies() -> list[str]:
    """The texts of the policies, each from its @id to its semicolon."""
    return re.findall(r'@id\("[^"]*"\).*?;\n?', POLICIES, re.DOTALL)


@cache
def mutants() -> dict[str, str]:
    """The policy set with one thing lost: a policy, a condition, or an action of a list."""
    made = {}
    for text in single_policies():
        name = text.split('"')[1]
        made[f"{name}: removed"] = POLICIES.replace(text, "")
        without = re.sub(r"\b(when|unless) \{.*\}", "", text, flags=re.DOTALL)
        made[f"{name}: always"] = POLICIES.replace(text, without)
        for number, both in enumerate(re.finditer(r"&&|==|!=", text.partition("when")[2])):
            start = text.index("when") + len("when") + both.start()
            other = {"&&": "||", "==": "!=", "!=": "=="}[both[0]]
            changed = text[:start] + other + text[start + 2 :]
            made[f"{name}: {both[0]} {number}"] = POLICIES.replace(text, changed)
        for action in re.findall(r'Action::"[a-z-]+"', text):
            if text.count("Action::") > 1:
                fewer = re.sub(rf", {action}|{action}, ", "", text)
                made[f"{name}: without {action}"] = POLICIES.replace(text, fewer)
        for purpose in re.findall(r'"([a-z-]+)"[,\]]', text.partition("unless")[2]):
            changed = text.replace(f'"{purpose}"', '"no-such-purpose"')
            made[f"{name}: without {purpose}"] = POLICIES.replace(text, changed)
    return {name: text for name, text in made.items() if text != POLICIES}


@pytest.mark.parametrize("mutant", mutants())
def test_the_table_notices_a_policy_that_lost_something(mutant: str) -> None:
    # The lines about the actions of the policy that was changed first: they notice it soon.
    name = mutant.partition(":")[0]
    text = next(text for text in single_policies() if text.split('"')[1] == name)
    about = sorted(TABLE, key=lambda row: f'"{row.action}"' not in text)
    assert any(wrong(Policies(mutants()[mutant], SCHEMA), about))


def test_there_are_as_many_mutants_as_there_should_be() -> None:
    assert len(single_policies()) == POLICIES.count("@id(")
    assert len([name for name in mutants() if name.endswith("removed")]) == len(single_policies())


HANDLINGS = ["C", "", "p", "P ", "CP", "ZZ", "\0"]


@pytest.mark.parametrize("handling", HANDLINGS)
def test_another_agencys_information_under_an_unknown_code_is_closed(handling: str) -> None:
    everything = asking(*ROLES, agency="a")
    for action in ACTIONS:
        assert not authorize(everything, action, Resource("b", handling)).allowed
        assert not authorize(everything, action, Resource(ANYBODYS, handling)).allowed


def test_the_hash_changes_with_policies_and_with_schema() -> None:
    hashes = {
        in_force().hash,
        Policies(POLICIES + "\n", SCHEMA).hash,
        Policies(POLICIES, SCHEMA + "\n").hash,
    }
    assert len(hashes) == 3
