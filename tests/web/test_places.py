"""What kind of place is meant is a code: of a word of one's own nobody finds the others."""

import pytest
from pydantic import ValidationError

from services.intelligence.api.requests import Licensed
from shared.reference.premises import PREMISES_TYPES
from shared.web.mentions import Place


@pytest.mark.parametrize("code", PREMISES_TYPES)
def test_each_kind_on_the_list_is_accepted(code: str) -> None:
    assert Place.model_validate({"role": "found_at", "type": code}).type == code


@pytest.mark.parametrize("word", ["palace", "Hotel", "hotel ", "", "arcade-and-cafe"])
def test_a_kind_that_is_not_on_the_list_is_refused_with_the_list(word: str) -> None:
    for model, rest in ((Place, {"role": "found_at"}), (Licensed, {"trading_name": "Beacon"})):
        with pytest.raises(ValidationError) as refused:
            model.model_validate(rest | {"type": word})
        (fault,) = refused.value.errors()
        assert fault["loc"] == ("type",)
        assert "taxi-office" in fault["msg"]
        assert "other" in fault["msg"]


def test_a_kind_that_nobody_told_is_left_out() -> None:
    assert Place.model_validate({"role": "found_at"}).type is None
