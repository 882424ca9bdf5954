"""Event files say what was measured; read here by the letter of TensorFlow's formats."""

import struct

import pytest

from danlu.experiment.looks import looks_at, seen_of
from danlu.experiment.run import conduct
from danlu.experiment.tensorboard import crc32c, export
from danlu.store.records import Experiment, Trial


def masked(data):
    found = crc32c(data)
    return ((found >> 15 | found << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        body = data[at + 12 : at + 12 + length]
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at : at + 8])
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(body)
        yield body
        at += 16 + length


def fields(data):
    """Yield (number, value) of one protocol buffer."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        number, kind = key >> 3, key & 7
        if kind == 0:
            yield number, varint()
        elif kind == 2:
            size = varint()
            yield number, data[at : at + size]
            at += size
        else:
            form, size = ("<d", 8) if kind == 1 else ("<f", 4)
            yield number, struct.unpack_from(form, data, at)[0]
            at += size


def read(path):
    """Return scalars and histograms as {tag: {step: value}}."""
    found = {}
    first, *rest = (dict(fields(r)) for r in records(path.read_bytes()))
    assert first[3] == b"brain.Event:2"
    for event in rest:
        for _, value in fields(event[5]):
            entry = dict(fields(value))
            shown = dict(fields(entry[5])) if 5 in entry else entry[2]
            found.setdefault(entry[1].decode(), {})[event[2]] = shown
    return found


def test_curves_and_histograms_of_a_search(project, tmp_path):
    asked = {"trials": 2, "epochs": 4, "recipe": {"batch_size": 64}, "watch": True}
    conduct(project.ports, project.ask("seen", **asked))
    trials = project.all(Trial)
    experiment = project.all(Experiment)[0]
    seen = seen_of(experiment, project.home)
    files = export(trials, seen, tmp_path / "board", began=12.5)
    assert [f.parent.name for f in files] == ["trial_0000", "trial_0001"]
    looks = 0
    for trial, file in zip(trials, files, strict=True):
        found = read(file)
        for point in trial.curve:
            assert found["loss/train"][point["epoch"]] == pytest.approx(point["loss"])
            assert found["metric/auc"][point["epoch"]] == pytest.approx(point["auc"])
        for look in looks_at(seen, trial.number):
            looks += 1
            assert found["gradient_norm"][look.step] == pytest.approx(look.gradient_norm)
            for name, histogram in look.weights.items():
                shown = found[f"weights/{name}"][look.step]
                assert (shown[1], shown[2]) == (histogram.low, histogram.high)
                limits = struct.unpack(f"<{len(shown[6]) // 8}d", shown[6])
                counts = struct.unpack(f"<{len(shown[7]) // 8}d", shown[7])
                assert list(limits) == sorted(set(limits))
                assert limits[0] <= histogram.low
                assert histogram.high <= limits[-1] * (1 + 1e-9)
                assert sum(counts) == shown[3] == histogram.sampled
    assert looks >= 1
    again = export(trials, seen, tmp_path / "board", began=12.5)
    assert [f.read_bytes() for f in again] == [f.read_bytes() for f in files]


def test_a_line_torn_by_a_kill_is_left_out(project, tmp_path):
    asked = {"trials": 1, "epochs": 2, "recipe": {"batch_size": 64}, "watch": True}
    conduct(project.ports, project.ask("torn", **asked))
    folder = seen_of(project.all(Experiment)[0], project.home)
    whole = looks_at(folder, 0)
    with (folder / "0.jsonl").open("a") as file:
        file.write('{"event":"watched","tri')
    assert looks_at(folder, 0) == whole
    assert looks_at(tmp_path, 0) == []
