"""The command ``touchline motion clip``: a stretch of a trial as a film with body, angles and a running curve."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import Any

from athletes.archive import Archive
from athletes.given_numbers import Number
from athletes.motion.naming import told_notes
from athletes.motion.trials import Trials
from touchline.cli import add_json, emit, progress, some_path
from touchline.files import data_home
from touchline.i18n import number, t


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``clip`` to ``touchline motion``."""
    clip = choices.add_parser("clip", help="write a stretch of a trial as a film with the body drawn in (MP4)")
    clip.add_argument("trial", help="id of the trial")
    clip.add_argument("-o", "--out", type=some_path, required=True, metavar="FILE", help="the file, .mp4")
    clip.add_argument("--camera", default="", metavar="ID", help="which camera's pictures (default: the first's)")
    clip.add_argument("--from", dest="since", action=Number, metavar="S", help="real seconds after its first frame")
    clip.add_argument("--to", dest="until", action=Number, metavar="S", help="real seconds after its first frame")
    clip.add_argument(
        "--slow", action=Number, default=1.0, metavar="N", help="how many times slower than real (default 1)"
    )
    clip.add_argument("--curve", default="", metavar="KEY", help="the curve under it, such as knee, hip, trunk")
    clip.set_defaults(run=_clip)
    add_json(clip)


@contextlib.contextmanager
def _ended_whole() -> Iterator[None]:
    """Who ends this process while the block runs ends it as Ctrl+C does: what was begun is taken away."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _clip(args: argparse.Namespace) -> int:
    from athletes.motion.clip import write_clip
    from athletes.motion.film import layer_of, opened, wanting

    trials = Trials(Archive(data_home()))
    with _ended_whole(), contextlib.closing(opened(trials, args.trial, args.camera)) as footage:
        stretch = (args.since, args.until)
        layer = layer_of(
            trials, args.trial, footage, args.camera, stretch=stretch, slow=args.slow, curve=args.curve, lang=args.lang
        )
        said = [0]

        def step(share: float) -> None:
            if int(share * 10) > said[0]:
                said[0] = int(share * 10)
                progress(f"{said[0] * 10} %")

        written = write_clip(args.out, footage, layer, comment=" · ".join(layer.about), step=step)
    document: dict[str, Any] = {
        "written": str(written.path),
        "bytes": written.path.stat().st_size,
        "trial": args.trial,
        "camera": layer.camera_id,
        "lang": args.lang,
        "first_frame": written.frames[0],
        "last_frame": written.frames[-1],
        "frames": len(written.frames),
        "slow": args.slow,
        "size_px": list(written.size_px),
        "length_s": written.length_s,
        "body": layer.track is not None,
        "curve": layer.curves[0].key if layer.curves else None,
        "simulated": layer.simulated,
        "notes": told_notes(wanting(layer.analysis), args.lang),
    }
    length = number(written.length_s, args.lang, 1)
    line = t(
        "athletes.motion_paper.clip_written", args.lang, path=written.path, frames=len(written.frames), length=length
    )
    emit(document, args, [line, *(note["detail"] for note in document["notes"])])
    return 0
