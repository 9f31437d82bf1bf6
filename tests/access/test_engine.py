"""The policy engine behind its only door: whatever goes wrong with it is a refusal."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from shared.access.policy import Policies, PolicyError, Resource, authorize
from tests.access.decisions import POLICIES, SCHEMA, TABLE, Row, asking, wrong
from tests.architecture.rules import Sources, product

NOT_TEXT = (None, 1, True, ["a"], {"a": 1})
NOT_ROLES = (None, 1, [1], [None], [["mash-worker"]])


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in ("agency", "kind", "purpose") for value in NOT_TEXT]
    + [("roles", value) for value in NOT_ROLES],
)
def test_an_attribute_that_is_missing_or_of_another_type_never_allows(
    name: str, value: Any
) -> None:
    for row in TABLE:
        decided = authorize(replace(row.actor, **{name: value}), row.action, row.resource)
        assert (decided.allowed, decided.policy_ids) == (False, ())


def test_an_engine_that_fails_allows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(cedarpy, "is_authorized", fail)
    assert not authorize(asking(), "list-agencies", Resource()).allowed


def test_an_engine_that_allows_with_an_error_allows_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = cedarpy.AuthzResult(
        {"decision": "Allow", "diagnostics": {"reason": ["policy1"], "errors": ["skipped"]}}
    )
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_: answer)

    decided = authorize(asking("mash-worker"), "view-child", Resource())

    assert (decided.allowed, decided.policy_ids) == (False, ())


def test_without_its_schema_a_missing_attribute_would_have_opened_what_is_closed() -> None:
    """Why the wrapper refuses on any error: the engine skips a `forbid` that fails."""
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Actor", "id": "asking"},
            "action": {"type": "Action", "id": "list-agencies"},
            "resource": {"type": "Resource", "id": "asked"},
            "context": {},
        },
        POLICIES,
        [],
    )
    assert answer.decision == cedarpy.Decision.Allow
    assert answer.diagnostics.errors


@pytest.mark.parametrize(
    ("policies", "schema"),
    [
        ("permit (principal, action,", SCHEMA),
        (POLICIES, "entity"),
        (POLICIES, ""),
        (POLICIES.replace("resource.handling", "resource.handlnig"), SCHEMA),
        (POLICIES.replace('Action::"read-feed"', 'Action::"read-food"'), SCHEMA),
        (POLICIES, SCHEMA.replace("handling: String", "handling?: String")),
        (POLICIES.replace('@id("services-read-feeds")', ""), SCHEMA),
        (POLICIES.replace('@id("services-read-feeds")', '@id("")'), SCHEMA),
        (POLICIES.replace("services-read-feeds", "mash-staff-see-children"), SCHEMA),
        (POLICIES + '@id("t") permit (principal == ?principal, action, resource);', SCHEMA),
    ],
)
def test_a_broken_policy_set_stops_the_start(policies: str, schema: str) -> None:
    assert (policies, schema) != (POLICIES, SCHEMA)
    with pytest.raises(PolicyError):
        Policies(policies, schema)


def test_names_are_the_engines_own_whatever_comments_say() -> None:
    """A count of `@id` in the text would be shifted by the first line here."""
    policies = Policies('// Write @id("x") before each.\n' + POLICIES, SCHEMA)
    assert list(wrong(policies)) == []
    for row in TABLE:
        answer = cedarpy.is_authorized(
            {
                "principal": {"type": "Actor", "id": "asking"},
                "action": {"type": "Action", "id": row.action or "none"},
                "resource": {"type": "Resource", "id": "asked"},
                "context": {},
            },
            POLICIES,
            json.dumps(entities(row)),
            SCHEMA,
        )
        named = answer.diagnostics.id_annotations_by_reason
        assert sorted(named.values()) == list(row.policies)


def entities(row: Row) -> list[dict[str, Any]]:
    actor = row.actor
    return [
        {
            "uid": {"type": "Actor", "id": "asking"},
            "attrs": {
                "agency": actor.agency,
                "kind": actor.kind,
                "roles": list(actor.roles),
                "purpose": actor.purpose,
            },
            "parents": [],
        },
        {
            "uid": {"type": "Resource", "id": "asked"},
            "attrs": {
                "agency": row.resource.agency,
                "handling": row.resource.handling,
                "audience": list(row.resource.audience),
                "compartment": row.resource.compartment,
            },
            "parents": [],
        },
    ]


def asks_the_engine(sources: Sources) -> Iterator[str]:
    """Only `shared.access.policy` imports the engine.

    The accident: somebody asks it directly and takes Allow, although a `forbid` was skipped.
    """
    for file, tree in sources.items():
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names = [node.value] if re.fullmatch(r"cedarpy(\.\w+)*", node.value) else []
            if file != "shared/access/policy.py" and any(
                name.partition(".")[0] == "cedarpy" for name in names
            ):
                yield f"{file}:{node.lineno}"  # type: ignore[attr-defined]


def test_only_authorize_asks_the_engine() -> None:
    assert list(asks_the_engine(product())) == []


@pytest.mark.parametrize(
    "source",
    [
        "import cedarpy\n",
        "import cedarpy as c\n",
        "from cedarpy import is_authorized\n",
        "from cedarpy.pst import x\n",
        "import importlib\nimportlib.import_module('cedarpy')\n",
    ],
)
def test_the_rule_sees_an_import(source: str) -> None:
    assert list(asks_the_engine({"services/mash/api.py": ast.parse(source)}))


def test_a_decision_is_asked_once_and_a_fault_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    engine = cedarpy.is_authorized

    def counted(*arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 1:
            raise RuntimeError("the engine is ill")
        return engine(*arguments)

    monkeypatch.setattr(cedarpy, "is_authorized", counted)
    policies = Policies(POLICIES, SCHEMA)
    row = next(row for row in TABLE if row.allowed)

    first, second, third = (
        policies.authorize(row.actor, row.action, row.resource) for _ in range(3)
    )
    policies.authorize(replace(row.actor, agency="somebody-else"), row.action, row.resource)

    assert not first.allowed
    assert second.allowed
    assert third == second
    assert len(asked) == 3  # failed, asked again, and once for another question
