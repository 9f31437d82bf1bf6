"""What the agencies send about the world, in the bodies of the services' own interfaces."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from examples.regional.names import PLACES
from examples.regional.sizes import AUTHORITIES, FORCE
from examples.regional.truth import Child, Episode, Information, Person, Place, Screening, World

Body = dict[str, Any]
TRUST = "lantern-trust"
CONTINUUM = 2017
"""Since January 2017 absent is a level of the one continuum of risk (College of Policing)."""
ETHNICITY = "police-16-plus-1"


@dataclass
class Sent:
    """One request.

    Attributes:
        at: when it is sent: a late report comes after what happened later.
        agency, role: who sends it.
        who: for each place in the body that describes a person, whom it truly describes.
        keep: the id in the receipt is kept under this name; `{name}` in a later path is it.
        allocated_by: it is about an interview that this council has to allocate first.
    """

    at: datetime
    agency: str
    role: str
    service: str
    path: str
    body: Body
    who: dict[str, str] = field(default_factory=dict)
    keep: str | None = None
    allocated_by: str | None = None

    @property
    def named(self) -> str | None:
        """The name of the kept id that its path holds, where it holds one."""
        return self.path.partition("{")[2].partition("}")[0] or None

    def key(self, seed: int, number: int) -> str:
        """Its idempotency key: the same request of the same world is stored once."""
        return uuid5(NAMESPACE_URL, f"throughline:region:{seed}:{number}").hex


def school_of(authority: str) -> str:
    """The code of the school whose safeguarding lead screens for an area."""
    return authority.replace("-council", "-academy")


def register() -> list[Sent]:
    """The agencies, and who holds return interviews: the same for every world."""
    began = datetime(2014, 7, 1, tzinfo=UTC)
    agencies = [(FORCE, "Northvale Police", "police"), (TRUST, "The Lantern Trust", "charity")]
    for authority in AUTHORITIES:
        name = authority.removesuffix("-council").title()
        agencies.append((authority, f"{name} Council", "local-authority"))
        agencies.append((school_of(authority), f"{name} Academy", "education"))
    sent = [
        Sent(
            began,
            AUTHORITIES[0],
            "registrar",
            "intake",
            "/agencies",
            {"code": code, "name": name, "kind": kind, "since": "2014-07-01"},
        )
        for code, name, kind in agencies
    ]
    sent += [
        Sent(
            began,
            authority,
            "social-care",
            "missing",
            "/commissions",
            {"provider": TRUST, "area": authority, "since": "2014-07-01"},
        )
        for authority in AUTHORITIES
    ]
    return sent


def reports(world: World) -> list[Sent]:
    """Everything that is sent about the world, without errors, in the order of sending."""
    people = {each.id: each for each in [*world.children, *world.offenders]}
    sent = [each for child in world.children for each in _about(child)]
    for information in world.information:
        sent += _information(information, people)
    # Interviews are required by what came before, so they are sent after all of it.
    return sorted(sent, key=lambda each: (each.allocated_by is not None, each.at))


def _about(child: Child) -> Iterator[Sent]:
    for status in child.statuses:
        yield _status(child, status)
    for screening in child.screenings:
        yield screened(child, screening)
    for episode in child.episodes:
        yield from episode_reports(child, episode)


def _status(child: Child, status: Any) -> Sent:
    body: Body = {
        "reference": status.reference,
        "kind": status.kind,
        "since": status.since.isoformat(),
        "until": status.until.isoformat() if status.until else None,
        "child": person(child),
    }
    if status.kind == "looked-after":
        home = status.in_home
        body["placement_type"] = "K2" if home else "U1"
        body["placement"] = {"type": "childrens-home" if home else "foster-home"}
    at = datetime.combine(status.since, datetime.min.time(), UTC)
    return Sent(
        at, child.authority, "social-care", "intake", "/statuses", body, {"/child": child.id}
    )


def screened(child: Child, screening: Screening) -> Sent:
    """A filled form."""
    columns = {"S": ["current_6m"]}
    body: Body = {
        "area": child.authority,
        "completed_at": _written(screening.at),
        "child": person(child),
        "learning_disability": "no",
        "additional_needs": "no",
        "referrer": {"name": "Sage Fairweather"},
        "reason": "What her form tutor noticed.",
        "ticks": [{"code": code, "columns": columns.get(code[0], [])} for code in screening.ticks],
        "consent": "sought",
        "meets_threshold": "unknown",
        "level": screening.level,
        "rationale": "What is ticked, and what I know of this child.",
    }
    return Sent(
        screening.at,
        school_of(child.authority),
        "practitioner",
        "screening",
        "/screenings",
        body,
        {"/child": child.id},
    )


def episode_reports(child: Child, episode: Episode) -> Iterator[Sent]:
    """The report, the return, and the interview where there was one."""
    yield Sent(
        episode.since,
        FORCE,
        "police-reporter",
        "missing",
        "/episodes",
        {
            "force": FORCE,
            "force_reference": episode.reference,
            "report_version": 1,
            "concern": episode.concern,
            "missing_from": "home",
            "missing_since": _written(episode.since),
            "reported_at": _written(episode.since),
            "risk": _risk(episode),
            "at_risk_of_exploitation": episode.at_risk,
            "known_to_social_care": "not_asked" if episode.at_risk == "not_asked" else "unknown",
            "responsible_authority": child.authority,
            "circumstances": "Not back when expected.",
            "child": person(child),
        },
        {"/child": child.id},
    )
    yield Sent(
        episode.back,
        FORCE,
        "police-reporter",
        "missing",
        "/returns",
        {
            "force_reference": episode.reference,
            "returned_at": _written(episode.back),
            "how": "found_by_police",
            "family_may_know_place": True,
            "places": [place("found_at", episode.found_at)] if episode.found_at else [],
        },
    )
    if (interview := episode.interview) is not None:
        visited = interview.visited
        yield Sent(
            interview.at,
            TRUST,
            "interviewer",
            "missing",
            "/interview-records",
            {
                "force": FORCE,
                "force_reference": episode.reference,
                "held": {
                    "held_at": _written(interview.at),
                    "setting": "school",
                    "interviewer_role": "return-interviewer",
                    "independent": True,
                    "childs_account": "I went to see friends.",
                    "exploitation": interview.exploitation,
                    "exploitation_rationale": "What was told.",
                    "places": [place("said_visited", visited)] if visited else [],
                },
            },
            allocated_by=child.authority,
        )


def _risk(episode: Episode) -> Body | None:
    """A level of the scheme of the day: until 2017 an absent child had none."""
    if episode.concern == "missing":
        return {"level": "medium"}
    return {"level": "no-apparent-risk"} if episode.since.year >= CONTINUUM else None


def _information(information: Information, people: dict[str, Person]) -> Iterator[Sent]:
    report_id = f"{information.id}-id"
    yield Sent(
        information.at,
        information.by,
        "social-care",
        "intelligence",
        "/reports",
        {
            "bureau": FORCE,
            "reported_at": _written(information.at),
            "source": {"professional": True},
            "account": "What a worker was told.",
            "incidents": [
                {"began": _written(incident.at), "involves": incident.offenders}
                for incident in information.incidents
            ],
            "victims": [
                {"ref": who, "person": person(people[who])} for who in information.children
            ],
            "perpetrators": [
                {"ref": who, "person": person(people[who])} for who in information.offenders
            ],
            "places": [place("seen_at", each) for each in information.places],
            "models": ["online-grooming"] if information.online else [],
        },
        {f"/victims/{n}/person": who for n, who in enumerate(information.children)}
        | {f"/perpetrators/{n}/person": who for n, who in enumerate(information.offenders)},
        keep=report_id,
    )
    yield Sent(
        information.at,
        FORCE,
        "intelligence-officer",
        "intelligence",
        f"/reports/{{{report_id}}}/grade",
        {"source": "2", "information": "D", "handling": "P"},
    )


def person(who: Person) -> Body:
    """A person as an agency without errors describes them."""
    child = isinstance(who, Child)
    names: list[Body] = []
    if who.family:
        full = f"{who.given} {who.family}"
        names.append({"full": full, "given": who.given, "family": who.family})
    if who.nickname:
        names.append({"full": who.nickname, "use": "nickname"})
    scheme = {"scheme": "nhs-number"} if child else {"scheme": "force-person-id", "issuer": FORCE}
    body: Body = {
        "names": names,
        "identifiers": [{**scheme, "value": who.number, "verified": True}],
    }
    if who.sex:
        body["sex"] = who.sex
    if who.ethnicity:
        body["ethnicity"] = {"scheme": ETHNICITY, "code": who.ethnicity}
    if who.born is not None:
        body["date_of_birth"] = who.born.isoformat()
    if who.about is not None:
        body["age_from"], body["age_to"] = who.about
    return body


def place(role: str, where: Place) -> Body:
    """A place as an agency without errors describes it."""
    body: Body = {"role": role, "name": PLACES[where.type]}
    if where.type:
        body["type"] = where.type
    if where.postcode is not None:
        body["postcode"] = where.postcode
    return body


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
