"""The package of a whole match: what it holds, what its verifier finds in it, and what its report says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import bagit
import jsonschema
import pypdfium2
import pytest
from case_match import COACH, FVS, MATCH, OPERATOR, REFEREE, Told, decided, told_in
from export_scene import WRITTEN
from package_files import dump, seal
from test_export_folder import schema

from tests.var.reviewing import clear
from touchline.cli import main
from touchline.errors import NotFound
from touchline.files import sha256_of
from touchline.i18n import t
from touchline.ledger import ledger_path
from touchline.ledger.kept import forget_head
from touchline.origin import Origin
from var.archive import Archive
from var.bookmarks import add as add_bookmark
from var.decisions.kept import Unread
from var.evidence import Status, own_trust, verify
from var.evidence.authority import authority
from var.evidence.entries import entries_of
from var.evidence.entries_checking import Wanted, check_entries
from var.evidence.layout import BAG_PURPOSE, RECORDS, TAG_MANIFEST, signed
from var.evidence.limits import LIMITS
from var.evidence.match_package import MatchPackage, export_match_report, write_match_package
from var.evidence.outbox import digest_of
from var.evidence.package import export_package
from var.evidence.verdict import Found
from var.export.match_facts import MatchFacts, gather_match
from var.export.match_pictures import State
from var.jobs import match_report_work
from var.model import Removal, Setup

ENTRIES = "data/entries.jsonl"


@dataclass(frozen=True)
class Made:
    """A match with all that can happen in it, and its packages, signed by its installation."""

    told: Told
    package: MatchPackage
    incident: Path
    other: str

    @property
    def home(self) -> Path:
        return self.told.archive.home

    @property
    def folder(self) -> Path:
        return self.package.written.folder


def text_of(path: Path) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(path)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return [re.sub(r"\s+", " ", text.replace("\u200b", "").replace("\ufffe", "")) for text in texts]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    told = told_in(tmp_path_factory.mktemp("match") / "home")
    archive = told.archive
    decided(told)
    other = archive.add_incident(MATCH, at_s=Fraction(3, 2), kind="offside", by="Khánh")
    archive.decide(other.id, "onside", by=REFEREE.name)
    archive.decide(other.id, "offside", by=REFEREE.name, note="sai tên ở quyết định trước")
    mistaken = archive.add_incident(MATCH, at_s=Fraction(1, 2), by="Khánh")
    archive.remove_incident(mistaken.id, by="Lê Minh")
    add_bookmark(archive, MATCH, at_s=Fraction(1), note="riêng", by="Minh")
    told.reviewing.open(FVS, COACH, request="coach", known={**clear(FVS), "situation": "penalty_foul"})
    told.reviewing.fail(FVS, OPERATOR, "mất điện cabin")
    out = tmp_path_factory.mktemp("out")
    package = export_match_report(archive, MATCH, out, lang="vi", clips=True, written_utc=WRITTEN)
    incident = export_package(archive, MATCH, other.id, out, lang="en", clip_before_s=Fraction(0)).written.folder
    return Made(told, package, incident, other.id)


def found(path: Path, home: Path, *, within: bool = False) -> tuple[Status, set[str]]:
    verdict = verify(path, own_trust(home), within=within)
    jsonschema.validate(verdict.document("vi"), schema("verify"))
    assert not any("var.verify" in each.words(lang) for each in verdict.findings for lang in ("vi", "en"))
    return verdict.status, {each.code for each in verdict.findings}


# ------------------------------------------------------------------ what it holds


def test_the_package_is_intact_to_its_installation_and_a_bag_to_others(made: Made) -> None:
    for path in (made.folder, made.package.written.zip, made.incident):
        assert found(path, made.home, within=True) == (Status.INTACT, set())
    bag = bagit.Bag(str(made.folder))
    bag.validate()
    assert bag.info["External-Identifier"] == MATCH
    document = made.package.document()
    jsonschema.validate(document, schema("match_report_export"))
    assert (document["incidents"], {each["state"] for each in document["recordings"]}) == (2, {"whole"})
    for path in (document["report"], document["record"], *document["stills"], *document["clips"]):
        assert Path(path).is_file()
    assert (len(document["stills"]), len(document["clips"])) == (4, 4)


def test_the_record_keeps_its_schema_and_names_every_file(made: Made) -> None:
    record = json.loads(made.package.record.read_text("utf-8"))
    published = json.loads((made.folder / "data" / "match_report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(published).validate(record)
    data = made.folder / "data"
    files = {path.relative_to(data).as_posix(): sha256_of(path) for path in data.rglob("*") if path.is_file()}
    del files["report.pdf"], files["match_report.json"]
    assert {file["path"]: file["sha256"] for file in record["files"]} == files
    first, second = record["incidents"]
    assert first["reviews"][0]["case"]["ruling"]["outcome"] == "penalty"
    assert (second["decision"]["outcome"], [each["outcome"] for each in second["earlier_decisions"]]) == (
        "offside",
        ["onside"],
    )
    assert [(each["number"], each["by"]) for each in record["taken_back"]] == [(3, "Lê Minh")]
    assert [each["case"]["id"] for each in record["reviews_of_no_incident"]] == ["r-2"]
    assert [each["why"] for each in record["failures"]] == ["mất điện cabin"]
    assert record["numbers"]["failures"] == 1
    assert record["entries"]["count"] == len(made.told.archive.entries(MATCH))
    assert [each["state"] for each in record["recordings"]] == ["whole", "whole"]
    assert [each["signs"] for each in record["signatures"]] == ["report", "media", "package"]


def test_every_line_of_the_entries_has_the_hash_that_the_ledger_has(made: Made) -> None:
    lines = (made.folder / ENTRIES).read_bytes().splitlines()
    entries = made.told.archive.entries(MATCH)
    assert [sha256(line).hexdigest() for line in lines] == [digest_of(entry) for entry in entries]
    ledger = (made.folder / "data" / "ledger.jsonl").read_text("utf-8")
    assert all(f'"sha256":"{sha256(line).hexdigest()}"' in ledger for line in lines)


def test_an_incident_has_its_own_entries_and_those_it_rests_on(made: Made) -> None:
    lines = [json.loads(line) for line in (made.incident / ENTRIES).read_text("utf-8").splitlines()]
    assert {each["incident_id"] for each in lines} == {made.other, None}
    kinds = {each["kind"] for each in lines}
    assert kinds >= {"incident", "decision"}
    assert not kinds & {"bookmark", "bookmark_change"}
    assert "riêng" in (made.folder / ENTRIES).read_text("utf-8")
    assert [each["seq"] for each in entries_of(made.told.archive, MATCH, made.other)] == [each["seq"] for each in lines]


def test_the_report_tells_all_of_it(made: Made) -> None:
    pages = text_of(made.package.report)
    text = " ".join(pages)
    for expected in (
        "Huế – SHB Đà Nẵng",
        "Trọng tài Nguyễn Thị Ánh Tuyết",
        "Phạt đền (đã đính chính)",
        "Việt vị (đã đính chính)",
        "Tình huống 3 bị đánh dấu nhầm và đã rút lại: Lê Minh",
        "Tình huống 1 · 55:01 · Phạm lỗi trong khu phạt đền",
        "quên ghi thẻ vàng",
        "Các lần xem lại không thuộc tình huống nào được đánh dấu",
        "Trận đấu qua các con số",
        "1. mất điện cabin. Báo: Lê Minh",
        "đúng như lúc ghi",
        "Không ghi nhận chỗ gián đoạn nào.",
        "Touchline 0.1.0",
        "tệp này, ký bởi",
        *(clip.sha256 for clip in made.told.archive.match(MATCH).clips),
        sha256_of(made.package.record),
    ):
        assert expected in text, expected
    head = json.loads(made.package.record.read_text("utf-8"))["evidence"]
    assert f"{head['n']}:{head['sha256']}" in text.replace(" ", "")
    assert "var." not in text
    assert all("Touchline 0.1.0 · " in page for page in pages)


# ------------------------------------------------------------------ what the verifier finds


Harm = Callable[[list[bytes]], list[bytes]]
FEWER = {"entries_missing", "entry_missing"}


def harmed(source: Path, target: Path, harm: Harm) -> Path:
    """A copy of a package with other entries, whose hashes are all fresh and which nobody has signed anew."""
    folder = Path(shutil.copytree(source, target))
    path = folder / ENTRIES
    lines = harm(path.read_bytes().splitlines(keepends=True))
    path.write_bytes(b"".join(lines))
    record_path = next(folder / "data" / name for name in RECORDS if (folder / "data" / name).exists())
    record = json.loads(record_path.read_text("utf-8"))
    for file in record["files"]:
        if file["path"] == "entries.jsonl":
            file |= {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
    record_path.write_bytes(dump(record))
    return seal(folder, None)


def changed(line: bytes) -> bytes:
    """An entry that says something else, in its one form."""
    entry = json.loads(line)
    text = json.dumps({**entry, "by": "Ai đó"}, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode() + b"\n"


@pytest.mark.parametrize(
    ("harm", "codes", "line"),
    [
        (lambda lines: lines, set(), None),
        (lambda lines: [*lines[:2], changed(lines[2]), *lines[3:]], {"entry_not_in_ledger"}, 3),
        (lambda lines: [*lines[:2], *lines[3:]], FEWER, None),
        (lambda lines: lines[:-1], FEWER, None),
        (lambda lines: [lines[1], lines[0], *lines[2:]], {"entry_order"}, 2),
        (lambda lines: [*lines[:4], lines[3], *lines[4:]], {"entry_order"}, 5),
        (
            lambda lines: [lines[0].replace(b":", b": ", 1), *lines[1:]],
            {"entry_form", *FEWER},
            1,
        ),
        (lambda lines: [*lines, b"{}\n"], {"entry_form"}, 21),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], {"entry_form", *FEWER}, 20),
    ],
)
def test_a_harmed_entry_is_found_and_named_by_its_line(
    harm: Harm, codes: set[str], line: int | None, made: Made, tmp_path: Path
) -> None:
    folder = harmed(made.folder, tmp_path / "harmed", harm)
    verdict = verify(folder, own_trust(made.home), within=False)
    told = [each for each in verdict.findings if each.path == ENTRIES]
    assert {each.code for each in told} == codes
    assert line is None or line in {each.line for each in told}
    assert (verdict.status is Status.TAMPERED) is bool(codes)
    for each in told:
        assert each.code != "entry_missing" or re.search(r"entry \d+ is missing", each.words("en"))


def test_entries_of_an_incident_are_held_against_the_ledger_too(made: Made, tmp_path: Path) -> None:
    def codes(harm: Harm, name: str) -> set[str]:
        verdict = verify(harmed(made.incident, tmp_path / name, harm), own_trust(made.home), within=False)
        return {each.code for each in verdict.findings if each.path == ENTRIES}

    foreign = (made.folder / ENTRIES).read_bytes().splitlines(keepends=True)
    assert codes(lambda lines: lines, "good") == set()
    assert codes(lambda lines: lines[1:], "fewer") == {"entry_missing"}
    assert codes(lambda lines: sorted({*lines, *foreign}, key=lambda one: json.loads(one)["seq"]), "more") == {
        "entry_foreign"
    }


def test_a_changed_file_says_in_which_line_it_was_changed(made: Made, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made.folder, tmp_path / "harmed"))
    path = folder / ENTRIES
    path.write_bytes(path.read_bytes().replace("quên ghi".encode(), b"quen ghi!"))
    assert found(folder, made.home)[1] == {"changed_file", "entry_not_in_ledger"}


def test_a_file_that_is_no_entries_at_all_is_not_read_for_hours(tmp_path: Path) -> None:
    path, told = tmp_path / "entries.jsonl", Found()
    path.write_bytes(b"\n" * 3_000_000 + b"[" * 100_000 + b"\n")
    check_entries(path, None, Wanted(), LIMITS, told)
    assert {(each.code, each.status) for each in told.findings} == {("entry_form", Status.TAMPERED)}
    assert len(told.findings) == 20
    path.write_bytes(b"[" * 100_000 + b"\n" + b'{"seq": 1, "seq": 2}\n' + b"\xff\n" + b"x" * (LIMITS.json_bytes + 9))
    check_entries(path, None, Wanted(), LIMITS, many := Found())
    assert [each.line for each in many.findings] == [1, 2, 3, 4]


def test_a_signature_by_another_key_than_the_record_names_is_told(made: Made, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made.folder, tmp_path / "resigned"))
    record_path = folder / "data" / "match_report.json"
    record = json.loads(record_path.read_text("utf-8"))
    for each in record["signatures"]:
        each["key"] = "ab" * 32
    record_path.write_bytes(dump(record))
    seal(folder, None)
    line = signed(authority(made.home).ledger_key, BAG_PURPOSE, sha256_of(folder / TAG_MANIFEST)).line()
    (folder / f"{TAG_MANIFEST}.sig").write_bytes(line)
    verdict = verify(folder, own_trust(made.home))
    told = {each.path for each in verdict.findings if each.code == "key_differs"}
    stills = {path.relative_to(folder).as_posix() for path in (folder / "data" / "stills").iterdir()}
    clips = {path.relative_to(folder).as_posix() for path in (folder / "data" / "clips").iterdir()}
    assert told == {"tagmanifest-sha256.txt.sig", "data/report.pdf", *stills, *clips}
    assert verdict.status is Status.TAMPERED


def test_two_records_in_one_package_are_one_too_many(made: Made, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made.folder, tmp_path / "two"))
    shutil.copy(made.incident / "data" / "incident.json", folder / "data")
    seal(folder, None)
    assert "unexpected_file" in found(folder, made.home)[1]


# ------------------------------------------------------------------ entries from before the ledger


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A match whose ledger was begun when it already had entries."""
    told = told_in(tmp_path_factory.mktemp("earlier") / "home")
    archive = told.archive
    archive.add_incident(MATCH, at_s=Fraction(1, 2), by="Khánh")
    path = ledger_path(archive.home, MATCH)
    for file in path.parent.glob("ledger*"):
        file.unlink()
    with archive.store.write() as connection:
        connection.execute("DELETE FROM evidence")
        forget_head(connection, MATCH)
    again = Archive(archive.home)
    again.decide(told.incident_id, "penalty", by=REFEREE.name)
    return replace(told, archive=again)


def test_what_was_there_before_the_ledger_is_checked_as_a_whole(earlier: Told, tmp_path: Path) -> None:
    made = export_match_report(earlier.archive, MATCH, tmp_path, lang="en", sign=False, written_utc=WRITTEN)
    home, folder = earlier.archive.home, made.written.folder
    assert '"kind":"taken_up"' in (folder / "data" / "ledger.jsonl").read_text("utf-8")
    assert not found(folder, home)[1] & {"entries_before_differ", "entries_unchecked", "entry_not_in_ledger"}
    other = harmed(folder, tmp_path / "changed", lambda lines: [changed(lines[0]), *lines[1:]])
    assert "entries_before_differ" in found(other, home)[1]
    one = export_package(earlier.archive, MATCH, earlier.incident_id, tmp_path, lang="en", sign=False)
    verdict = verify(one.written.folder, own_trust(home), within=False)
    (told,) = [each for each in verdict.findings if each.path == ENTRIES]
    assert (told.code, told.status) == ("entries_unchecked", Status.INTACT)  # one of two is there


def test_without_a_ledger_entries_are_said_to_be_unchecked(earlier: Told, tmp_path: Path) -> None:
    facts = gather_match(earlier.archive, MATCH)
    made = write_match_package(facts, tmp_path, None, lang="vi", written_utc=WRITTEN)
    assert "entries_unchecked" in found(made.written.folder, earlier.archive.home)[1]
    assert "không có sổ chứng cứ" in " ".join(text_of(made.report))


# ------------------------------------------------------------------ matches that are not as one would wish


def written(facts: MatchFacts, out: Path, lang: str = "vi") -> MatchPackage:
    return write_match_package(facts, out, None, lang=lang, written_utc=WRITTEN)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_recordings_that_are_gone_or_changed_are_told_and_stop_nothing(made: Made, tmp_path: Path, lang: str) -> None:
    facts = gather_match(made.told.archive, MATCH)
    one, two = facts.match.clips
    other = tmp_path / "other.mp4"
    other.write_bytes(two.path.read_bytes() + b"x")
    clips = {"cam1": replace(one, path=tmp_path / "gone.mp4"), "cam2": replace(two, path=other)}
    match = replace(facts.match, clips=tuple(clips.values()))
    incidents = tuple(
        replace(
            each, match=match, stills=tuple(replace(still, clip=clips[still.clip.camera_id]) for still in each.stills)
        )
        for each in facts.incidents
    )
    package = written(replace(facts, match=match, incidents=incidents), tmp_path / "out", lang)
    assert [each.state for each in package.pictures.recordings] == [State.GONE, State.CHANGED]
    assert package.document()["stills"] == []
    text = " ".join(text_of(package.report))
    for state in ("gone", "changed"):
        assert t(f"var.match_report.state.{state}", lang) in text
        camera = {"gone": one, "changed": two}[state].label
        assert t(f"var.match_report.lost.{state}", lang, camera=camera)[:40] in text
    assert str(tmp_path) not in text
    record = json.loads(package.record.read_text("utf-8"))
    jsonschema.validate(record, schema("match_report"))
    assert [each["fault"] for each in record["recordings"]] == ["media_missing", "media_changed"]
    assert found(package.written.folder, made.home)[0] is Status.UNSIGNED


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_recording_that_the_retention_policy_deleted_is_told_with_its_day(
    made: Made, tmp_path: Path, lang: str
) -> None:
    facts = gather_match(made.told.archive, MATCH)
    gone = Removal("2026-05-04T03:02:01.000000+00:00", "media")
    match = replace(facts.match, clips=tuple(replace(clip, removed=gone) for clip in facts.match.clips))
    package = written(replace(facts, match=match), tmp_path, lang)
    assert [each.state for each in package.pictures.recordings] == [State.REMOVED] * 2
    text = " ".join(text_of(package.report))
    assert t("var.match_report.state.removed", lang) in text
    assert {"vi": "04/05/2026", "en": "2026-05-04"}[lang] in text
    record = json.loads(package.record.read_text("utf-8"))
    jsonschema.validate(record, schema("match_report"))
    assert record["recordings"][0]["removed"] == {"at_utc": gone.at_utc, "rule": "media"}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_an_empty_match_reads_well_and_has_no_nought_for_what_is_not_known(
    made: Made, tmp_path: Path, lang: str
) -> None:
    facts = gather_match(made.told.archive, MATCH)
    bare = MatchFacts(
        replace(facts.match, setup=Setup(), origin=Origin.SIMULATED),
        (),
        replace(facts.sitting, cases=(), failures=(), unread=()),
        facts.now,
        cameras=facts.cameras,
    )
    package = written(bare, tmp_path, lang)
    pages = text_of(package.report)
    record = json.loads(package.record.read_text("utf-8"))
    jsonschema.validate(record, schema("match_report"))
    assert (record["incidents"], record["numbers"]["checks"]) == ([], None)
    assert t("var.match_report.no_incident", lang) in pages[0]
    assert all("MÔ PHỎNG" in page for page in pages)
    assert all(len(page) > 300 for page in pages)


def test_forty_incidents_and_long_names_go_on_over_pages_with_their_heads(made: Made, tmp_path: Path) -> None:
    facts = gather_match(made.told.archive, MATCH)
    base = facts.incidents[1]
    long = "Đội tuyển bóng đá nữ các trường trung học phổ thông huyện Phong Điền mở rộng lần thứ hai mươi bảy " * 3
    setup = replace(
        facts.match.setup,
        home=replace(facts.match.setup.home, name=long),
        officials=(("referee", long), ("var", "x" * 90)),
    )
    match = replace(facts.match, name=long, setup=setup)
    incidents = tuple(
        replace(base, match=match, stills=(), incident=replace(base.incident, id=f"i-{n}", number=n, note=long))
        for n in range(1, 41)
    )
    package = written(replace(facts, match=match, incidents=incidents), tmp_path)
    pages = text_of(package.report)
    table = [page for page in pages if "Khoảng cách (95 %)" in page]
    assert len(table) >= 2  # the head of the table stands on each of its pages
    text = " ".join(pages)
    assert all(f"Tình huống {n} · " in text for n in range(1, 41))
    assert all(len(page) > 300 for page in pages)
    assert package.record.stat().st_size < 8 << 20


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_match_from_another_machine_says_so(made: Made, tmp_path: Path, lang: str) -> None:
    facts = gather_match(made.told.archive, MATCH)
    assert facts.arrivals == ()
    came = {"at_utc": "2026-11-22T01:02:03+00:00", "holder": "Touchline huế", "status": "intact"}
    text = " ".join(text_of(written(replace(facts, arrivals=(came,)), tmp_path / "known", lang).report))
    assert (
        t(
            "var.match_report.came",
            lang,
            at={"vi": "22/11/2026 01:02:03 UTC", "en": "2026-11-22 01:02:03 UTC"}[lang],
            holder="Touchline huế",
        )
        in text
    )
    assert t("var.transfer.not_verified", lang) not in text
    strange = {**came, "holder": None, "at_utc": 7, "status": "untrusted"}
    text = " ".join(text_of(written(replace(facts, arrivals=(strange,)), tmp_path / "strange", lang).report))
    assert t("var.transfer.unknown_holder", lang) in text
    assert t("var.transfer.not_verified", lang) in text


def test_a_penalty_has_no_kick_and_a_long_note_has_the_width_of_the_page(made: Made, tmp_path: Path) -> None:
    facts = gather_match(made.told.archive, MATCH)
    first = facts.incidents[0]
    assert first.incident.kind == "penalty"
    note = "hậu vệ chạm bóng trước khi tiền đạo nhận bóng ở rìa khu phạt đền " * 8
    decision = replace(facts.incidents[1].decisions[0], outcome="penalty", note=note, decided_by=note[:62])
    alone = replace(facts, incidents=(replace(first, decisions=(decision,)),))
    package = written(alone, tmp_path)
    text = " ".join(text_of(package.report))
    assert "Khung hình chạm bóng" not in text
    assert "Biên độ khi quyết định" not in text
    assert f"Ghi chú của quyết định: {note.strip()}" in text
    assert "toàn văn trong tệp" not in text
    assert "Đề nghị xem lại → Đề nghị xem lại" not in text
    assert "2026-07-01" not in text
    assert "Xem tại sân → Trọng tài đang xem tại sân" in text


def test_a_review_that_cannot_be_told_stops_only_the_numbers(made: Made, tmp_path: Path) -> None:
    facts = gather_match(made.told.archive, MATCH)
    fault = NotFound("var.errors.no_such_case", case="r-9", known="–")
    sitting = replace(facts.sitting, unread=(Unread("r-9", None, (), fault),))
    package = written(replace(facts, sitting=sitting), tmp_path, "en")
    text = " ".join(text_of(package.report))
    assert "Review r-9 cannot be told" in text
    assert "The numbers are not told" in text
    record = json.loads(package.record.read_text("utf-8"))
    assert (record["numbers"], [each["case"] for each in record["reviews_not_told"]]) == (None, ["r-9"])


# ------------------------------------------------------------------ the command and the job


@pytest.fixture
def at_home(made: Made, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setenv("TOUCHLINE_HOME", str(made.home))
    return made


def test_the_command_answers_by_its_schema(at_home: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["match", "report", MATCH, "--out", str(tmp_path), "--no-sign", "--json", "--lang", "en"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    jsonschema.validate(document, schema("match_report_export"))
    assert document["clips"] == []
    assert "Checking the recording" in err
    assert main(["match", "report", MATCH, "--out", str(tmp_path), "--lang", "en"]) == 0
    assert "Match report written" in capsys.readouterr().out


def test_the_job_says_what_it_wrote(made: Made) -> None:
    shares: list[float] = []

    class Told:
        def __call__(self, share: float, message: str) -> None:
            assert message
            shares.append(share)

    told = match_report_work(made.home, {"match": MATCH, "lang": "vi"}, Told())  # type: ignore[arg-type]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert Path(told["package"]["zip"]).is_file()
    assert told["entry"] == max(each["seq"] for each in made.told.archive.entries(MATCH) if each["kind"] != "bookmark")
    assert {each["state"] for each in told["recordings"]} == {"whole"}
