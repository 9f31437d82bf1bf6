"""Identifiers. None of them says anything about a person."""

from uuid import UUID, uuid4

from uuid_utils.compat import uuid7


def new_event_id() -> UUID:
    """An id that sorts by the moment it was made, which keeps indexes compact."""
    return uuid7()


def new_mention_id() -> UUID:
    """Like an event's: mentions are made with the event that carries them."""
    return uuid7()


def new_subject_id() -> UUID:
    """Random throughout: the id of a child must not even tell when she was first reported."""
    return uuid4()


def new_record_id() -> UUID:
    """The id of an aggregate: an episode, an agency, a link."""
    return uuid7()
