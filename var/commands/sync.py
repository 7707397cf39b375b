"""``touchline sync``: one clock for several recordings, of files or of a match, with what it rests on."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, read_json
from touchline.errors import BadValue, TouchlineError
from touchline.files import data_home
from touchline.i18n import LANGUAGES, number, t
from touchline.measure import Z95
from var.commands.match import Bar
from var.sync.auto import Found
from var.sync.distance import Distance
from var.sync.model import Estimate, Material, Method, Status
from var.sync.offsets import numbers
from var.sync.wording import method_text, reason_of, reason_text, status_text

_METHODS = ("auto", *(method.value for method in Method if method is not Method.NUDGE))


def _place(text: str) -> tuple[float, float]:
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form 12.5,-30")
    return float(found[1]), float(found[2])


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline sync REF CLIP...`` and ``touchline sync --match MATCH``."""
    add_json(parser)
    add = parser.add_argument
    add("ref", metavar="REF", nargs="?", help="the recording whose clock counts: video or sound")
    add("clip", metavar="CLIP", nargs="*", help="the recordings to synchronise with it")
    add("--method", choices=_METHODS, default="auto", help="one method only (default: auto, in the order of trust)")
    add("--calibration", action="append", default=[], metavar="FILE", help="one a recording, in order, REF first")
    add("--pairs", metavar="FILE", help="JSON file with pairs of instants or readings of the match clock")
    add("--source", type=_place, metavar="X,Y", help="where on the pitch the sound came from, in metres")
    add("--apart", type=float, metavar="METRES", help="how far apart the cameras stand at most, where not calibrated")
    add("--temperature", type=float, default=20.0, metavar="C", help="of the air, for the speed of sound (default: 20)")
    add(
        "--around",
        type=float,
        metavar="SECONDS",
        help="movement: about what the offset is (default: 0, or found)",
    )
    add("--within", type=float, metavar="SECONDS", help="movement: and no further away from it than this (default: 10)")
    add("--nudge", action="append", default=[], metavar="CLIP=BY", help="move a clip by hand: +12ms, -3f, later is +")
    add("--match", metavar="MATCH", help="synchronise the angles of a match instead of files")
    add("--reference", metavar="CAM", help="the angle whose clock counts (default: the one the time line follows)")
    add("--save", action="store_true", help="keep the offsets with the match")
    add("--weak", action="store_true", help="with --save: keep weak ones too; somebody has looked at them")
    add("--undo", action="append", default=[], metavar="CAM", help="take back the last change of an angle's clock")
    add("--export", metavar="FILE", help="write the match's offsets to a small file")
    add("--import", metavar="FILE", dest="taken", help="take the offsets of a file over to the match")
    parser.set_defaults(run=_sync)


def _sync(args: argparse.Namespace) -> int:
    if args.apart is not None and not 0 <= args.apart <= 10_000:
        raise BadValue("var.errors.bad_distance", value=args.apart)
    from var.sync.motion import MOST_WITHIN_S

    for value, least, most in ((args.around, -86_400, 86_400), (args.within, 0.1, MOST_WITHIN_S)):
        if value is not None and not least <= value <= most:
            raise BadValue("var.errors.bad_search", value=value, least=least, most=most)
    return _match(args) if args.match else _files(args)


def _pairs(args: argparse.Namespace) -> Any:
    if not args.pairs:
        return None
    from var.sync.pairs import read_pairs

    return read_pairs(read_json(args.pairs))


def _named(pairs: Any, recordings: Sequence[tuple[Path, str, str]]) -> None:
    """Refuse pairs of what is none of the recordings, each a path, a label and a camera ("" for none)."""
    from var.sync.pairs import names_of, none_unknown

    names = {name for path, label, camera in recordings for name in (camera, *names_of(path, label))}
    none_unknown(pairs or {}, names - {""})


def _options(args: argparse.Namespace) -> dict[str, Any]:
    search = {"prior_s": args.around, "search_s": args.within}
    return {name: value for name, value in search.items() if value is not None} | {
        "pairs": _pairs(args),
        "source_m": args.source,
        "apart_m": args.apart,
        "temperature_c": args.temperature,
    }


def _files(args: argparse.Namespace) -> int:
    from var.measure.calibration import Calibration
    from var.sync.auto import auto, run
    from var.sync.distance import sound_mps
    from var.sync.material import material

    given = len(args.clip) + 1
    if args.ref is None or not args.clip:
        raise BadValue("var.errors.sync_needs")
    if args.calibration and len(args.calibration) != given:
        raise BadValue("var.errors.calibration_count", given=len(args.calibration), needed=given)
    sound_mps(args.temperature)
    nudges = dict(_nudge(text) for text in args.nudge)
    _known(nudges, [*args.clip, *(str(k + 1) for k in range(len(args.clip)))])
    cameras: list[Calibration | None] = [Calibration.from_document(read_json(path)) for path in args.calibration]
    cameras = cameras or [None] * given
    options = _options(args)
    _named(options["pairs"], [(Path(path), "", "") for path in (args.ref, *args.clip)])
    reference = material(Path(args.ref), cameras[0])
    found: list[Found] = []
    bar = Bar()
    for k, path in enumerate(args.clip):

        def told(share: float, name: str, k: int = k, path: str = path) -> None:
            bar((k + share) / len(args.clip), f"{Path(path).name} {name}".strip())

        own: Material | None = None
        try:
            own = material(Path(path), cameras[k + 1])
        except TouchlineError as refusal:  # one bad file never stops the others
            texts = {lang: f"{refusal.detail(lang)} {refusal.hint(lang)}" for lang in LANGUAGES}
            method = Method.AUDIO if args.method == "auto" else Method(args.method)
            each = Found(Estimate.failed(method, "unreadable", **texts))
        else:
            if args.method == "auto":
                each = auto(reference, own, progress=told, **options)
            else:
                each = Found(run(Method(args.method), reference, own, told, **options))
        by = nudges.get(path) or nudges.get(str(k + 1))
        found.append(_nudged(each, by, reference, own) if by and own else each)
    rows = [_row(path, each, args.lang) for path, each in zip(args.clip, found, strict=True)]
    lines = [t("var.sync.header", args.lang, name=args.ref)]
    for path, each in zip(args.clip, found, strict=True):
        lines += _lines(path, each, args.lang)
    emit({"reference": args.ref, "clips": rows}, args, lines)
    return 0


def _nudge(text: str) -> tuple[str, tuple[int, Fraction]]:
    """Which clip is moved, and by how many of its frames and milliseconds."""
    found = re.fullmatch(r"(.+)=((?:[+-]\d+(?:\.\d+)?(?:ms|f))+)", text)
    if not found:
        raise BadValue("var.errors.bad_nudge", text=text)
    frames, ms = 0, Fraction(0)
    for amount, unit in re.findall(r"([+-]\d+(?:\.\d+)?)(ms|f)", found[2]):
        if unit == "f" and "." in amount:
            raise BadValue("var.errors.bad_nudge", text=text)
        frames += int(amount) if unit == "f" else 0
        ms += Fraction(amount) if unit == "ms" else 0
    return found[1], (frames, ms)


def _known(nudges: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in nudges:
        if name not in names:
            raise BadValue("var.errors.bad_nudge", text=name)


def _nudged(found: Found, by: tuple[int, Fraction], reference: Material, own: Material) -> Found:
    """An estimate moved by hand, as exact as a person's eye, and checked anew; one that failed had no start to move, so
    it becomes the hand's alone, from a common start on, and somebody must look."""
    from var.sync.auto import checked, contradicted
    from var.sync.material import frame_s
    from var.sync.pairs import HALF_FRAME_SIGMA

    one_s = Fraction(frame_s(own)).limit_denominator(10**6)
    by_s = by[0] * one_s + by[1] / 1000
    before, eye_s = found.estimate, HALF_FRAME_SIGMA * float(one_s)
    facts = {**before.facts, "nudged_s": float(by_s), "nudged": before.method.value}
    others = [check.estimate for check in found.checks]
    if before.offset_s is None or before.sigma_s is None:
        moved = Estimate(Method.NUDGE, Status.WEAK, by_s, Fraction(1), eye_s, None, "by_hand", facts)
        return Found(moved, checked(reference, own, moved, others))
    sigma = math.hypot(before.sigma_s, eye_s)
    facts |= {"sigma_ms": round(sigma * 1000, 1)}
    offset = before.offset_s + by_s
    moved = replace(before, method=Method.NUDGE, offset_s=offset, sigma_s=sigma, facts=facts)
    if moved.reason == "disagreement":  # as it was found; where it stands now, the checks say anew
        moved = replace(moved, status=Status.OK, reason="")
    checks = checked(reference, own, moved, others)
    return Found(contradicted(moved, checks) or moved, checks)


def _match(args: argparse.Namespace) -> int:
    from var.archive import Archive
    from var.sync import saved

    archive = Archive(data_home())
    match = archive.match(args.match)
    reference = args.reference or match.clips[match.master].camera_id
    match.clip(reference)
    lang = args.lang
    nudges = dict(_nudge(text) for text in args.nudge)
    for camera in (*nudges, *args.undo):
        match.clip(camera)
    found: dict[str, Found] = {}
    kept: list[str] = []
    lines: list[str] = []
    if args.taken:
        kept = saved.import_file(archive, match.id, Path(args.taken))
    elif args.save or not (nudges or args.undo or args.export):
        options = _options(args)
        pairs = options.pop("pairs")
        _named(pairs, [(clip.path, clip.label, clip.camera_id) for clip in match.clips])
        found = saved.find(archive, match.id, reference, args.method, pairs, Bar(), **options)
        kept = saved.save(archive, match.id, reference, found, weak=args.weak) if args.save else []
    for camera in args.undo:
        done = saved.undo(archive, match.id, camera)
        lines.append(t("var.sync.undone" if done else "var.sync.nothing_to_undo", lang, camera=camera))
    for camera, (frames, ms) in nudges.items():
        saved.nudge(archive, match.id, camera, frames, float(ms))
        kept.append(camera)
    if args.export:
        saved.export_file(archive, match.id, Path(args.export))
        lines.append(t("var.sync.written", lang, path=args.export))
    after = archive.match(match.id)
    if not found:
        found = {camera: Found(each.estimate) for camera, each in saved.saved(archive, match.id).items()}
        found.pop(reference, None)
    rows = [
        {
            "camera": camera,
            **_row(str(after.clip(camera).path), each, lang),
            "to_match": after.clip(camera).to_match.document(),
        }
        for camera, each in found.items()
    ]
    head = [t("var.sync.header", lang, name=reference)]
    body = [line for camera, each in found.items() for line in _lines(camera, each, lang)]
    if kept:
        lines.append(t("var.sync.set_clocks", lang, cameras=", ".join(kept)))
    document = {
        "reference": str(after.clip(reference).path),
        "match": match.id,
        "reference_camera": reference,
        "clips": rows,
        "saved": kept,
    }
    emit(document, args, [*head, *body, *lines])
    return 0


def _row(path: str, found: Found, lang: str) -> dict[str, Any]:
    checks = [
        {**{name: value for name, value in check.items() if name != "facts"}, "reason": _why(check, lang)}
        for check in found.document
    ]
    return {
        "path": path,
        **numbers(found.estimate),
        "reason": reason_text(found.estimate, lang),
        "crosscheck": checks,
        "facts": {name: value for name, value in found.estimate.facts.items() if name not in LANGUAGES},
    }


def _why(check: Mapping[str, Any], lang: str) -> str | None:
    return reason_of(check["reason"] or "", check["facts"], lang)


def _lines(name: str, found: Found, lang: str) -> list[str]:
    best = found.estimate
    status = status_text(best.status, lang)
    if best.offset_s is None or best.rate is None or best.sigma_s is None:
        lines = [t("var.sync.failed", lang, name=name, status=status)]
    else:
        lines = [
            t(
                "var.sync.row",
                lang,
                name=name,
                offset=number(float(best.offset_s), lang, 4, sign=True),
                sigma=number(Z95 * best.sigma_s * 1000, lang, 2),
                drift=number(float(best.rate - 1) * 1e6, lang, 1, sign=True),
                method=method_text(best.method, lang),
                status=status,
            )
        ]
    if why := reason_text(best, lang):
        lines.append(t("var.sync.why", lang, reason=why))
    if best.facts.get("distance") == Distance.UNKNOWN.value:
        lines.append(t("var.sync.distance", lang))
    for check in found.document:
        method = method_text(check["method"], lang)
        if check["difference_s"] is None:
            lines.append(t("var.sync.silent_check", lang, method=method, reason=_why(check, lang) or ""))
        else:
            lines.append(
                t(
                    "var.sync.checked",
                    lang,
                    method=method,
                    offset=number(check["offset_s"], lang, 4, sign=True),
                    sigma=number(Z95 * check["sigma_s"] * 1000, lang, 2),
                    difference=number(check["difference_s"] * 1000, lang, 2, sign=True),
                    status=status_text(check["status"], lang),
                )
            )
    return lines
