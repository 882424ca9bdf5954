"""Pictures: from a zip or a table of data URIs to a part, and what is refused."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from danlu.data import media, picture
from danlu.data.dataset import kind_class, rows_of
from danlu.data.profile import profile
from danlu.data.reading import connect, read, search
from danlu.errors import DataError, TooLargeError


def png(shade, side=8, mode="L"):
    out = io.BytesIO()
    Image.new(mode, (side, side), shade).save(out, "PNG")
    return out.getvalue()


def packed(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def digits(count=40):
    return {f"digits/{i % 2}/{i:03}.png": png(i) for i in range(count)}


def rejects(found):
    return [json.loads(line) for line in found.rejects.read_text("utf-8").splitlines()]


def test_a_folder_for_each_class_becomes_a_label(take):
    found = take("digits.zip", packed(digits()))
    assert [(c.name, c.kind) for c in found.schema_.columns] == [
        ("image", "image"), ("file", "id"), ("label", "category"),
    ]  # fmt: skip
    table = read([found.parquet], found.schema_)
    assert table["label"].tolist() == ["0"] * 20 + ["1"] * 20
    assert table["image"][1] == png(2)
    assert table["file"][1] == "digits/0/002.png"


def test_pictures_of_one_folder_have_no_label(take):
    found = take("a.zip", packed({"all/1.png": png(1), "all/2.png": png(2)}))
    assert found.schema_.names == ("image", "file")


def test_what_is_no_picture_is_rejected_by_its_path(take):
    members = digits() | {"digits/0/cut.png": png(3)[:45], "digits/read me.txt": b"hello"}
    found = take("a.zip", packed(members | {"__MACOSX/x": b"", "digits/.DS_Store": b""}))
    assert (found.rows, found.rejected) == (40, 2)
    told = [(r["line"], r["column"], r["code"], r["text"]) for r in rejects(found)]
    assert told == [
        (21, "image", "picture_broken", "digits/0/cut.png"),
        (42, None, "picture_foreign", "digits/read me.txt"),
    ]


def test_too_many_pixels_are_refused_before_they_are_decoded(take):
    out = io.BytesIO()
    Image.new("1", (10_000, 5_000)).save(out, "PNG")
    found = take("a.zip", packed(digits() | {"digits/0/large.png": out.getvalue()}))
    assert [r["code"] for r in rejects(found)] == ["picture_large"]


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "c:out.png"])
def test_a_path_that_leads_out_refuses_the_archive(take, name):
    with pytest.raises(DataError, match="leads out") as error:
        take("a.zip", packed({name: png(1), "a.png": png(2)}))
    assert error.value.code == "zip_unsafe"


def test_a_link_refuses_the_archive(take):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("a.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="is a link"):
        take("a.zip", out.getvalue())


def test_an_archive_that_unpacks_without_end_is_refused(take, monkeypatch):
    monkeypatch.setattr("danlu.data.sources.zip.FREE", 1000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(1 << 20))
    with pytest.raises(TooLargeError, match="unpacks to"):
        take("a.zip", out.getvalue())


def test_workbooks_and_zips_of_tables_are_no_pictures(take):
    with pytest.raises(DataError, match="Excel"):
        take("a.xlsx", packed({"[Content_Types].xml": b"", "xl/sheet.xml": b""}))
    with pytest.raises(DataError, match="holds no picture"):
        take("a.zip", packed({"a.csv": b"a\n1\n"}))
    with pytest.raises(DataError, match="damaged"):
        take("b.zip", packed(digits())[:-40])


def test_a_large_photo_is_shrunk_as_it_comes_in_and_the_same_when_served():
    noise = np.random.default_rng(0).integers(0, 255, (900, 600, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG")
    kept = picture.settled(out.getvalue())
    assert picture.look(kept) == "JPEG 171 x 256 RGB"
    assert picture.settled(kept) == kept


def test_depth_transparency_and_orientation_are_seen():
    deep = io.BytesIO()
    Image.fromarray(np.array([[0, 65535]], dtype=np.uint16)).save(deep, "PNG")
    assert picture.pixels(deep.getvalue(), (1, 1, 2)).tolist() == [[[0, 255]]]
    clear = png((0, 0, 0, 0), mode="RGBA")
    assert picture.pixels(clear, (1, 2, 2)).min() == 255
    turned = io.BytesIO()
    tag = Image.Exif()
    tag[0x0112] = 6
    Image.new("L", (4, 2)).save(turned, "PNG", exif=tag)
    assert picture.sides(turned.getvalue()) == (4, 2)


def test_data_uris_in_a_csv_are_pictures_and_bad_ones_are_rejected_by_line(take):
    texts = [media.uri(png(i)) for i in range(40)]
    texts[7] = texts[7][:-40] + "A" * 40
    found = take("a.csv", "shown,label\n" + "".join(f'"{t}",x\n' for t in texts))
    assert found.schema_.column("shown").kind == "image"
    assert [(r["line"], r["column"], r["reason"]) for r in rejects(found)] == [
        (9, "shown", "not an image")
    ]
    assert read([found.parquet], found.schema_)["shown"][3] == png(3)


def test_bytes_in_a_parquet_file_are_pictures_bare_or_beside_a_path(put, take):
    for cell in ("c", "{'bytes': c, 'path': 'x.png'}"):
        path = put("a.parquet", b"")
        with connect() as db:
            texts = [base64.b64encode(png(i)).decode() for i in range(30)]
            db.execute(
                f"COPY (SELECT {cell} AS photo, 1 AS n FROM (SELECT from_base64(unnest(?)) AS c)) "
                f"TO '{path}' (FORMAT parquet)", [texts],
            )  # fmt: skip
        found = take("a.parquet", path.read_bytes())
        assert [c.kind for c in found.schema_.columns] == ["image", "number"]
        assert read([found.parquet], found.schema_)["photo"][29] == png(29)


def test_the_profile_lists_forms_and_sizes(take):
    found = take("a.zip", packed(digits() | {"digits/1/z.png": png((9, 9, 9), 12, "RGB")}))
    told = profile([found.parquet], found.schema_)["columns"]["image"]
    assert told["top"] == [["PNG 8 x 8 L", 40], ["PNG 12 x 12 RGB", 1]]
    assert (told["missing"], told["distinct"]) == (0, 41)


def test_rows_are_data_uris_and_thumbnails_where_many_are_shown(take):
    found = take("a.zip", packed({"a/1.png": png(1, 200), "b/2.png": png(2)}))
    table, columns = read([found.parquet], found.schema_), found.schema_.columns
    whole, short = rows_of(table, columns), rows_of(table, columns, short=True)
    assert media.of_text(whole[0]["image"]) == png(1, 200)
    assert picture.look(media.of_text(short[0]["image"])) == "PNG 64 x 64 L"
    assert short[1]["image"] == whole[1]["image"]


def test_rows_are_found_by_their_texts_not_by_their_bytes(take):
    found = take("a.zip", packed(digits()))
    schema = found.schema_

    def count(text):
        return search([found.parquet], schema, text, inside=schema.columns, limit=5)[1]

    assert (count("003.png"), count("PNG")) == (1, 40)
    assert count("IHDR") == 0


def test_the_size_may_be_said(take):
    found = take("a.zip", packed(digits()), kinds={"image": "image:16x12 colour"})
    column = found.schema_.column("image")
    assert column.style == "16x12 colour"
    table = read([found.parquet], found.schema_)
    assert column.type.fit("image", table["image"], column.style).shape == (3, 16, 12)
    with pytest.raises(DataError, match="no style 'huge'"):
        take("a.zip", packed(digits()), kinds={"image": "image:huge"})


def test_many_large_pictures_at_once_are_refused_before_all_are_decoded(monkeypatch):
    monkeypatch.setattr("danlu.data.kinds.image.MOST_PIXELS", 3 * 64)
    kind = kind_class("image")
    assert len(kind.array([png(1), None, png(2), png(3)])) == 4
    with pytest.raises(TooLargeError, match="pixels") as error:
        kind.array([png(1), png(2), png(3), png(4)])
    assert (error.value.code, error.value.where) == ("too_many_pixels", "row 3")


def test_bytes_that_are_no_pictures_are_refused(put, take):
    path = put("a.parquet", b"")
    with connect() as db:
        db.execute(f"COPY (SELECT 'abc'::BLOB AS c FROM range(30)) TO '{path}' (FORMAT parquet)")
    with pytest.raises(DataError, match="raw bytes") as error:
        take("a.parquet", path.read_bytes())
    assert error.value.code == "column_unreadable"
