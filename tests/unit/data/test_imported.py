"""Importing: what is read, what is refused and in which words."""

import gzip
import json
import resource

import pytest

from danlu.data.dataset import Schema, rows_of
from danlu.data.imported import import_file
from danlu.data.reading import read
from danlu.errors import DataError, NotFoundError, StorageError, TooLargeError

NUMBERS = "a,b\n" + "\n".join(f"{i},{i * 2}" for i in range(100)) + "\n"
CHINESE_KINDS = ["id", "number", "category", "boolean", "datetime"]


def kinds(found):
    return [c.kind for c in found.schema_.columns]


def rejects(found):
    lines = found.rejects.read_text("utf-8").splitlines()
    shown = ("line", "column", "reason", "text")
    return [{key: json.loads(line)[key] for key in shown} for line in lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16", "utf-16-le"])
def test_chinese_tables_are_read_in_every_common_encoding(take, chinese, encoding):
    found = take("表.csv", chinese.encode(encoding), time="日期")
    assert found.schema_.names == ("编号", "温度", "颜色", "迟到", "日期")
    assert kinds(found) == CHINESE_KINDS
    table = read([found.parquet], found.schema_)
    assert table["颜色"][:2].tolist() == ["红", "绿"]
    assert table["迟到"][:2].tolist() == [1.0, 0.0]


def test_western_text_is_read_as_cp1252_and_said_so(take):
    found = take("a.csv", "name,größe\nMüller,1\nSchäfer,2\n".encode("cp1252"))
    assert found.dialect["encoding"] == "cp1252"
    assert read([found.parquet], found.schema_)["name"].tolist() == ["Müller", "Schäfer"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(take, delimiter):
    found = take("a.csv", NUMBERS.replace(",", delimiter))
    assert (found.dialect["delimiter"], found.rows) == (delimiter, 100)


def test_a_gzip_file_is_unpacked(take):
    found = take("a.csv.gz", gzip.compress(NUMBERS.encode()))
    assert (found.rows, found.dialect["compression"]) == (100, "gzip")


def test_json_lines_take_the_keys_of_all_lines(take):
    found = take("a.jsonl", '{"n": 1, "s": "x"}\n\n{"n": 2.5, "later": true}\n')
    rows = rows_of(read([found.parquet], found.schema_), found.schema_.columns)
    assert rows == [{"n": 1, "s": "x", "later": None}, {"n": 2.5, "s": None, "later": True}]


def test_a_json_line_that_is_no_object_is_rejected_by_line(take):
    found = take("a.jsonl", '{"n": 1}\n' * 30 + "not json\n" + '{"n": 2}\n')
    assert rejects(found) == [
        {"line": 31, "column": None, "reason": "not a JSON object", "text": "not json"}
    ]


def test_parquet_comes_back_as_it_was(take, tmp_path):
    first = take("a.csv", NUMBERS)
    again = import_file(first.parquet, tmp_path / "again")
    assert again.schema_ == first.schema_
    assert read([again.parquet], again.schema_)["b"].tolist() == [i * 2.0 for i in range(100)]


def test_the_same_bytes_have_the_same_hash(take):
    assert take("a.csv", NUMBERS).source_sha256 == take("b.csv", NUMBERS).source_sha256


def test_marks_of_money_thousands_and_percent_are_read(take):
    found = take("a.csv", 'a,b,c\n"$1,234.50",12%,¥ 7\n"$1,000",5 %,(3)\n')
    table = read([found.parquet], found.schema_)
    assert table["a"].tolist() == [1234.5, 1000.0]
    assert table["b"].tolist() == [0.12, 0.05]
    assert table["c"].tolist() == [7.0, -3.0]


def test_decimal_commas_are_found_by_the_whole_column(take):
    found = take("a.csv", "a;b\n" + "1.000;x\n" * 50 + "1.234,5;y\n")
    assert found.schema_.column("a").style == "comma"
    assert read([found.parquet], found.schema_)["a"][-1] == 1234.5


def test_day_first_is_found_by_rows_after_the_sample(take):
    found = take("a.csv", "a\n" + "03/04/2024\n" * 3000 + "25/12/2024\n")
    assert found.schema_.column("a").style == "day_first"
    assert str(read([found.parquet], found.schema_)["a"][-1])[:10] == "2024-12-25"


def test_a_few_bad_cells_among_many_are_rejected_by_line_not_nulled(take):
    rows = [f"{i},{i}" for i in range(3000)]
    rows[2500], rows[2600], rows[100] = "oops,1", '"two\nlines",2', '"7",7'
    found = take("a.csv", "a,b\n\n" + "\n".join(rows))
    assert (found.rows, found.rejected) == (2998, 2)
    assert rejects(found) == [
        {"line": 2503, "column": "a", "reason": "not a number", "text": "oops"},
        {"line": 2603, "column": "a", "reason": "not a number", "text": "two\nlines"},
    ]


def test_a_column_of_ones_and_zeros_that_grows_a_two_is_a_number(take):
    found = take("a.csv", "a,b\n" + "0,1\n1,0\n" * 1500 + "2,1\n")
    assert kinds(found) == ["number", "boolean"]
    assert found.rejected == 0


def test_a_column_that_starts_empty_is_judged_by_its_later_rows(take):
    found = take("a.csv", "a,b\n" + "1,\n" * 3000 + "1,2.5\n" * 5)
    assert kinds(found) == ["number", "number"]


def test_a_column_without_any_value_is_a_category(take):
    assert kinds(take("a.csv", "a,b\n" + "1,NA\n3,\n")) == ["number", "category"]


def test_codes_with_leading_zeros_are_no_numbers(take):
    found = take("a.csv", "zip,n\n" + "02134,1\n02135,2\n" * 10)
    assert kinds(found) == ["category", "number"]


def test_ids_that_repeat_later_are_a_category(take):
    rows = [f"{i % 2500},1.5" for i in range(9000)]
    assert kinds(take("a.csv", "user_id,v\n" + "\n".join(rows)))[0] == "category"


def test_kinds_can_be_given(take):
    found = take("a.csv", NUMBERS, kinds={"a": "category"})
    assert read([found.parquet], found.schema_)["a"][:2].tolist() == ["0", "1"]


def test_ragged_rows_are_rejected_with_what_they_hold(take):
    found = take("a.csv", NUMBERS + "1,2,3\n7\n")
    assert rejects(found) == [
        {"line": 102, "column": None, "reason": "too many fields: 3 instead of 2", "text": "1,2,3"},
        {"line": 103, "column": None, "reason": "too few fields: 1 instead of 2", "text": "7"},
    ]


def test_more_than_five_percent_rejected_stops_the_import(take, tmp_path):
    with pytest.raises(DataError, match=r"10 of 110 rows cannot be read .*line 102") as caught:
        take("a.csv", NUMBERS + "1,2,3\n" * 10)
    assert caught.value.code == "too_many_rejects"
    assert list((tmp_path / "out").iterdir()) == []


def test_many_rejects_can_be_accepted(take):
    found = take("a.csv", NUMBERS + "1,2,3\n" * 10, accept_rejects=True)
    assert (found.rows, found.rejected) == (100, 10)


def test_bytes_that_are_no_utf8_reject_their_row_only(take):
    rows = [f"中文{i},1".encode() for i in range(100)]
    rows[50] = b"\xff\xfe,1"
    found = take("a.csv", b"a,b\n" + b"\n".join(rows))
    assert [(r["line"], r["reason"]) for r in rejects(found)] == [(52, "not valid UTF-8")]


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("a.csv", b"", "empty_file", "empty"),
        ("a.csv", b"a,b\n", "no_rows", "no row"),
        ("a.csv", b"\n\n", "no_header", "line 1"),
        ("a.csv", b"1.5,2\n3,4\n", "no_header", "numbers, not names"),
        ("a.csv", b"a,b,A\n1,2,3\n", "column_repeated", "columns 1 and 3"),
        ("a.csv", b"a,,c\n1,2,3\n", "column_unnamed", "column 2"),
        ("a.csv", b"<!doctype html><html>", "not_a_table", "web page"),
        ("a.csv", b"PK\x03\x04" + bytes(50), "form_differs", "zip"),
        ("a.csv", b"%PDF-1.7", "not_a_table", "PDF"),
        ("a.pkl", b"\x80\x04\x95abc", "not_a_table", "Pickles can run code"),
        ("a.csv", bytes(range(256)) * 40, "not_a_table", "binary"),
        ("a.jsonl", b'[{"a": 1}]', "not_a_table", "array"),
        ("a.csv", b'{"a": 1}\n', "form_differs", "content is jsonl"),
        ("a.parquet", b"a,b\n1,2\n", "form_differs", "content is csv"),
        ("a.parquet", b"PAR1" + bytes(99), "parquet_damaged", "damaged"),
        ("a.csv.gz", gzip.compress(NUMBERS.encode(), mtime=0)[:60], "gzip_damaged", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_in_clear_words(take, name, content, code, words):
    with pytest.raises(DataError, match=words) as caught:
        take(name, content)
    assert caught.value.code == code
    assert caught.value.do


def test_a_header_of_200_000_columns_is_refused(take):
    header = ",".join(f"c{i}" for i in range(200_000))
    with pytest.raises(TooLargeError, match="200,000 columns are more than the 2,000"):
        take("a.csv", header + "\n" + "1," * 199_999 + "1\n")


def test_a_gzip_bomb_is_refused(take, monkeypatch):
    monkeypatch.setattr("danlu.data.raw.FREE", 1 << 20)
    with pytest.raises(TooLargeError, match="unpacks to more than"):
        take("a.csv.gz", gzip.compress(b"a,b\n" + b"0,0\n" * 4_000_000))


def test_a_missing_time_column_suggests_the_near_miss(take):
    with pytest.raises(DataError, match="Did you mean 'departs'"):
        take("a.csv", "departs,n\n2013-01-01,1\n", time="departed")


def test_a_time_column_of_labels_is_refused(take):
    with pytest.raises(DataError, match="time column 'c' is a category"):
        take("a.csv", "c,n\nred,1\nred,2\n", time="c")


def test_an_unknown_kind_suggests_the_near_miss(take):
    with pytest.raises(NotFoundError, match="Did you mean 'number'"):
        take("a.csv", NUMBERS, kinds={"a": "nubmer"})


def test_an_unknown_column_in_kinds_suggests_the_near_miss(take):
    with pytest.raises(DataError, match="Did you mean 'price'"):
        take("a.csv", "price,b\n1,2\n", kinds={"prise": "number"})


def test_a_later_part_keeps_the_schema_whatever_its_order(take):
    first = take("a.csv", NUMBERS)
    later = take("b.csv", "b,a\n1,NA\n5,7\n", schema=first.schema_)
    assert later.schema_ == first.schema_
    rows = rows_of(read([later.parquet], later.schema_), later.schema_.columns)
    assert rows == [{"a": None, "b": 1}, {"a": 7, "b": 5}]


def test_a_later_part_with_other_columns_is_refused_by_name(take):
    schema = take("a.csv", NUMBERS).schema_
    with pytest.raises(
        DataError, match=r"missing: 'b'; unknown: 'bb'.*Did you mean 'bb'"
    ) as caught:
        take("b.csv", "a,bb\n1,2\n", schema=schema)
    assert (caught.value.values["missing"], caught.value.values["extra"]) == (["b"], ["bb"])


def test_a_later_part_rejects_cells_of_another_kind(take):
    schema = take("a.csv", NUMBERS).schema_
    found = take("b.csv", NUMBERS + "x,1\n", schema=schema)
    assert rejects(found) == [{"line": 102, "column": "a", "reason": "not a number", "text": "x"}]


def test_nothing_is_left_behind_when_an_import_fails(take, tmp_path):
    with pytest.raises(DataError):
        take("a.csv", "a,a\n1,2\n")
    assert list((tmp_path / "out").iterdir()) == []


def test_parts_are_read_one_after_the_other(take, tmp_path):
    first = take("a.csv", NUMBERS)
    second = import_file(first.parquet, tmp_path / "second", schema=first.schema_)
    table = read([first.parquet, second.parquet], first.schema_, ["b"], limit=3, offset=99)
    assert table["b"].tolist() == [198.0, 0.0, 2.0]


def test_reading_no_part_gives_empty_columns():
    schema = Schema(columns=({"name": "a", "kind": "number"}, {"name": "c", "kind": "category"}))
    assert {n: (v.dtype.kind, len(v)) for n, v in read([], schema).items()} == {
        "a": ("f", 0), "c": ("O", 0),
    }  # fmt: skip


def test_a_column_that_does_not_exist_suggests_the_near_miss(take):
    found = take("a.csv", "price,b\n1,2\n")
    with pytest.raises(DataError, match="Did you mean 'price'"):
        read([found.parquet], found.schema_, ["prize"])


def test_a_disk_that_cannot_be_written_is_a_storage_error(put):
    source = put("a.csv", NUMBERS)
    with pytest.raises(StorageError, match="the disk is full or failing"):
        import_file(source, source / "below a file")


def test_a_disk_that_fills_up_is_a_storage_error(put, tmp_path):
    source = put("a.csv.gz", gzip.compress(NUMBERS.encode() * 20_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(StorageError, match="the disk is full or failing"):
            import_file(source, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "out").iterdir()) == []


def test_rows_keep_the_order_of_the_file(take):
    text = "name,n\n" + "".join(f"label {i} of many,{i}\n" for i in range(400_000))
    found = take("a.csv", text)
    numbers = read([found.parquet], found.schema_, ["n"])["n"]
    assert (numbers[:-1] < numbers[1:]).all()
