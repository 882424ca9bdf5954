"""Kinds: what every column kind must do; JSON, text and SQL are read alike, encoding is pure."""

from __future__ import annotations

import json

import numpy as np

from danlu.data.dataset import Column
from danlu.data.kinds.base import MISSING, Kind, Values
from danlu.data.reading import connect, equip

ODD = (
    "", " ", "NA", "null", "-", "?", "x", "é", "中文", "1", "0", " 7 ", "07", "1.5.2", "1e999",
    "inf", "nan", "TRUE", "12,5", "1,23", "--3", "5-", "%", "$", "()", "2013-13-01", "2013-02-30",
    "infinity", "epoch", "2013-01-31T25:00", "2013-1-2 3:04", "13:30", "\t8\u3000", "'; --", "a\nb",
)  # fmt: skip


class KindContract:
    """Subclass in a test module that has a fixture ``kind`` (the class)."""

    def test_its_examples_can_be_read(self, kind: type[Kind]) -> None:
        """None is bad, none is missing."""
        assert kind.share(kind.examples, kind.style_of(kind.examples)) == 1.0

    def test_it_detects_its_examples(self, kind: type[Kind]) -> None:
        """With a score above nothing."""
        assert 0 < kind.detect("order_id", kind.examples) <= 1

    def test_sql_reads_what_python_reads(self, kind: type[Kind]) -> None:
        """Import (SQL) and serving (Python) agree on every text and style."""
        for style in kind.styles:
            texts = (*kind.examples, *ODD)
            assert by_sql(kind, texts, style) == [by_python(kind, t, style) for t in texts]

    def test_many_are_read_as_one_is(self, kind: type[Kind]) -> None:
        """``array`` and ``parse`` agree, None included."""
        texts = [*kind.examples, None, *MISSING]
        found = kind.array(texts)
        assert found.dtype == np.dtype(kind.dtype)
        assert [shown(v) for v in found] == [shown(kind.parse(t)) for t in texts]

    def test_missing_words_are_missing(self, kind: type[Kind]) -> None:
        """In every kind."""
        assert all(kind.parse(word) is None for word in MISSING)

    def test_the_state_is_json(self, kind: type[Kind]) -> None:
        """And encodes as before once read back."""
        values = examples(kind)
        state = kind.fit("c", values)
        again = kind.model_validate_json(state.model_dump_json())
        assert again == state
        assert np.array_equal(again.encode(values), state.encode(values))

    def test_fitting_does_not_depend_on_the_order_of_rows(self, kind: type[Kind]) -> None:
        """A shuffled column gives the same state."""
        values = examples(kind)
        order = np.random.default_rng(0).permutation(len(values))
        there, here = (kind.fit("c", v).model_dump() for v in (values, values[order]))
        assert there.keys() == here.keys()
        assert all(near(there[field], here[field]) for field in there)

    def test_slots_are_finite_and_as_wide_as_said(self, kind: type[Kind]) -> None:
        """For known, missing and unseen values, and for no rows at all."""
        state = kind.fit("c", examples(kind))
        for values in (examples(kind), kind.array([None, None]), kind.array([])):
            slots = state.encode(values)
            assert slots.shape == (len(values), state.width)
            assert slots.dtype == np.float32
            assert np.isfinite(slots).all()

    def test_a_column_of_nothing_but_missing_can_be_fitted(self, kind: type[Kind]) -> None:
        """It happens on the first day."""
        state = kind.fit("c", kind.array([None] * 5))
        assert np.isfinite(state.encode(kind.array([None, kind.examples[0]]))).all()

    def test_decoding_brings_train_values_back(self, kind: type[Kind]) -> None:
        """Unless the kind says it is not lossless."""
        values = examples(kind)
        state = kind.fit("c", values)
        if not kind.lossless:
            return
        back = state.decode(state.encode(values))
        if values.dtype == object:
            assert back.tolist() == values.tolist()
        else:
            room = 1e-6 * float(np.nanmax(np.abs(values)))
            assert np.allclose(back, values, atol=room, equal_nan=True)

    def test_columns_encoded_together_are_as_encoded_alone(self, kind: type[Kind]) -> None:
        """Neighbours change nothing."""
        values = (examples(kind), examples(kind)[::-1])
        states = [kind.fit(f"c{i}", v) for i, v in enumerate(values)]
        together = kind.encoder(states)(values)
        alone = [s.encode(v) for s, v in zip(states, values, strict=True)]
        assert np.array_equal(together, np.concatenate(alone, axis=1))

    def test_one_row_is_encoded_as_it_is_among_many(self, kind: type[Kind]) -> None:
        """Serving and training see the same bits."""
        values = examples(kind)
        state = kind.fit("c", values)
        rows = [state.encode(values[i : i + 1]) for i in range(len(values))]
        assert np.array_equal(np.concatenate(rows), state.encode(values))

    def test_a_slot_lies_where_the_axes_say(self, kind: type[Kind]) -> None:
        """A cell has as many sizes as its kind has axes."""
        state = kind.fit("c", examples(kind))
        assert len(state.shape) == len(kind.axes)
        assert state.width == np.prod(state.shape)

    def test_values_are_read_back_from_their_json(self, kind: type[Kind]) -> None:
        """What a list of rows shows can be asked about; cut short it is still JSON."""
        values = examples(kind)
        told = json.loads(json.dumps(kind.plain(values), allow_nan=False))
        assert [shown(kind.parse(v)) for v in told] == [shown(v) for v in values]
        assert len(json.dumps(kind.plain(values, short=True), allow_nan=False)) > 0

    def test_the_form_is_json(self, kind: type[Kind]) -> None:
        """It goes to the page."""
        assert json.dumps(kind.fit("c", examples(kind)).form(), allow_nan=False)


def examples(kind: type[Kind]) -> Values:
    """Return the examples, one of them twice, and a missing value."""
    return kind.array([*kind.examples, kind.examples[0], None])


def by_python(kind: type[Kind], text: str, style: str = "") -> object:
    """Read one text: its value, None = missing, "bad"."""
    try:
        return shown(kind.parse(text, style))
    except ValueError:
        return "bad"


def by_sql(kind: type[Kind], texts: tuple[str, ...], style: str = "") -> list[object]:
    """Read the texts as an import does."""
    with connect() as db:
        equip(db, [Column(name="c", kind=kind.model_fields["kind"].default)])
        found = db.execute(
            f"SELECT {kind.sql('c', style)}, {kind.sql_missing('c')} "
            "FROM (SELECT unnest(?) AS c, generate_subscripts(?, 1) AS i) ORDER BY i",
            [list(texts), list(texts)],
        ).fetchall()
    return [
        ("bad" if not missing else None) if value is None else shown(value)
        for value, missing in found
    ]


def shown(value: object) -> object:
    """Bring a value of any origin into a form that compares."""
    if value is None or value != value or (isinstance(value, np.datetime64) and np.isnat(value)):
        return None
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, bool | int | float | np.floating):
        return float(value)
    return str(np.datetime64(value, "us"))  # type: ignore[call-overload]


def near(a: object, b: object) -> bool:
    """Say whether two values are equal, floats within what float32 keeps."""
    if isinstance(a, float) and isinstance(b, float):
        return bool(np.isclose(a, b, rtol=1e-5, atol=1e-5))
    return a == b
