"""The baseline of the same views: the library's `ProjectionRunner`, with mash's own folds.

Written the simplest way that comes to the same rows: for every event one transaction of its own, as
the library does it. The event's facts are inserted, who is whom is updated, the facts of each
subject that it touches are read back and folded by the very functions that mash folds with, its
rows are written, and the position is tracked by the library's tracking recorder.

It is spared what is not projecting: each event is handed to it opened and decoded. And it keeps no
archive, no search terms, no digest and no record of when it knew what.
"""

import time
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

from bench.stock import environment
from services.mash.views import FOLDS
from shared.projecting.facts import Event, Fact, rows_of
from shared.projecting.tables import FACT_COLUMNS

Rows = dict[tuple[str, UUID], bytes]
"""By view and subject."""

COLUMNS = ", ".join(FACT_COLUMNS)
VALUES = ", ".join("%s" for _ in FACT_COLUMNS)
TABLES = """
CREATE TABLE IF NOT EXISTS fact (
    mention_id uuid, source text, position bigint, ordinal smallint, kind text, occurred_at text,
    recorded_at text, agency text, handling text, event_id uuid, value bytea, limits bytea);
CREATE INDEX IF NOT EXISTS fact_of_mention ON fact (mention_id);
CREATE TABLE IF NOT EXISTS membership (mention_id uuid PRIMARY KEY, subject_id uuid);
CREATE INDEX IF NOT EXISTS member_of ON membership (subject_id);
CREATE TABLE IF NOT EXISTS view_row (
    view text, subject_id uuid, body bytea, PRIMARY KEY (view, subject_id))
"""


class Told(Aggregate):
    """One event, by its place in the order in which they are handed over."""

    @event("Begun")
    def __init__(self, number: int) -> None:
        self.number = number


class Source(Application[UUID]):
    """Where they are saved."""


class Views(PostgresTrackingRecorder):
    """The tables of the views."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:
        super().__init__(datastore, **options)
        for statement in TABLES.split(";"):
            self.sql_create_statements.append(SQL(statement).format())

    def take(self, told: Event, tracking: Tracking) -> None:
        """One event's facts and links, the rows that they change, and the position."""
        facts, links = FOLDS.facts_of(told), FOLDS.links_of(told)
        touched = {f.mention_id for f in facts} | {link.mention_id for link in links}
        with self.datastore.transaction(commit=True) as cursor:
            subjects = _subjects(cursor, touched)
            for fact in facts:
                cursor.execute(
                    f"INSERT INTO fact ({COLUMNS}) VALUES ({VALUES})",
                    tuple(getattr(fact, name) for name in FACT_COLUMNS),
                    prepare=True,
                )
            for link in links:
                cursor.execute(
                    "INSERT INTO membership VALUES (%s, %s) ON CONFLICT (mention_id) "
                    "DO UPDATE SET subject_id = excluded.subject_id",
                    (link.mention_id, link.subject_id),
                    prepare=True,
                )
            for subject in subjects | _subjects(cursor, touched):
                _fold(cursor, subject)
            self._insert_tracking(cursor, tracking)

    def rows(self) -> Rows:
        """Everything in the views."""
        with self.datastore.transaction() as cursor:
            cursor.execute("SELECT view, subject_id, body FROM view_row")
            return {(r["view"], r["subject_id"]): bytes(r["body"]) for r in cursor.fetchall()}


def _subjects(cursor: Any, mentions: set[UUID]) -> set[UUID]:
    """The subjects of these mentions as linked now, or themselves."""
    cursor.execute(
        "SELECT mention_id, subject_id FROM membership WHERE mention_id = ANY(%s)",
        (list(mentions),),
        prepare=True,
    )
    linked = {r["mention_id"]: r["subject_id"] for r in cursor.fetchall()}
    return {linked.get(mention) or mention for mention in mentions}


def _fold(cursor: Any, subject: UUID) -> None:
    """Fold a subject anew, and write or remove its rows."""
    cursor.execute(
        f"SELECT {COLUMNS} FROM fact JOIN membership USING (mention_id) WHERE subject_id = %s "
        f"UNION ALL SELECT {COLUMNS} FROM fact f WHERE mention_id = %s AND NOT EXISTS "
        "(SELECT FROM membership m WHERE m.mention_id = f.mention_id "
        "AND m.subject_id IS NOT NULL)",
        (subject, subject),
        prepare=True,
    )
    rows = rows_of(FOLDS, subject, [Fact(**row) for row in cursor.fetchall()])
    for view in FOLDS.views:
        if view in rows:
            cursor.execute(
                "INSERT INTO view_row VALUES (%s, %s, %s) ON CONFLICT (view, subject_id) "
                "DO UPDATE SET body = excluded.body",
                (view, subject, rows[view]),
                prepare=True,
            )
        else:
            cursor.execute(
                "DELETE FROM view_row WHERE view = %s AND subject_id = %s",
                (view, subject),
                prepare=True,
            )


class Everything(Projection[Views]):
    """Each event as it comes."""

    events: ClassVar[Sequence[Event]] = ()

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """See `Projection.process_event`."""
        self.view.take(self.events[domain_event.number], tracking)


def same_views(url: str, events: Sequence[Event]) -> tuple[float, Rows]:
    """Project these into an empty database.

    Returns:
        Events a second, from the start of a runner until it has projected all; and the rows.
    """
    application = Source(environment(url))
    for number in range(len(events)):
        application.save(Told(number))
    last = application.recorder.max_notification_id()
    assert last is not None
    application.close()
    Everything.events = events
    started = time.perf_counter()
    with ProjectionRunner(
        application_class=Source, projection_class=Everything, view_class=Views,
        env=environment(url),
    ) as runner:  # fmt: skip
        runner.wait(last, timeout=300)
        rate = len(events) / (time.perf_counter() - started)
        return rate, runner.projection.view.rows()
