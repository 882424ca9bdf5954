"""Laws of every place for blobs; its tests subclass `BlobLaws` and give a fixture ``blobs``."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from danlu.errors import NotFoundError, StorageError
from danlu.store.blobs.base import Blobs

ABSENT = "0" * 64


class BlobLaws:
    """What every place does."""

    def test_bytes_come_back_under_their_hash(self, blobs: Blobs) -> None:
        """The name is the content's sha256."""
        sha = blobs.put_bytes(b"abc")
        assert sha == hashlib.sha256(b"abc").hexdigest()
        assert blobs.read(sha) == blobs.path(sha).read_bytes() == b"abc"

    def test_nothing_is_a_blob_too(self, blobs: Blobs) -> None:
        """Empty files are kept."""
        assert blobs.read(blobs.put_bytes(b"")) == b""

    def test_a_file_is_copied(self, blobs: Blobs, tmp_path: Path) -> None:
        """Changing the source later changes nothing."""
        source = tmp_path / "source"
        source.write_bytes(b"x" * 3_000_000)
        sha = blobs.put_file(source)
        source.write_bytes(b"other")
        assert blobs.read(sha) == b"x" * 3_000_000

    def test_the_same_bytes_twice_are_one_blob(self, blobs: Blobs) -> None:
        """Putting again is harmless."""
        assert blobs.put_bytes(b"abc") == blobs.put_bytes(b"abc")

    def test_an_unknown_hash_is_missing(self, blobs: Blobs) -> None:
        """Said, not guessed."""
        assert not blobs.has(ABSENT)
        with pytest.raises(NotFoundError):
            blobs.path(ABSENT)

    def test_a_name_that_is_no_hash_leads_nowhere(self, blobs: Blobs) -> None:
        """No path ever comes from outside."""
        for name in ("../../etc/passwd", "", "A" * 64, "ab/" + "0" * 61):
            with pytest.raises(NotFoundError):
                blobs.path(name)

    def test_a_flipped_byte_is_caught_before_it_is_read(self, blobs: Blobs) -> None:
        """Content is verified the first time."""
        sha = blobs.put_bytes(b"abc")
        path = blobs.path(sha)
        path.chmod(0o644)
        path.write_bytes(b"abd")
        with pytest.raises(StorageError, match="have changed"):
            blobs.read(sha)

    def test_deleted_is_gone_and_twice_is_fine(self, blobs: Blobs) -> None:
        """Delete is idempotent."""
        sha = blobs.put_bytes(b"abc")
        blobs.delete(sha)
        blobs.delete(sha)
        assert not blobs.has(sha)

    def test_a_sweep_keeps_what_is_named_and_what_is_young(self, blobs: Blobs) -> None:
        """Garbage is only what is old and nobody mentions."""
        named, garbage = blobs.put_bytes(b"named"), blobs.put_bytes(b"garbage")
        now = time.time()
        assert blobs.sweep({named}, now=now, older_than_s=60.0) == 0
        assert blobs.sweep({named}, now=now + 120, older_than_s=60.0) == 1
        assert blobs.has(named)
        assert not blobs.has(garbage)

    def test_putting_again_makes_young_again(self, blobs: Blobs) -> None:
        """A blob somebody is about to name survives a sweep."""
        sha = blobs.put_bytes(b"abc")
        later = time.time() + 120
        sha_again = blobs.put_bytes(b"abc")
        assert sha == sha_again
        assert blobs.sweep(set(), now=later, older_than_s=121.0) == 0
