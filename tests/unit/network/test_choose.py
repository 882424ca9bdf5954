"""The data decide which network is proposed, and every other says why it was not."""

import pytest

from danlu.errors import NetworkError
from danlu.network.choose import choose, fits
from danlu.network.gallery.base import gallery
from danlu.testing.gallery import real, types_of


def test_numbered_columns_of_a_square_are_a_picture() -> None:
    found = choose(types_of(real("digits")), rows=1000, task="classification", head=10)
    assert (found.entry, found.why) == ("lenet5", "64 numbered columns make a picture of 8 x 8")


def test_a_table_gets_a_residual_mlp() -> None:
    found = choose(types_of(real("wine")), rows=120, task="classification", head=3)
    assert found.entry == "residual_mlp"
    assert "120 rows" in found.why


def test_what_is_asked_for_is_given_if_it_fits() -> None:
    types = types_of(real("wine"))
    asked = choose(types, rows=120, task="classification", head=3, entry="tabm")
    assert asked.proposal.network.name == "tabm"
    with pytest.raises(NetworkError, match="does not fit") as caught:
        choose(types, rows=120, task="classification", head=3, entry="lenet5")
    assert "tabm" in caught.value.do


def test_a_near_miss_is_named() -> None:
    with pytest.raises(NetworkError) as caught:
        choose({}, rows=1, task="classification", head=1, entry="lenet")
    assert "lenet5" in caught.value.do


def test_the_whole_gallery_is_listed_with_reasons() -> None:
    found = {f.entry: f.why_not for f in fits(types_of(real("diabetes")), "regression")}
    assert set(found) == set(gallery().names())
    assert found["lenet5"]
    assert found["mlp"] is None
