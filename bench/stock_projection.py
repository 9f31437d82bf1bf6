"""The baseline of the read side: the library's `ProjectionRunner` over its PostgreSQL application.

The same reports, returns and links, unsealed. For every event one transaction of its own, as the
library does it: the facts inserted, the child's row upserted, and the position tracked by the
library's tracking recorder. It opens nothing, archives nothing and folds nothing anew.
"""

# ruff: noqa: ARG002 (the library keeps what a decorated method is given)

import json
import time
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

from bench.stock import StockEpisode, environment, stock_report


class Episode(StockEpisode):
    """An episode that also ends."""

    @event("Returned")
    def come_back(self, child: str, returned_at: str, how: str) -> None:
        """The child is back."""
        self.how = how


class Link(Aggregate):
    """A report's child is that child."""

    @event("Linked")
    def __init__(self, mention: str, child: str) -> None:
        self.child = child


class Police(Application[UUID]):
    """Where they are saved."""


class Children(PostgresTrackingRecorder):
    """The view's tables: a row a child, its facts, and who is whom."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:
        super().__init__(datastore, **options)
        for statement in (
            "CREATE TABLE IF NOT EXISTS child (mention text PRIMARY KEY, body jsonb NOT NULL)",
            "CREATE TABLE IF NOT EXISTS fact (mention text, kind text, occurred_at text,"  # noqa: ISC004
            " agency text, event_id uuid, value jsonb, position bigint, ordinal smallint,"
            " PRIMARY KEY (position, ordinal))",
            "CREATE INDEX IF NOT EXISTS fact_of_mention ON fact (mention)",
            "CREATE TABLE IF NOT EXISTS membership (mention text PRIMARY KEY, child text NOT NULL)",
        ):
            self.sql_create_statements.append(SQL(statement).format())

    def said(self, mention: str, facts: list[tuple[str, Any]], tracking: Tracking) -> None:
        """One event's facts, the row they change, and the position, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            for ordinal, (kind, value) in enumerate(facts):
                cursor.execute(
                    "INSERT INTO fact VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (mention, kind, "2015-03-27T18:00:00Z", "northvale-police", uuid4(),
                     json.dumps(value), tracking.notification_id, ordinal),
                    prepare=True,
                )  # fmt: skip
            cursor.execute(
                "INSERT INTO child VALUES (%s, %s) ON CONFLICT (mention) "
                "DO UPDATE SET body = child.body || excluded.body",
                (mention, json.dumps(dict(facts))),
                prepare=True,
            )
            self._insert_tracking(cursor, tracking)

    def linked(self, mention: str, child: str, tracking: Tracking) -> None:
        """Who is whom, and the position."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                "INSERT INTO membership VALUES (%s, %s) ON CONFLICT (mention) "
                "DO UPDATE SET child = excluded.child",
                (mention, child),
                prepare=True,
            )
            self._insert_tracking(cursor, tracking)


class ChildProjection(Projection[Children]):
    """Each event as it comes."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """See `Projection.process_event`."""
        found = vars(domain_event)
        match type(domain_event).__name__:
            case "Reported":
                mention = found["child"]["mention"]
                report = {name: found[name] for name in ("force", "concern", "missing_from",
                          "risk_level", "at_risk", "known", "narrative")}  # fmt: skip
                self.view.said(mention, [("report", report), ("named", found["child"])], tracking)
            case "Returned":
                self.view.said(found["child"], [("return", {"how": found["how"]})], tracking)
            case _:
                self.view.linked(found["mention"], found["child"], tracking)


def stock_events(application: Application[Any], total: int) -> int:
    """Save reports, returns and links, three events an episode; the last one's position."""
    for _ in range(total // 3):
        mention = str(uuid4())
        episode = stock_report(Episode, mention)
        episode.come_back(mention, "2015-03-27T23:00:00Z", "returned_by_self")
        link = Link(mention, str(uuid4()))
        application.save(episode, link)
    last = application.recorder.max_notification_id()
    assert last is not None
    return last


def stock_projected(url: str, total: int) -> float:
    """Events a second, from the start of a runner until it has projected all that waits."""
    application = Police(environment(url))
    last = stock_events(application, total)
    application.close()
    started = time.perf_counter()
    with ProjectionRunner(
        application_class=Police, projection_class=ChildProjection, view_class=Children,
        env=environment(url),
    ) as runner:  # fmt: skip
        runner.wait(last, timeout=120)
        return total // 3 * 3 / (time.perf_counter() - started)
