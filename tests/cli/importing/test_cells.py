"""No cell that we write can be carried out, and every cell can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.importing.cells import harmless, restored

SIGNS = "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "'", "''", " '"])
def test_nothing_that_begins_like_a_formula_is_written_so(before: str, sign: str) -> None:
    written = harmless(f"{before}{sign}HYPERLINK(0)")
    assert written.startswith("'") or not written.lstrip().startswith(tuple(SIGNS.strip()))


@given(st.text(alphabet="'=+-@\t\r\n ab1", max_size=8))
def test_what_is_written_is_read_back(cell: str) -> None:
    assert restored(harmless(cell)) == cell
    assert not harmless(cell).lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("cell", ["O'Brien", "'quoted'", "a=b", "07700 900123", "''", "'"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell == restored(cell)
