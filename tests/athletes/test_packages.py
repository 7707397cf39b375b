"""ZIP archives and gzip: each member by name; bombs, names that point outside, passwords, archives inside archives."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_files import NOW, fit_file, fit_seconds, gpx

from athletes.importers import Imported, read, read_all
from athletes.importers.packages import MOST_RATIO
from athletes.importers.read import Part
from athletes.intake import take_in
from touchline.errors import BadFile

GOOD = fit_file([(fit_seconds() + i, 100 + i) for i in range(30)])


def archive(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return out.getvalue()


def outcomes(parts: list[Part]) -> dict[str, str]:
    return {part.name: part.found.name if isinstance(part.found, BadFile) else "ok" for part in parts}


def test_each_member_is_an_outcome_by_name() -> None:
    data = archive(
        {
            "năm 2026/a.fit": GOOD,
            "b.gpx": gpx([100, 101]).encode(),
            "notes.txt": b"hello",
            "../c.fit": GOOD,
            "/etc/d.fit": GOOD,
            "C:\\e.fit": GOOD,
            "inner.zip": archive({"a.fit": GOOD}),
            "__MACOSX/._a.fit": b"x",
            ".hidden": b"x",
            "f.gpx.gz": gzip.compress(gpx([100, 101]).encode()),
            "zeros.csv": b"0" * (4 << 20),
            "empty.tcx": b"",
        }
    )
    found = outcomes(list(read_all(data, "a.zip", now=NOW)))
    assert found == {
        "a.zip/năm 2026/a.fit": "ok",
        "a.zip/b.gpx": "ok",
        "a.zip/notes.txt": "not_a_training_file",
        "a.zip/../c.fit": "outside_names",
        "a.zip//etc/d.fit": "outside_names",
        "a.zip/C:/e.fit": "outside_names",
        "a.zip/inner.zip": "nested_zip",
        "a.zip/f.gpx.gz": "ok",
        "a.zip/zeros.csv": "bomb",
        "a.zip/empty.tcx": "empty",
    } or found == {key.replace("C:/", "C:\\"): value for key, value in found.items()}
    with pytest.raises(BadFile) as refusal:
        read(data, "a.zip", now=NOW)
    assert refusal.value.name == "several_files"


def test_a_member_with_a_password_is_named_and_the_rest_goes_on() -> None:
    data = bytearray(archive({"a.fit": GOOD, "b.fit": GOOD}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag of the first member, in both places
        at = data.find(magic)
        data[at + offset] |= 1
    assert outcomes(list(read_all(bytes(data), "a.zip", now=NOW))) == {"a.zip/a.fit": "encrypted", "a.zip/b.fit": "ok"}


def test_a_bomb_whose_table_lies_is_stopped_while_it_unpacks() -> None:
    big = archive({"big.csv": bytes(40 << 20)})
    small = (1000).to_bytes(4, "little")
    lying = big.replace((40 << 20).to_bytes(4, "little"), small)
    tracemalloc.start()
    found = outcomes([*read_all(big, "a.zip", now=NOW), *read_all(lying, "b.zip", now=NOW)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == {"a.zip/big.csv": "bomb", "b.zip/big.csv": found["b.zip/big.csv"]}
    assert found["b.zip/big.csv"] in ("bomb", "damaged", "not_a_training_file", "empty")
    assert peak < 12 << 20
    with pytest.raises(BadFile) as refusal:
        read(gzip.compress(bytes(40 << 20)), "a.csv.gz", now=NOW)
    assert (refusal.value.name, refusal.value.params["ratio"]) == ("bomb", MOST_RATIO)


def test_a_file_of_two_gigabytes_costs_nothing(tmp_path: Path) -> None:
    tracemalloc.start()
    for name, head in (("huge.csv", b"time,hr\n"), ("huge.fit", GOOD[:14]), ("huge.zip", b"PK\x03\x04")):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.write(head)
            stream.truncate(2 << 30)  # sparse: takes no room
        (outcome,) = take_in(path, name, now=NOW)
        assert outcome["status"] == "refused"
        assert outcome["reason"] == ("damaged" if name == "huge.zip" else "too_large")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_large_archive_is_read_from_the_disk_member_by_member(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive({f"{i}.fit": fit_file([(fit_seconds() + i * 9, 100)] * 3) for i in range(5)}))
    documents = take_in(path, path.name, now=NOW)
    assert [one["path"] for one in documents] == [f"{path}/{i}.fit" for i in range(5)]
    assert {one["status"] for one in documents} == {"ok"}
    path.write_bytes(path.read_bytes()[:-40])
    (cut,) = take_in(path, path.name, now=NOW)
    assert (cut["reason"], cut["path"]) == ("damaged", str(path))


def test_a_gzipped_file_is_that_file() -> None:
    found = read(gzip.compress(GOOD), "a.fit.gz", now=NOW)
    assert isinstance(found, Imported)
    assert found.recording.kind == "fit"
    for data in (gzip.compress(gzip.compress(GOOD)), gzip.compress(GOOD)[:-9], gzip.compress(archive({"a": GOOD}))):
        with pytest.raises(BadFile) as refusal:
            read(data, "a.gz", now=NOW)
        assert refusal.value.name in ("nested_zip", "damaged")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_archive_never_crashes(data: st.DataObject) -> None:
    damaged = bytearray(archive({"a.fit": GOOD, "b.csv": b"time,hr\n0,90\n1,91\n"}))
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(4, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(4, len(damaged)))
    for part in read_all(bytes(damaged[:cut]), "a.zip", now=NOW):
        assert isinstance(part.found, BadFile | Imported)
