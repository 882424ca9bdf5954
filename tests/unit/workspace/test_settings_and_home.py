"""Settings, the folder's layout, its lock, and where a workspace may not lie."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from danlu.errors import ConflictError, InvalidError, StorageError
from danlu.workspace import home
from danlu.workspace.home import Lock, filesystem_of, lay_out
from danlu.workspace.settings import load

MOUNTS = "rootfs / ext4 rw 0 0\nserver:/x /data nfs4 rw 0 0\ntmpfs /data/my\\040disk tmpfs rw 0 0\n"


def test_settings_have_defaults(tmp_path: Path) -> None:
    assert load(tmp_path).slots == 2


def test_the_file_sets_and_the_environment_goes_before_it(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "danlu.toml").write_text('slots = 4\nhosts = ["a.example"]\n')
    monkeypatch.setenv("DANLU_SLOTS", "8")
    assert (load(tmp_path).slots, load(tmp_path).hosts) == (8, ("a.example",))


def test_an_unknown_setting_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "danlu.toml").write_text("slot = 4\n")
    with pytest.raises(InvalidError, match="Did you mean 'slots'"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["slots = 0\n", 'slots = "many"\n', "slots = [\n"])
def test_a_setting_that_cannot_be_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "danlu.toml").write_text(text)
    with pytest.raises(InvalidError):
        load(tmp_path)


def test_secrets_lie_in_a_folder_only_the_owner_opens(tmp_path: Path) -> None:
    lay_out(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new" / "run").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("path", "kind"), [("/data/w", "nfs4"), ("/data/my disk/w", "tmpfs"), ("/home/w", "ext4")]
)
def test_the_longest_mount_point_tells_the_file_system(path: str, kind: str) -> None:
    assert filesystem_of(Path(path), MOUNTS) == kind


def test_a_shared_file_system_is_refused_with_advice(tmp_path: Path, monkeypatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/x {tmp_path.resolve()} nfs rw 0 0\n")
    monkeypatch.setattr(home, "MOUNTS", mounts)
    with pytest.raises(StorageError, match="local disk"):
        home.demand_local(tmp_path)


def test_a_second_process_does_not_get_the_lock(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    lock.take()
    lock.take()
    code = (
        "import sys; from pathlib import Path; from danlu.errors import ConflictError;"
        "from danlu.workspace.home import Lock\n"
        "try: Lock(Path(sys.argv[1])).take()\n"
        "except ConflictError: sys.exit(3)"
    )
    other = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(other, check=False).returncode == 3
    lock.release()
    assert subprocess.run(other, check=False).returncode == 0


def test_a_lock_of_the_same_process_counts_too(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    first.take()
    with pytest.raises(ConflictError, match="another Danlu"):
        second.take()
    first.release()
