"""May they: the only place that asks the policy engine.

Cedar skips a rule that fails while it is evaluated, a `forbid` too. So an answer counts only if it
is Allow, without any error, under a schema; everything else is a refusal.
"""

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files

import cedarpy
import msgspec

from shared.access.actor import Actor

ANYBODYS = ""
"""The agency of a resource that belongs to nobody in particular."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked about.

    Attributes:
        agency: whose information it is.
        handling: who may see it.
        audience: agencies that it was given to.
        compartment: empty, but for what is hidden from whoever may not see it: the policies say
            which compartments there are, and one that they do not name is closed.
    """

    agency: str = ANYBODYS
    handling: str = "P"
    audience: frozenset[str] = frozenset()
    compartment: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies say.

    Attributes:
        policy_ids: the policies that decided: those that permit, or else those that forbid; empty
            where none spoke.
        policy_set_hash: of the policy set in force, so that the decision can be given again.
    """

    allowed: bool
    policy_ids: tuple[str, ...]
    policy_set_hash: str


REMEMBERED = 10_000
"""Decisions kept: some ten megabytes at most."""


class PolicyError(Exception):
    """The policies do not fit their schema: the service does not start."""


class Policies:
    """A policy set with its schema, validated.

    Raises:
        PolicyError: they do not fit.
    """

    def __init__(self, policies: str, schema: str) -> None:
        checked = cedarpy.validate_policies(policies, schema)
        if not checked.validation_passed:
            raise PolicyError(f"the policies do not fit their schema: {checked.errors}")
        self._policies = cedarpy.PolicySet.from_str(policies)
        self._schema = cedarpy.Schema.from_str(schema)
        self._names = _names(policies)
        self.hash = sha256(policies.encode() + b"\0" + schema.encode()).hexdigest()
        self._decided = lru_cache(REMEMBERED)(self._decide)

    def authorize(self, actor: Actor, action: str, resource: Resource) -> Decision:
        """Whether this actor may do this to this resource."""
        # The whole of what the engine is told, and the key of what it said before: the same
        # question to the same policies has the same answer, and asking is a third of a request.
        try:
            question = msgspec.json.encode(
                (
                    {
                        "principal": {"type": "Actor", "id": "asking"},
                        "action": {"type": "Action", "id": action},
                        "resource": {"type": "Resource", "id": "asked"},
                        "context": {},
                    },
                    [
                        {
                            "uid": {"type": "Actor", "id": "asking"},
                            "attrs": {
                                "agency": actor.agency,
                                "kind": actor.kind,
                                "roles": sorted(actor.roles),
                                "purpose": actor.purpose,
                            },
                            "parents": [],
                        },
                        {
                            "uid": {"type": "Resource", "id": "asked"},
                            "attrs": {
                                "agency": resource.agency,
                                "handling": resource.handling,
                                "audience": sorted(resource.audience),
                                "compartment": resource.compartment,
                            },
                            "parents": [],
                        },
                    ],
                )
            )
            return self._decided(question)
        except Exception:  # noqa: BLE001 (whatever the engine does, it is no permission)
            return Decision(allowed=False, policy_ids=(), policy_set_hash=self.hash)

    def _decide(self, question: bytes) -> Decision:
        """Ask the engine. What it raises is not remembered."""
        request, entities = msgspec.json.decode(question)
        answer = cedarpy.is_authorized(request, self._policies, entities, self._schema)
        if answer.diagnostics.errors:
            # Whatever policies answered, they did not decide: the error did.
            return Decision(allowed=False, policy_ids=(), policy_set_hash=self.hash)
        allowed = answer.decision == cedarpy.Decision.Allow
        reasons = tuple(sorted(self._names[reason] for reason in answer.diagnostics.reasons))
        return Decision(allowed=allowed, policy_ids=reasons, policy_set_hash=self.hash)


@cache
def in_force() -> Policies:
    """The policies of the product."""
    folder = files("shared.access") / "policies"
    return Policies(
        (folder / "throughline.cedar").read_text(), (folder / "throughline.cedarschema").read_text()
    )


def authorize(actor: Actor, action: str, resource: Resource) -> Decision:
    """Whether this actor may do this, under the policies in force."""
    return in_force().authorize(actor, action, resource)


def _names(policies: str) -> dict[str, str]:
    """The engine numbers policies in their order; disclosures keep the names we gave them.

    The engine itself says which number has which name: a comment, or a policy without one, would
    shift a count of ours, and disclosures would say that another policy decided.
    """
    found = json.loads(cedarpy.policies_to_json_str(policies))
    if found["templates"]:
        raise PolicyError("a template decides nothing by itself: write a policy")
    names = {
        number: policy.get("annotations", {}).get("id")
        for number, policy in found["staticPolicies"].items()
    }
    if not all(names.values()) or len(set(names.values())) != len(names):
        raise PolicyError("every policy needs an @id of its own")
    return names
