"""Annotated fouls: nothing is lost, what is malformed is refused with every fault, what is inconsistent is named."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import foul_files
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchline.commands import schemas
from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.i18n import LANGUAGES, find
from var.foul.annotation import FoulFile, Style, exact_number
from var.foul.clips import find_clip, find_clips
from var.foul.consistency import NOTES, Inconsistent, remarks
from var.foul.labels import LABELS, SPELLINGS, ActionClass, Offence, Severity, TouchBall, label
from var.foul.reading import MAX_BYTES, MAX_DEPTH, MOST_FAULTS, read, read_document, style_of
from var.measure.faults import BadDocument

Change = Callable[[dict[str, Any]], Any]


def file_of(document: Any) -> FoulFile:
    head, actions = read_document(document)
    return FoulFile("annotations.json", "00" * 32, head, actions)


def ordered(document: Any) -> str:
    """A document as text: equal only with equal values in equal order."""
    return json.dumps(document)


# ------------------------------------------------------------------ without loss


def test_a_foul_has_the_words_of_law_12_and_unknown_is_not_no() -> None:
    ((key, foul),) = file_of(foul_files.document()).actions
    assert (key, foul.offence, foul.severity) == ("0", Offence.OFFENCE, Severity.YELLOW)
    assert foul.action_class is ActionClass.STANDING_TACKLING
    assert foul.touch_ball is None
    assert foul.label("Touch ball") is None
    assert foul.document()["Touch ball"] == ""
    assert foul.url_local.count("\\") == 2
    assert [clip.replay_speed for clip in foul.clips] == [1, Fraction(21, 5), Fraction(18, 5)]
    assert (foul.live, foul.clips[0].timestamp_ms) == (0, 1259839)


def test_every_word_of_the_format_is_known_in_its_own_field() -> None:
    for field, words in LABELS.items():
        assert [label(field, word.value) for word in words] == list(words)
        assert label(field, "") is label(field, None) is label(field, 3.0) is label(field, "perhaps") is None
    for (field, spelled), word in SPELLINGS.items():
        assert label(field, spelled) is label(field, word) is not None
    assert label("Touch ball", "Maybe") is TouchBall.MAYBE
    assert label("Try to play", "Maybe") is None


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents in the right form, with members, words and an order of their own."""

    def mixed(known: dict[str, Any], taken: set[str]) -> dict[str, Any]:
        more = draw(st.dictionaries(TEXTS.filter(lambda name: name not in taken), ANYTHING, max_size=2))
        items = draw(st.permutations(list((known | more).items())))
        return dict(items)

    def some(known: dict[str, st.SearchStrategy[Any]], always: set[str]) -> dict[str, Any]:
        return {name: draw(made) for name, made in known.items() if name in always or draw(st.booleans())}

    speeds = st.just("") | st.floats(0.01, 100) | st.integers(1, 9)
    stamps = st.just("") | st.integers(0, 86_400_000) | st.floats(0, 1e6)
    clip_fields = {"Url": TEXTS, "Camera type": TEXTS, "Timestamp": stamps, "Replay speed": speeds}
    fields = {
        "UrlLocal": TEXTS,
        **{name: st.sampled_from([*(each.value for each in words), ""]) | TEXTS for name, words in LABELS.items()},
    }
    actions = {}
    for key in draw(st.lists(TEXTS, max_size=2, unique=True)):
        clips = [
            mixed(some(clip_fields, {"Url"}), set(clip_fields))
            for _ in range(draw(st.integers(min_value=0, max_value=2)))
        ]
        actions[key] = mixed(some(fields, set()) | {"Clips": clips}, {*fields, "Clips"})
    head = some({"Set": TEXTS, "Number of actions": st.integers(0, 9)}, set())
    return mixed(head | {"Actions": actions}, {"Set", "Number of actions", "Actions"})


@given(documents())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_read_is_written_with_every_member_in_its_order(document: dict[str, Any]) -> None:
    file = file_of(document)
    assert ordered(file.document()) == ordered(document)
    assert jsonschema.Draft202012Validator(schemas()["soccernet_mvfoul"]).is_valid(document)
    for remark in remarks(file):  # whatever it holds, what is said of it can be said
        assert all(
            remark.path.startswith("$") and "{" not in remark.said(lang) for lang in LANGUAGES
        ) or "{" in ordered(document)


@pytest.mark.parametrize(
    ("indent", "ascii_only", "newline", "end"),
    [
        (1, True, "\n", ""),
        (4, False, "\n", "\n"),
        (None, True, "\n", ""),
        ("\t", True, "\n", "\n"),
        (2, False, "\r\n", "\r\n"),
    ],
)
def test_the_layout_of_a_file_is_kept(
    tmp_path: Path, indent: int | str | None, ascii_only: bool, newline: str, end: str
) -> None:
    text = json.dumps(foul_files.document("0", "9"), indent=indent, ensure_ascii=ascii_only)
    data = (text.replace("\n", newline) + end).encode("utf-8")
    (tmp_path / "a.json").write_bytes(data)
    file = read(str(tmp_path / "a.json"))
    assert file.style.text(file.document()).encode("utf-8") == data


def test_a_layout_of_its_own_keeps_the_content() -> None:
    text = '{"Actions" : {}, "Set":"x"}'
    assert style_of(text, json.loads(text)) == Style()


def test_another_label_changes_that_one_and_nothing_else() -> None:
    ((_, foul),) = file_of(foul_files.document()).actions
    changed = foul.relabelled("Severity", "5.0")
    assert changed.severity is Severity.RED
    before, after = foul.document(), changed.document()
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {"Severity"}
    assert changed.relabelled("Severity", "3.0") == foul
    assert foul.relabelled("Severity", "").severity is None
    for field, word in (("Severity", "3"), ("Severity", "yellow"), ("Clips", ""), ("Colour", "red")):
        with pytest.raises(BadValue, match="is no label"):
            foul.relabelled(field, word)


def test_a_label_that_was_not_there_comes_where_the_format_has_it() -> None:
    document = foul_files.document()
    del document["Actions"]["0"]["Severity"]
    ((_, foul),) = file_of(document).actions
    assert list(foul.relabelled("Severity", "1.0").document()) == list(foul_files.action())


def test_numbers_are_as_exact_as_they_were_written() -> None:
    assert [exact_number(value) for value in (4.2, 1, 1e-7, True, "1", None)] == [
        Fraction(21, 5),
        1,
        Fraction(1, 10**7),
        None,
        None,
        None,
    ]


# ------------------------------------------------------------------ malformed


def at(document: dict[str, Any], *path: Any) -> Any:
    for step in path:
        document = document[step]
    return document


def setter(value: Any, *path: Any) -> tuple[Change, str]:
    """A change that puts ``value`` at a place, and the path of that place."""

    def change(document: dict[str, Any]) -> None:
        at(document, *path[:-1])[path[-1]] = copy.deepcopy(value)

    return change, "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def wrong() -> Iterator[tuple[Change, str]]:
    """Changes that each make one fault, with the path that must be named."""
    foul, clip = ("Actions", "0"), ("Actions", "0", "Clips", 1)
    for value in (None, 3, [], {}, True, 1.5):
        yield setter(value, "Set")
        for field in ("UrlLocal", "Offence", "Severity", "Handball offence"):
            yield setter(value, *foul, field)
        yield setter(value, *clip, "Url")
        yield setter(value, *clip, "Camera type")
    for value in (None, "", "2", [], 1.5, True):
        yield setter(value, "Number of actions")
    for value in (None, "x", 3, [], [["0", {}]]):
        yield setter(value, "Actions")
        yield setter(value, *foul)
    for value in (None, "x", 3, {}):
        yield setter(value, *foul, "Clips")
    for value in (None, "x", 3, [], [{}]):
        yield setter(value, *clip)
    for value in (None, "soon", [], {}, True, -1, 86_400_001, 10**400):
        yield setter(value, *clip, "Timestamp")
    for value in (None, "slow", [], {}, False, 0, -4.2, 10**400):
        yield setter(value, *clip, "Replay speed")
    yield setter(-1, "Number of actions")
    yield setter("half \ud83d", *foul, "UrlLocal")
    yield setter(10**400, *foul, "something else")


WRONG = list(wrong())


def refused(path: Path) -> TouchlineError:
    with pytest.raises(TouchlineError) as said:
        read(str(path))
    for lang in LANGUAGES:
        told = said.value.document(lang)
        assert told["status"] == "refused"
        # A key without its text; what the file itself says may look like one.
        keys = re.findall(r"\bvar\.\w+\.\w+", told["detail"] + told["hint"])
        assert all(json.dumps(key)[1:-1] in path.read_text("utf-8", "replace") for key in keys)
    return said.value


@pytest.mark.parametrize("number", range(len(WRONG)), ids=lambda number: WRONG[number][1])
def test_one_fault_is_named_by_its_path(number: int, tmp_path: Path) -> None:
    change, path = WRONG[number]
    document = foul_files.document()
    change(document)
    error = refused(foul_files.write(tmp_path, document))
    assert isinstance(error, BadDocument)
    assert [fault[0] for fault in error.faults] == [path]


@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_malformed_files_are_refused_with_every_fault(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    document = foul_files.document("0")
    places: set[str] = set()
    for change, path in rng.sample(WRONG, rng.randint(2, 6)):
        if any(path.startswith(other) or other.startswith(path) for other in places):
            continue  # it lies in what was replaced already
        change(document)
        places.add(path)
    error = refused(foul_files.write(tmp_path, document))
    assert isinstance(error, BadDocument)
    assert {fault[0] for fault in error.faults} == places
    assert all(path[2:] in error.detail("vi") for path in places)
    document = error.document("vi")
    jsonschema.validate(document, schemas()["refused"])
    assert {fault["path"] for fault in document["faults"]} == places


def test_a_wrong_form_all_over_names_all_of_it(tmp_path: Path) -> None:
    error = refused(foul_files.write(tmp_path, {"Set": 1, "Number of actions": "two", "Actions": {"0": {}, "1": []}}))
    assert isinstance(error, BadDocument)
    assert [fault[:2] for fault in error.faults] == [
        ("$.Set", "text"),
        ("$.Number of actions", "count"),
        ("$.Actions.0.Clips", "missing"),
        ("$.Actions.1", "object"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not JSON",
        b"{",
        b'{"Actions": {}} {}',
        b'{"Actions": NaN}',
        b'{"Actions": {"0": Infinity}}',
        b'{"Set": "\xff\xfe", "Actions": {}}',
        '{"Set": "Huế", "Actions": {}}'.encode("utf-16"),
        '{"Set": "Café", "Actions": {}}'.encode("latin-1"),
        b"\x00" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"Actions": ' + b"9" * 5000 + b"}",
    ],
    ids=range(14),
)
def test_what_is_no_json_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(data)
    error = refused(tmp_path / "x.json")
    assert isinstance(error, BadFile)
    assert error.name == "not_json"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as out:
        out.truncate(MAX_BYTES + 1)
    assert refused(tmp_path / "huge.json").name == "foul_file_too_large"


def test_a_folder_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).name == refused(tmp_path / "none.json").name == "not_json"


def test_a_key_that_comes_twice_would_be_lost_and_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"Set": "a", "Set": "b", "Actions": {"0": {"Clips": []}, "0": {"Clips": []}}}')
    error = refused(tmp_path / "x.json")
    assert isinstance(error, BadDocument)
    assert [fault[:2] for fault in error.faults] == [("$.Set", "key_twice"), ("$.Actions.0", "key_twice")]


def test_faults_without_end_end(tmp_path: Path) -> None:
    bad: list[Any] = [
        {"Actions": {"0": {"Clips": [1] * 200_000}}},
        {"Actions": {str(k): 1 for k in range(100_000)}},
        {"Actions": {}, "more": ["\ud800"] * 200_000},
    ]
    for document in bad:
        error = refused(foul_files.write(tmp_path, document, indent=None))
        assert isinstance(error, BadDocument)
        assert len(error.faults) == MOST_FAULTS + 1
        assert error.faults[-1][:2] == ("$", "more")
    (tmp_path / "x.json").write_text('{"Actions": {}' + "".join(f', "{k % 50_000}": 0' for k in range(100_000)) + "}")
    assert isinstance(refused(tmp_path / "x.json"), BadDocument)


def test_nesting_has_an_end(tmp_path: Path) -> None:
    for depth, fits in ((MAX_DEPTH - 1, True), (MAX_DEPTH, False), (500, False)):
        (tmp_path / "x.json").write_text('{"Actions": {}, "more": ' + "[" * depth + "]" * depth + "}")
        if fits:
            assert read(str(tmp_path / "x.json")).actions == ()
        else:
            assert [kind for _, kind, _ in refused(tmp_path / "x.json").faults] == ["deep"]  # type: ignore[attr-defined]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"Actions": {}}', "utf-8-sig")
    assert read(str(tmp_path / "x.json")).document() == {"Actions": {}}


# ------------------------------------------------------------------ inconsistent


def inconsistent() -> Iterator[tuple[str, str, list[tuple[Change, str]]]]:
    """Kind and path of a remark, and the changes that lead to it alone."""
    foul, clips = ("Actions", "0"), ("Actions", "0", "Clips")

    def path(*steps: Any) -> str:
        return setter(None, *steps)[1]

    yield "count_differs", "$.Number of actions", [setter(7, "Number of actions")]
    yield "url_twice", path(*clips, 2, "Url"), [setter("Dataset/Test/action_0/clip_1", *clips, 2, "Url")]
    yield "no_clips", path(*clips), [setter([], *clips)]
    for speed in (0.5, 41, 1e300):
        yield "implausible_speed", path(*clips, 1, "Replay speed"), [setter(speed, *clips, 1, "Replay speed")]
    yield "no_live_picture", path(*clips), [setter(2.0, *clips, 0, "Replay speed")]
    for stamp in (1259839, 1259838.5, 0):
        yield "replay_before_live", path(*clips, 1, "Timestamp"), [setter(stamp, *clips, 1, "Timestamp")]
    for stamp in (1259839 + 600_001, 86_400_000):
        yield "replay_far_behind", path(*clips, 2, "Timestamp"), [setter(stamp, *clips, 2, "Timestamp")]
    yield (
        "two_live_pictures",
        path(*clips, 1, "Timestamp"),
        [setter(1.0, *clips, 1, "Replay speed"), setter(1259839, *clips, 1, "Timestamp")],
    )
    for severity in ("2.0", "3.0", "4.0", "5.0"):
        yield (
            "card_without_offence",
            path(*foul, "Severity"),
            [setter("No offence", *foul, "Offence"), setter(severity, *foul, "Severity")],
        )
    yield "offence_without_severity", path(*foul, "Severity"), [setter("", *foul, "Severity")]
    for word in ("Offence", "No offence"):
        yield "offence_without_handball", path(*foul, "Handball offence"), [setter(word, *foul, "Handball offence")]
    yield (
        "handball_without_offence",
        path(*foul, "Handball offence"),
        [
            setter("Handball", *foul, "Handball"),
            setter("Offence", *foul, "Handball offence"),
            setter("No offence", *foul, "Offence"),
            setter("1.0", *foul, "Severity"),
        ],
    )
    yield "upper_part_of_under_body", path(*foul, "Upper body part"), [setter("Use of arms", *foul, "Upper body part")]
    yield "unknown_word", path(*foul, "Action class"), [setter("Biting", *foul, "Action class")]
    yield "unknown_word", path(*foul, "Severity"), [setter("yellow", *foul, "Severity")]
    yield "unknown_member", path(*foul, "Lower body part"), [setter("Use of knee", *foul, "Lower body part")]
    yield "unknown_member", path(*clips, 0, "Fps"), [setter(25, *clips, 0, "Fps")]
    yield "unknown_member", "$.Licence", [setter("none", "Licence")]


INCONSISTENT = list(inconsistent())


@pytest.mark.parametrize("number", range(len(INCONSISTENT)), ids=lambda number: INCONSISTENT[number][0])
def test_what_does_not_go_together_is_named_and_kept(number: int) -> None:
    kind, path, changes = INCONSISTENT[number]
    document = foul_files.document()
    for change, _ in changes:
        change(document)
    file = file_of(document)
    (remark,) = remarks(file)
    assert (remark.kind, remark.path, remark.is_note) == (kind, path, kind in NOTES)
    assert remark.said("vi") != remark.said("en")
    assert ordered(file.document()) == ordered(document)


TIMES = {"no_live_picture", "replay_before_live", "two_live_pictures", "replay_far_behind"}  # one can hide another


@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_inconsistent_files_are_named_whole(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    document = foul_files.document("0", "unfilmed")
    touched: list[str] = []
    expected = {(f"$.Actions.unfilmed.Clips[{k}].Url", "missing_clip") for k in range(3)}
    kinds: set[str] = set()
    for kind, path, changes in rng.sample(INCONSISTENT, 8):
        places = [place for _, place in changes]
        if any(place.startswith(other) or other.startswith(place) for place in places for other in touched):
            continue
        if kind in TIMES and kinds & TIMES:
            continue
        for change, _ in changes:
            change(document)
        touched += places
        kinds.add(kind)
        expected.add((path, kind))
    file = file_of(document)
    said = [*remarks(file), *find_clips(file, tmp_path)[1]]
    assert expected <= {(remark.path, remark.kind) for remark in said}
    assert kinds
    error = Inconsistent(said)
    assert all(path[2:] in error.detail(lang) for path, _ in expected for lang in LANGUAGES)
    refusal = error.document("vi")
    jsonschema.validate(refusal, schemas()["refused"])
    assert expected <= {(fault["path"], fault["fault"]) for fault in refusal["faults"]}
    assert ordered(file.document()) == ordered(document)


@given(st.binary(max_size=60), st.integers(0, 4000), st.integers(0, 60))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_bytes_changed_anywhere_are_read_or_refused(tmp_path: Path, put: bytes, at_byte: int, gone: int) -> None:
    data = json.dumps(foul_files.document("0", "1")).encode("utf-8")
    (tmp_path / "x.json").write_bytes(data[:at_byte] + put + data[at_byte + gone :])
    read_or_refused(tmp_path / "x.json", tmp_path)


@given(ANYTHING, st.sampled_from([path for _, path in WRONG]), st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_anything_anywhere_is_read_or_refused(tmp_path: Path, value: Any, path: str, data: st.DataObject) -> None:
    document: Any = foul_files.document()
    steps = [
        int(step) if step.isdigit() and k > 1 else step
        for k, step in enumerate(re.split(r"[.\[]", path[2:].replace("]", "")))
    ]
    document_at = at(document, *steps[:-1])
    document_at[steps[-1]] = value
    if data.draw(st.booleans()):
        document = {"Actions": value, "Set": document}
    foul_files.write(tmp_path, document)
    read_or_refused(tmp_path / "annotations.json", tmp_path)


def read_or_refused(path: Path, folder: Path) -> None:
    """A file is read, and then comes out as it came and can be spoken about; or it is refused."""
    file: FoulFile | None = None
    with contextlib.suppress(TouchlineError):
        file = read(str(path))
    if file is None:
        refused(path)
        return
    assert ordered(file.document()) == ordered(json.loads(path.read_bytes().decode("utf-8-sig")))
    for remark in (*remarks(file), *find_clips(file, folder)[1]):
        json.dumps(remark.kept())
        assert remark.said("vi") != remark.said("en")


def test_every_kind_of_remark_can_come_up() -> None:
    found: Any = {kind for kind, _, _ in INCONSISTENT}
    of_files = {"missing_clip", "same_file", "unusable_clip", "other_length", "clock_differs", "clock_from_half"}
    source = (Path(__file__).parents[2] / "var" / "locales" / "foul.en.toml").read_text("utf-8")
    kinds = [line.split(" = ")[0] for line in source.split("[remark]\n")[1].splitlines()]
    assert found | of_files == set(kinds)
    assert all(find(f"var.foul.remark.{kind}", lang) for kind in kinds for lang in LANGUAGES)


def test_a_consistent_document_says_nothing() -> None:
    document = foul_files.document("0", "1")
    document["Actions"]["1"]["Clips"][1] |= {"Replay speed": 1.0}  # another angle at the speed of life, shown later
    document["Actions"]["0"] |= {"Offence": "No Offence", "Severity": ""}
    assert remarks(file_of(document)) == []


def test_labels_may_be_absent_as_in_sets_that_keep_them_back() -> None:
    document = {"Set": "challenge", "Actions": {"0": {"Clips": foul_files.action()["Clips"]}}}
    file = file_of(document)
    assert remarks(file) == []
    assert all(file.actions[0][1].label(field) is None for field in LABELS)
    assert ordered(file.document()) == ordered(document)


# ------------------------------------------------------------------ where the clips lie


def test_a_clip_is_found_below_whichever_folders_are_there(tmp_path: Path) -> None:
    for name in ("action_0/clip_0.mp4", "Train/action_1/clip_0.mkv", "Dataset/Train/action_2/clip_0.mp4", "alone.mov"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = {
        url: path and str(path.relative_to(tmp_path))
        for url in (
            "Dataset/Train/action_0/clip_0",
            "Dataset\\Train\\action_0\\clip_0",
            "action_0/clip_0.mp4",
            "Dataset/Train/action_1/clip_0",
            "Dataset/Train/action_2/clip_0",
            "alone",
            "Dataset/Train/action_3/clip_0",
            "x/alone",  # an action's own folder is never left out
            "",
            "/etc/passwd",
            "C:\\action_0\\clip_0",
            "Dataset/C:/action_0/clip_0",  # joined on Windows it would lead to another drive
            "../action_0/clip_0",
            "Dataset/../action_0/clip_0",
            "a/\0",
            "a/" + "b" * 5000,
        )
        for path in [find_clip(url, tmp_path)]
    }
    assert list(found.values()) == [
        "action_0/clip_0.mp4",
        "action_0/clip_0.mp4",
        "action_0/clip_0.mp4",
        "Train/action_1/clip_0.mkv",
        "Dataset/Train/action_2/clip_0.mp4",
        "alone.mov",
        *[None] * 10,
    ]


def test_clips_that_are_not_what_they_should_be_are_named(tmp_path: Path) -> None:
    document = foul_files.document("0", "1")
    document["Actions"]["1"]["Clips"][0]["Url"] = "action_0/clip_0"
    foul_files.film(tmp_path, "action_0/clip_0.mp4", "action_0/clip_1.mp4")
    foul_files.film(tmp_path, "action_1/clip_1.mp4", count=50)
    (tmp_path / "action_0" / "clip_2.mp4").write_text("no video")
    found, said = find_clips(file_of(document), tmp_path)
    assert {place: (float(clip.seconds), float(clip.fps)) for place, clip in found.items()} == {
        ("0", 0): (5.04, 25.0),
        ("0", 1): (5.04, 25.0),
        ("1", 1): (2.0, 25.0),
    }
    assert [(remark.path, remark.kind) for remark in said] == [
        ("$.Actions.0.Clips[2].Url", "unusable_clip"),
        ("$.Actions.1.Clips[0].Url", "same_file"),
        ("$.Actions.1.Clips[1].Url", "other_length"),
        ("$.Actions.1.Clips[2].Url", "missing_clip"),
    ]
    assert all(remark.said("vi") != remark.said("en") for remark in said)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_label_has_words_that_name_what_the_format_writes(lang: str) -> None:
    for field, words in LABELS.items():
        key = field.lower().replace(" ", "_")
        said = find(f"var.foul_label.field.{key}", lang)
        assert said is not None
        assert field in said
        for word in words:
            said = find(f"var.foul_label.word.{key}.{word.name.lower()}", lang)
            assert said is not None
            assert word.value in said
            assert lang == "en" or said != word.value
