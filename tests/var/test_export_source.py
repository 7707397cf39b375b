"""The hash of a source in a report: computed from the file that is read now, also of one that still grows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import barcode
import pytest
import recordings
from test_track import live, tabled

from touchline.errors import BadFile
from touchline.files import sha256_of
from var.export.source import known_content, open_source, shown_content
from var.footage.recording import Index, index
from var.model import Clip

__all__ = ["live"]


def test_a_recording_that_goes_on_is_hashed_as_far_as_it_is_known(live: tuple[Index, Callable[[int], Clip]]) -> None:
    whole, grow = live
    clip = grow(30)
    known = clip.path.read_bytes()
    with closing(open_source(clip)) as reader:
        assert barcode.number(reader.picture(len(clip) - 1)) == len(clip) - 1
    content = shown_content(clip)
    assert content.first_bytes is not None
    assert 0 < content.first_bytes <= len(known)
    assert content.sha256 == hashlib.sha256(known[: content.first_bytes]).hexdigest()
    grow(len(whole.rows))
    assert shown_content(clip) == content  # what this view of the clip knows does not change
    clip.path.unlink()
    with pytest.raises(BadFile) as refusal:
        open_source(clip)
    assert refusal.value.name == "media_missing"


def test_a_recording_that_ended_is_known_by_its_whole_file(tmp_path: Path) -> None:
    """Its name in clicks is the hash of its head; what the report states is that of the file."""
    path = recordings.write(tmp_path / "a.mp4", 30)
    whole = sha256_of(path)
    clip = replace(tabled(index(path)), sha256="cd" * 32, file_sha256=whole)
    with closing(open_source(clip)) as reader:
        assert barcode.number(reader.picture(29)) == 29
    assert shown_content(clip) == known_content(clip)
    assert (shown_content(clip).sha256, shown_content(clip).first_bytes) == (whole, None)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(BadFile) as refusal:
        open_source(clip)
    assert refusal.value.name == "media_changed"
