"""The clocks of a match: estimated from its recordings, kept with it, nudged by hand and taken back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.errors import BadValue
from touchline.origin import Origin
from touchline.rights import Action, require
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.measure.calibration import Calibration
from var.model import Clip, Match
from var.sync import offsets
from var.sync.auto import SIGMAS, Found, auto, run
from var.sync.material import material_of
from var.sync.model import Estimate, Material, Method, Status
from var.sync.pairs import HALF_FRAME_SIGMA

Progress = Callable[[float, str], None]
_UNDOABLE = 20  # former states that are kept with an angle


@dataclass(frozen=True, slots=True)
class Saved:
    """What is kept of an angle's synchronisation. ``used`` says whether its clock was set by it; ``nudged_s`` is by how
    much the operator moved it since; ``undoable`` how many changes can be taken back."""

    estimate: Estimate
    reference: str
    used: bool
    nudged_s: Fraction
    checks: tuple[dict[str, Any], ...]
    at_utc: str
    undoable: int


def _document(archive: Archive, match_id: str, camera: str) -> dict[str, Any]:
    row = archive.store.row("SELECT sync FROM clip WHERE match_id = ? AND camera_id = ?", (match_id, camera))
    text = row["sync"] if row else ""
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def saved(archive: Archive, match_id: str) -> dict[str, Saved]:
    """What is kept of a match's synchronisation, by camera; only of those that were synchronised or nudged."""
    out = {}
    for clip in archive.match(match_id).clips:
        document = _document(archive, match_id, clip.camera_id)
        if document:
            out[clip.camera_id] = Saved(
                estimate=offsets.from_kept(document["estimate"]),
                reference=document["reference"],
                used=document["used"],
                nudged_s=Fraction(document["nudged_s"]),
                checks=tuple(document["checks"]),
                at_utc=document["at_utc"],
                undoable=len(document["before"]),
            )
    return out


def calibration_of(archive: Archive, match: Match, clip: Clip) -> Calibration | None:
    """A standing camera's calibration by the pitch points marked so far, or None."""
    if not clip.fixed:
        return None
    from var.angles import angle_state

    return angle_state(match, archive.review(match.id), clip.camera_id, None).calibration


def find(
    archive: Archive,
    match_id: str,
    reference_camera: str,
    method: str = "auto",
    pairs: Any = None,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, Found]:
    """Each other camera's clock on the reference's by sound, light, time code or pictures; nothing is saved.

    A recording that cannot be read fails alone. Raises ``BadValue`` for a camera or a method that does not exist.
    """
    match = archive.match(match_id)
    chosen = method_of(method)
    report = progress or (lambda share, name: None)
    base, first_s = _material(archive, match, match.clip(reference_camera))
    others = [clip for clip in match.clips if clip.camera_id != reference_camera]
    out: dict[str, Found] = {}
    for k, clip in enumerate(others):

        def told(share: float, name: str, k: int = k, clip: Clip = clip) -> None:
            report((k + share) / len(others), f"{clip.label} {name}".strip())

        out[clip.camera_id] = _one(archive, match, (base, first_s), clip, chosen, told, {**options, "pairs": pairs})
    report(1.0, "")
    return out


def sync_match(
    archive: Archive,
    match_id: str,
    reference_camera: str,
    method: str = "auto",
    pairs: Any = None,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, Estimate]:
    """``find`` without the checks."""
    found = find(archive, match_id, reference_camera, method, pairs, progress, **options)
    return {camera: each.estimate for camera, each in found.items()}


def method_of(name: str) -> Method | None:
    """The method called ``name``; None is ``auto``. Raises ``BadValue`` for any other name."""
    if name == "auto":
        return None
    try:
        method = Method(name)
    except ValueError as fault:
        raise BadValue("var.errors.no_such_method", name=name) from fault
    if method is Method.NUDGE:
        raise BadValue("var.errors.no_such_method", name=name)
    return method


def _material(archive: Archive, match: Match, clip: Clip) -> tuple[Material, Fraction]:
    return material_of(clip, calibration_of(archive, match, clip))


def _one(
    archive: Archive,
    match: Match,
    base: tuple[Material, Fraction],
    clip: Clip,
    method: Method | None,
    progress: Progress,
    options: dict[str, Any],
) -> Found:
    from touchline.errors import TouchlineError
    from touchline.i18n import LANGUAGES

    try:
        own, late_s = _material(archive, match, clip)
    except TouchlineError as refusal:
        texts = {lang: refusal.detail(lang) for lang in LANGUAGES}
        return Found(Estimate.failed(method or Method.AUDIO, "unreadable", **texts))
    if method is None:
        found = auto(base[0], own, progress=progress, **options)
    else:
        found = Found(run(method, base[0], own, progress, **options))
    return Found(_shifted(found.estimate, base[1], late_s), found.checks)


def _shifted(found: Estimate, reference_late_s: Fraction, clip_late_s: Fraction) -> Estimate:
    """An estimate between the files' clocks as one between the angles' clocks, where the two begin apart."""
    if found.offset_s is None or found.rate is None or not (reference_late_s or clip_late_s):
        return found
    from dataclasses import replace

    return replace(found, offset_s=found.offset_s + reference_late_s - found.rate * clip_late_s)


def save(
    archive: Archive,
    match_id: str,
    reference_camera: str,
    estimates: Mapping[str, Estimate | Found],
    *,
    weak: bool = False,
) -> list[str]:
    """Keep estimates with a match; returns the cameras whose clocks were set.

    An angle's clock becomes the reference's after the estimate's, their doubts together. A weak estimate sets no clock
    unless ``weak`` says that a person has looked at it; it and a failed one are kept as what was found. What was there
    before can be brought back by ``undo``. A reference that no other angle has placed gives match time itself: what was
    unsure about its own clock (when its packets arrived) is from then on a doubt of the angles that are not set here.
    """
    match = archive.match(match_id)
    base = match.clip(reference_camera)
    if reference_camera in estimates:
        raise BadValue("var.errors.reference_in_offsets", camera=base.label)
    clips = {camera: match.clip(camera) for camera in estimates}  # all names are looked up before anything is kept
    set_here = []
    doubt_s = base.to_match.sigma_s
    if doubt_s != 0.0 and not _document(archive, match_id, reference_camera).get("used"):
        founds = [given.estimate if isinstance(given, Found) else given for given in estimates.values()]
        if doubt_s is None or any(_usable(each, weak) for each in founds):
            _rebase(archive, match, base, doubt_s or 0.0)
            match = archive.match(match_id)
            base, clips = match.clip(reference_camera), {camera: match.clip(camera) for camera in estimates}
    for camera, given in estimates.items():
        found = given if isinstance(given, Found) else Found(given)
        estimate = found.estimate
        used = _usable(estimate, weak)
        document = {
            "estimate": offsets.kept(estimate),
            "reference": reference_camera,
            "used": used,
            "nudged_s": "0",
            "checks": found.document,
        }
        _keep(archive, match_id, clips[camera], document, _composed(base, estimate) if used else None)
        if used:
            set_here.append(camera)
    return set_here


def _usable(estimate: Estimate, weak: bool) -> bool:
    return estimate.status is Status.OK or (weak and estimate.status is Status.WEAK)


def _rebase(archive: Archive, match: Match, base: Clip, doubt_s: float) -> None:
    """Make the clock of ``base`` match time itself; the other angles that have a doubt take its doubt over."""
    for clip in match.clips:
        to, own_s = clip.to_match, clip.to_match.sigma_s
        sigma_s = 0.0 if clip is base else None if own_s is None else math.hypot(own_s, doubt_s)
        if sigma_s != own_s:
            archive.save_clip(match.id, clip.camera_id, to_match=ClockMap(to.offset_s, to.rate, sigma_s))


def _composed(base: Clip, estimate: Estimate) -> ClockMap:
    assert estimate.offset_s is not None
    assert estimate.rate is not None
    to = base.to_match
    own = float(to.rate) * (estimate.sigma_s or 0.0)
    return ClockMap(to.forward(estimate.offset_s), to.rate * estimate.rate, math.hypot(own, to.sigma_s or 0.0))


def _keep(archive: Archive, match_id: str, clip: Clip, document: dict[str, Any], clock: ClockMap | None) -> None:
    """Write an angle's clock and what is known of it together, with the former state to come back to."""
    former = _document(archive, match_id, clip.camera_id)
    before = former.pop("before", [])
    state = {"to_match": clip.to_match.document(), "timing": clip.timing.value, "sync": former}
    document = {**document, "at_utc": utc_now(), "before": [*before, state][-_UNDOABLE:]}
    timing = Origin.MEASURED.value if clock is not None else clip.timing.value
    kept = (clock or clip.to_match).document()
    _write(archive, match_id, clip.camera_id, kept, timing, document)


def _write(
    archive: Archive, match_id: str, camera: str, to_match: dict[str, Any], timing: str, document: dict[str, Any]
) -> None:
    require(archive.person, Action.PREPARE)
    text = json.dumps(document, ensure_ascii=False) if document else ""
    with archive.changing() as change:
        change.tell(match_id, "angle", {"camera": camera, "timing": timing, "to_match": json.dumps(to_match)})
        change.connection.execute(
            "UPDATE clip SET to_match = ?, timing = ?, sync = ? WHERE match_id = ? AND camera_id = ?",
            (json.dumps(to_match), timing, text, match_id, camera),
        )


def nudge(archive: Archive, match_id: str, camera: str, frames: int = 0, ms: float = 0) -> ClockMap:
    """Move an angle's pictures later (positive) or earlier by its own frames and by milliseconds; returns its clock.

    A person's eye adds half a frame of doubt, once, however often it moves on. Of a clock that no estimate had set the
    start was unknown: what is kept is then the hand's alone, and weak. ``undo`` takes it back.
    """
    if not math.isfinite(ms):
        raise BadValue("var.errors.bad_nudge", text=ms)
    clip = archive.match(match_id).clip(camera)
    by_s = frames * clip.frame_s + Fraction(str(ms)) / 1000
    to = clip.to_match
    former = _document(archive, match_id, camera)
    eye_s = HALF_FRAME_SIGMA * float(clip.frame_s)
    sigma = eye_s if to.sigma_s is None else to.sigma_s if former.get("by_eye") else math.hypot(to.sigma_s, eye_s)
    clock = ClockMap(to.offset_s + by_s, to.rate, sigma)
    if former.get("used"):
        document = {name: former[name] for name in ("estimate", "reference", "used")}
        document["checks"] = [_rechecked(check, float(by_s), sigma) for check in former["checks"]]
    else:
        by_hand = Estimate(Method.NUDGE, Status.WEAK, clock.offset_s, clock.rate, sigma, None, "by_hand", {})
        document = {"estimate": offsets.kept(by_hand), "reference": "", "used": True, "checks": []}
    document |= {"nudged_s": str(Fraction(former.get("nudged_s", "0")) + by_s), "by_eye": True}
    _keep(archive, match_id, clip, document, clock)
    return clock


def _rechecked(check: dict[str, Any], by_s: float, sigma_s: float) -> dict[str, Any]:
    """What another method says beside a clock that was moved by ``by_s`` and is now sure to ``sigma_s``."""
    if check["difference_s"] is None:
        return check
    difference = check["difference_s"] + by_s
    agrees = abs(difference) <= SIGMAS * math.hypot(sigma_s, check["sigma_s"] or 0.0)
    return {**check, "difference_s": difference, "agrees": agrees}


def undo(archive: Archive, match_id: str, camera: str) -> bool:
    """Take back the last synchronisation or nudge of an angle; False where there is none."""
    archive.match(match_id).clip(camera)
    document = _document(archive, match_id, camera)
    before = document.get("before", [])
    if not before:
        return False
    state = before[-1]
    former = {**state["sync"], "before": before[:-1]} if state["sync"] else {}
    _write(archive, match_id, camera, state["to_match"], state["timing"], former)
    return True


def export_file(archive: Archive, match_id: str, path: Path) -> None:
    """Write the present clocks of a match to a small file, as offsets to the camera that the time line follows.

    What was nudged by hand is in it as it stands. Raises ``BadValue`` where no angle was synchronised.
    """
    match = archive.match(match_id)
    known = saved(archive, match_id)
    if not known:
        raise BadValue("var.errors.nothing_synchronised", match=match.name)
    named = [each.reference for camera, each in known.items() if each.reference]
    reference = named[0] if named else match.clips[match.master].camera_id
    base = match.clip(reference).to_match
    estimates = {}
    for camera, each in known.items():
        if camera == reference or not each.used:
            continue
        to = match.clip(camera).to_match
        estimates[camera] = Estimate(
            Method.NUDGE if each.nudged_s else each.estimate.method,
            each.estimate.status,
            base.backward(to.offset_s),
            to.rate / base.rate,
            (to.sigma_s or 0.0) / float(base.rate),
            each.estimate.score,
            each.estimate.reason,
            each.estimate.facts,
        )
    offsets.write(path, reference, match.clips, estimates)


def import_file(archive: Archive, match_id: str, path: Path) -> list[str]:
    """Take the offsets of a file over to a match of the same recordings; returns the cameras whose clocks were set.

    Raises ``BadValue``, by the camera's name, where a recording is not the one of the file; then nothing is changed.
    """
    match = archive.match(match_id)
    given = offsets.read(path)
    for camera, digest in given.sha256.items():
        clip = match.clip(camera)
        if clip.sha256 != digest:
            raise BadValue("var.errors.other_recording", camera=clip.label, path=path.name)
    return save(archive, match_id, given.reference, given.estimates, weak=True)


def sync_work(home: Path, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """A job: synchronise and save. ``match``, ``reference`` (a camera), and perhaps ``method``, ``pairs`` (a document),
    ``weak``. Returns the cameras whose clocks were ``set`` and each one's ``status``."""
    from var.sync.pairs import read_pairs

    archive = Archive(home)
    options = {name: arguments[name] for name in ("source_m", "apart_m", "temperature_c") if name in arguments}
    found = find(
        archive,
        arguments["match"],
        arguments["reference"],
        arguments.get("method", "auto"),
        read_pairs(arguments["pairs"]) if arguments.get("pairs") else None,
        progress,
        **options,
    )
    done = save(archive, arguments["match"], arguments["reference"], found, weak=bool(arguments.get("weak")))
    return {
        "match": arguments["match"],
        "set": done,
        "cameras": {camera: offsets.numbers(each.estimate) for camera, each in found.items()},
    }
