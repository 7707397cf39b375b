"""What does not go together in a file of annotated fouls. It can be read, so it is no fault; it is reported, each with
its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from touchline.errors import BadValue, TouchlineError
from touchline.i18n import t
from var.foul.annotation import (
    ACTION_FIELDS,
    CLIP_FIELDS,
    FASTEST,
    FILE_FIELDS,
    SLOWEST,
    FoulAnnotation,
    FoulFile,
)
from var.foul.labels import (
    LABELS,
    Bodypart,
    Handball,
    HandballOffence,
    Offence,
    Severity,
    label,
)
from var.foul.reading import shown
from var.measure.faults import place

FAR_BEHIND_MS = 600_000
"""A replay comes within minutes; what is farther off has a stamp in another unit, or shows another foul."""

NOTES = frozenset({"unknown_member", "unknown_word"})
"""Kinds that only say that something is not understood; it is kept as it came."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a file, or about the action ``action`` of it: ``kind`` is a text of ``var.foul.remark``
    that ``params`` fill in."""

    path: str
    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    action: str | None = None

    @property
    def is_note(self) -> bool:
        """Whether it is only not understood; else it is inconsistent."""
        return self.kind in NOTES

    def said(self, lang: str) -> str:
        """What it says, in ``lang``."""
        params = {
            name: value.detail(lang) if isinstance(value, TouchlineError) else value
            for name, value in self.params.items()
        }
        if "other" in params:
            params["other"] = place(str(params["other"]), lang)
        return t(f"var.foul.remark.{self.kind}", lang, **params)

    def document(self, lang: str) -> dict[str, str]:
        """As the commands print it."""
        return {"path": self.path, "kind": self.kind, "detail": self.said(lang)}

    def kept(self) -> dict[str, Any]:
        """As it is kept with the match: no language, an error by its code."""
        params = {
            name: value.name if isinstance(value, TouchlineError) else value for name, value in self.params.items()
        }
        return {"path": self.path, "kind": self.kind, "params": params}


class Inconsistent(BadValue):
    """A file that was to be taken only if all of it goes together and is understood; ``remarks`` says what is not."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        self.remarks = tuple(remarks)
        super().__init__("var.errors.foul_inconsistent", paths=[remark.path for remark in remarks])

    def detail(self, lang: str = "en") -> str:
        """Everything with its path, in ``lang``."""
        said = "; ".join(f"{place(remark.path, lang)} {remark.said(lang)}" for remark in self.remarks)
        return t(f"{self.code}.detail", lang, remarks=said)

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The refusal with its ``faults``: JSON path, kind, and what is said of it."""
        faults = [{"path": remark.path, "fault": remark.kind, "detail": remark.said(lang)} for remark in self.remarks]
        return {**super().document(lang), "faults": faults}


def remarks(file: FoulFile) -> list[Remark]:
    """Everything in a file that is inconsistent or not understood, as far as the file alone tells."""
    document = file.document()
    found = [*_unknown(document, FILE_FIELDS, "$")]
    if file.announced is not None and file.announced != len(file.actions):
        found.append(
            Remark("$.Number of actions", "count_differs", {"said": file.announced, "count": len(file.actions)})
        )
    urls: dict[str, str] = {}
    for key, action in file.actions:
        at = action_path(key)
        own = (*_words(action.document(), at), *_labels(action, at), *_times(action, at))
        found += [replace(remark, action=key) for remark in own]
        for index, clip in enumerate(action.clips):
            path = f"{clip_path(key, index)}.Url"
            if clip.url and clip.url in urls:
                found.append(Remark(path, "url_twice", {"other": urls[clip.url]}, key))
            urls.setdefault(clip.url, path)
    return found


def action_path(key: str) -> str:
    """Where an action stands in the document."""
    return f"$.Actions.{shown(key)}"


def clip_path(key: str, index: int) -> str:
    """Where a clip stands in the document."""
    return f"{action_path(key)}.Clips[{index}]"


def _unknown(members: Mapping[str, Any], known: tuple[str, ...], at: str) -> Iterator[Remark]:
    for name in members:
        if name not in known:
            yield Remark(f"{at}.{shown(name)}", "unknown_member")


def _words(action: dict[str, Any], at: str) -> Iterator[Remark]:
    yield from _unknown(action, ACTION_FIELDS, at)
    for name, words in LABELS.items():
        word = action.get(name, "")
        if word and label(name, word) is None:
            choices = ", ".join(each.value for each in words)
            yield Remark(f"{at}.{name}", "unknown_word", {"word": shown(word), "choices": choices})
    for index, clip in enumerate(action["Clips"]):
        yield from _unknown(clip, CLIP_FIELDS, f"{at}.Clips[{index}]")


def _labels(action: FoulAnnotation, at: str) -> Iterator[Remark]:
    """Labels that contradict each other."""
    if action.offence is Offence.NO_OFFENCE and action.severity not in (None, Severity.NO_CARD):
        yield Remark(f"{at}.Severity", "card_without_offence", {"severity": action.severity.value})
    if action.offence is Offence.OFFENCE and not action.document().get("Severity"):
        yield Remark(f"{at}.Severity", "offence_without_severity")
    if action.handball is Handball.NO_HANDBALL and action.handball_offence is not None:
        yield Remark(f"{at}.Handball offence", "offence_without_handball", {"word": action.handball_offence.value})
    if action.handball_offence is HandballOffence.OFFENCE and action.offence is Offence.NO_OFFENCE:
        yield Remark(f"{at}.Handball offence", "handball_without_offence")
    if action.bodypart is Bodypart.UNDER_BODY and action.upper_body_part is not None:
        yield Remark(f"{at}.Upper body part", "upper_part_of_under_body", {"word": action.upper_body_part.value})


def _times(action: FoulAnnotation, at: str) -> Iterator[Remark]:
    """Speeds and time stamps that cannot be. One picture is on air at a time, and a replay comes after what it
    shows."""
    if not action.clips:
        yield Remark(f"{at}.Clips", "no_clips")
        return
    for index, clip in enumerate(action.clips):
        speed = clip.replay_speed
        if speed is not None and clip.speed is None:
            yield Remark(
                f"{at}.Clips[{index}].Replay speed",
                "implausible_speed",
                {"speed": float(speed), "least": FASTEST, "most": SLOWEST},
            )
    if all(clip.replay_speed is not None and clip.replay_speed != 1 for clip in action.clips):
        yield Remark(f"{at}.Clips", "no_live_picture")
    if action.live is None:
        return
    began = action.clips[action.live].timestamp_ms
    assert began is not None
    for index, clip in enumerate(action.clips):
        if index == action.live or clip.timestamp_ms is None:
            continue
        path = f"{at}.Clips[{index}].Timestamp"
        known = {"stamp": float(clip.timestamp_ms), "live": float(began), "clip": action.live}
        if clip.timestamp_ms > began + FAR_BEHIND_MS:
            yield Remark(path, "replay_far_behind", known | {"minutes": FAR_BEHIND_MS // 60_000})
        elif clip.timestamp_ms <= began and clip.replay_speed is not None:
            yield Remark(path, "two_live_pictures" if clip.replay_speed == 1 else "replay_before_live", known)
