"""Rows come in an order that depends on the experiment and the epoch alone."""

from pathlib import Path

import numpy as np
import pytest
import torch

from danlu.errors import DataError
from danlu.testing.encoded import write_encoded
from danlu.train.batches import load, order, steps_of


def test_an_order_is_a_permutation_that_can_be_had_again():
    first = order(50, 3, 1)
    assert torch.equal(first.sort().values, torch.arange(50))
    assert torch.equal(first, order(50, 3, 1))
    assert not torch.equal(first, order(50, 3, 2))


@pytest.mark.parametrize(("rows", "size", "steps"), [(10, 512, 1), (1000, 100, 10), (130, 64, 2)])
def test_rows_are_shared_out_evenly(rows, size, steps):
    assert steps_of(rows, size) == steps


def test_an_encoded_folder_is_read(tmp_path):
    data = load(write_encoded(tmp_path / "e", rows=40))
    assert len(data.train) == 40
    assert data.valid.inputs["table"].shape == (20, 8)


def test_a_folder_that_is_not_there_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "gone")


def test_infinity_in_the_data_is_named(tmp_path):
    folder = write_encoded(tmp_path / "e", rows=40)
    x = np.load(folder / "train.table.npy")
    x[3, 2] = np.inf
    np.save(folder / "train.table.npy", x)
    with pytest.raises(DataError, match="1 rows of 'table' hold NaN or infinity"):
        load(folder)


def test_inputs_of_another_length_are_refused(tmp_path):
    folder = write_encoded(tmp_path / "e", rows=40)
    np.save(folder / "valid.target.npy", np.zeros(3, np.int64))
    with pytest.raises(DataError, match="has 20 rows, the target 3"):
        load(folder)


def test_rows_stay_in_their_files_and_only_what_is_taken_is_copied(tmp_path):
    data = load(write_encoded(tmp_path / "encoded"))
    assert str(tmp_path / "encoded" / "train.table.npy") in Path("/proc/self/maps").read_text()
    taken = data.train.take(torch.tensor([3, 1]))
    assert torch.equal(taken.inputs["table"], data.train.inputs["table"][[3, 1]])
