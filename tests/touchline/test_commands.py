"""Every installed command: documented in both languages with what it prints; misuse; the process around it."""

from __future__ import annotations

import argparse
import math
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from commands_home import Run
from commands_installed import DOCS, LEAVES, SCHEMAS, SECTIONS, fits, printed_by, strict

from touchline.cli import build_parser, commands, emit, main
from touchline.commands import schema_packages
from touchline.i18n import LANGUAGES, find


def test_every_command_says_what_it_does_in_both_languages() -> None:
    for name in commands():
        for lang in LANGUAGES:
            assert find(f"touchline.commands.{name}", lang) is not None, name


def test_the_documentation_names_exactly_what_is_installed() -> None:
    assert {leaf.split()[0] for leaf in LEAVES} == set(commands())
    assert set(SECTIONS) == set(LEAVES) | set(commands())


@pytest.mark.parametrize("leaf", LEAVES)
def test_each_command_is_documented_with_its_arguments_and_an_example(leaf: str) -> None:
    text = SECTIONS[leaf]
    for action in LEAVES[leaf]._actions:
        if action.dest in {"help", "json", "lang"}:
            continue
        words = action.option_strings or [str(action.metavar or action.dest).upper()]
        assert all(f"`{word}" in text for word in words), f"{leaf}: {words}"
    described = set(re.findall(r"`(--[a-z-]+)", text))
    assert described <= {word for action in LEAVES[leaf]._actions for word in action.option_strings}
    assert {"--json", "--lang"} <= set(LEAVES[leaf]._option_string_actions)
    examples = re.findall(r"^touchline .+$", text, flags=re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example.split(">")[0])[1:]
        assert words[: len(leaf.split())] == leaf.split()
        build_parser().parse_args(words)  # ends with SystemExit where the example is wrong
    assert set(printed_by(leaf)) <= set(SCHEMAS)


def test_every_schema_is_named_in_the_documentation_and_belongs_to_one_package() -> None:
    assert set(SCHEMAS) <= set(re.findall(r"`(\w+)`", DOCS))
    root = Path(__file__).resolve().parents[2]
    names = [path.stem for package in schema_packages() for path in (root / package / "schemas").glob("*.json")]
    assert sorted(names) == sorted(set(names)) == list(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one_and_its_examples_hold(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["examples"]
    validator = jsonschema.Draft202012Validator(schema)
    for example in schema["examples"]:
        validator.validate(example)
    assert not any(fits(junk, name) for junk in ({}, 0, None, {"unknown": 1}))


def test_what_is_not_a_number_becomes_null(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"a": math.nan, "b": np.array([1.0, -np.inf]), "c": (np.float32("nan"), np.int64(2))}
    emit(document, argparse.Namespace(json=True))
    assert strict(capsys.readouterr().out) == {"a": None, "b": [1.0, None], "c": [None, 2]}


@pytest.mark.parametrize("leaf", LEAVES)
def test_misuse_ends_with_two_and_prints_no_document(leaf: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*leaf.split(), "--no-such-option", "--json"])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: touchline" in said.err


@pytest.mark.parametrize("line", ["", "nothing", "match", "match show", "match show x --lang fr"])
def test_an_unfinished_or_unknown_command_is_misuse(line: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(line.split())
    assert end.value.code == 2


def test_a_document_that_nobody_can_read_to_its_end_is_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000, "utf-8")
    assert run(f"offside {tmp_path / 'deep.json'}")["code"] == "not_json"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_of_another_alphabet_stops_nothing(encoding: str, home: Path, tmp_path: Path) -> None:
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/n\xff.mp4")
    for line in (["match", "list"], ["match", "new", "x", odd]):
        for form in ([], ["--json"]):
            done = subprocess.run(
                [sys.executable, "-c", start, *line, *form],
                capture_output=True,
                check=False,
                env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            )
            assert done.returncode == 0, done.stderr
            if form:
                assert strict(done.stdout.decode("utf-8"))


def test_a_reader_that_goes_away_is_no_fault(home: Path) -> None:
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", start, "match", "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("line", "code", "schema"),
    [("schema --json", 0, "schema_list"), ("match show nothing --json", 0, "refused"), ("match show", 2, None)],
)
def test_the_process_keeps_the_same_contract(line: str, code: int, schema: str | None, home: Path) -> None:
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", start, *line.split()], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == code
    if schema is None:
        assert done.stdout == ""
    else:
        assert fits(strict(done.stdout), schema)
        assert bool(done.stderr) is (schema == "refused")
