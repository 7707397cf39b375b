"""``touchline decode``: one document for any input, in both languages."""

from __future__ import annotations

import json

import jsonschema
import pytest

from touchline.cli import main
from touchline.commands import schemas


@pytest.mark.parametrize(
    "words",
    [
        ["0x2A37", "104472038a03"],
        ["2a37", "18:43:d0:07:72:03"],
        ["heart-rate-measurement", "06 00"],
        ["0x2A37", "103c72"],
        ["0x2A37", "01ff"],
        ["0x2A37", ""],
        ["0x2A37", "xyz"],
        ["0x2A38", "01"],
    ],
)
def test_every_answer_follows_the_schema(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", *words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schemas()["decode"])


def test_the_example_of_the_schema_is_the_real_output(capsys: pytest.CaptureFixture[str]) -> None:
    schema = schemas()["decode"]
    for example in schema["examples"]:
        jsonschema.validate(example, schema)
        main(["decode", example["characteristic"], example["hex"], "--json", "--lang", "en"])
        assert json.loads(capsys.readouterr().out) == example


def test_an_unknown_characteristic_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    main(["decode", "0x2AD2", "00", "--json", "--lang", "en"])
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["reason"]) == ("refused", "unknown_characteristic")
    assert "0x2A37" in document["hint"]


@pytest.mark.parametrize(("lang", "word"), [("vi", "có tiếp xúc"), ("en", "contact")])
def test_people_read_words(lang: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["decode", "0x2A37", "16487203", "--lang", lang])
    lines = capsys.readouterr().out
    assert word in lines
    assert "72" in lines
    assert "861.328125" in lines
    assert "wearables." not in lines  # a key instead of a text
