"""Cursors: opaque, and good for the one list, caller and filter that they were given for."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.refusals import Invalid
from shared.vault.keyring import Keyring
from shared.web.paging import Cursors, Paging

CURSORS = Cursors(Keyring("missing", {}, b"k" * 32))
KEY = (datetime(2015, 3, 27, 22, 10, tzinfo=UTC), uuid4())
SCOPE = ("submissions", "northvale-police", None)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids(), st.text())
def test_a_cursor_brings_back_the_key_that_it_was_made_of(
    moment: datetime, row: UUID, agency: str
) -> None:
    given_out = CURSORS.write((moment, row), ("list", agency))
    assert CURSORS.read(given_out, tuple[datetime, UUID], ("list", agency)) == (moment, row)
    assert given_out.isascii()
    assert not set(given_out) & set("+/=&?# ")


@given(st.text(max_size=120))
def test_whatever_is_no_cursor_is_refused_where_it_stands(given_in: str) -> None:
    with pytest.raises(Invalid) as refused:
        CURSORS.read(given_in, tuple[datetime, UUID], SCOPE)
    (fault,) = refused.value.faults
    assert fault.pointer == "/query/cursor"


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_that_was_changed_is_refused(at: int, by: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    good = CURSORS.write(KEY, SCOPE)
    # The last character has bits that stand for nothing.
    place = at % (len(good) - 1)
    other = alphabet[(alphabet.index(good[place]) + by) % 64]
    changed = good[:place] + other + good[place + 1 :]
    if changed != good:
        with pytest.raises(Invalid):
            CURSORS.read(changed, tuple[datetime, UUID], SCOPE)


@pytest.mark.parametrize(
    "scope",
    [
        ("submissions", "southmere-police", None),
        ("truancy-stops", "northvale-police", None),
        ("submissions", "northvale-police", "open"),
    ],
)
def test_a_cursor_of_another_caller_list_or_filter_is_refused(scope: tuple[object, ...]) -> None:
    page, cursor = Paging(CURSORS, 1, None).cut([1, 2], lambda _: KEY, *SCOPE)
    assert page == [1]
    assert Paging(CURSORS, 1, cursor).after(tuple[datetime, UUID], *SCOPE) == KEY
    with pytest.raises(Invalid):
        Paging(CURSORS, 1, cursor).after(tuple[datetime, UUID], *scope)


def test_a_key_of_another_kind_and_another_services_are_refused() -> None:
    cursor = CURSORS.write((date(2015, 3, 27), "words"), SCOPE)
    with pytest.raises(Invalid):
        CURSORS.read(cursor, tuple[datetime, UUID], SCOPE)
    others = Cursors(Keyring("screening", {}, b"s" * 32)).write(KEY, SCOPE)
    with pytest.raises(Invalid):
        CURSORS.read(others, tuple[datetime, UUID], SCOPE)


def test_the_last_page_has_no_cursor() -> None:
    assert Paging(CURSORS, 2, None).cut([1, 2], lambda _: KEY, *SCOPE) == ([1, 2], None)
    assert Paging(CURSORS, 2, None).cut([], lambda _: KEY, *SCOPE) == ([], None)
