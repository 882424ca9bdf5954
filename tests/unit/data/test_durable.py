"""Durable writes: the old file or the new one, and nothing beside it."""

import pytest

from danlu.data.durable import replace_file, replace_folder, write_atomically
from danlu.errors import StorageError


def test_a_file_is_written_whole_and_alone(tmp_path):
    write_atomically(tmp_path / "a", b"one")
    write_atomically(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_does_not_exist_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="cannot write 'a'"):
        write_atomically(tmp_path / "none" / "a", b"one")


def test_a_finished_file_takes_its_name(tmp_path):
    (tmp_path / "temp").write_bytes(b"new")
    (tmp_path / "final").write_bytes(b"old")
    replace_file(tmp_path / "temp", tmp_path / "final")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("final", b"new")]


def test_a_finished_folder_replaces_the_older_one(tmp_path):
    for name in ("temp", "final"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / name).write_bytes(b"x")
    replace_folder(tmp_path / "temp", tmp_path / "final")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["final", "inner", "temp"]
