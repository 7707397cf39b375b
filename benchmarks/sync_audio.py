"""How well and how fast sound synchronises recordings, beside audio-offset-finder on the same files.

    python benchmarks/sync_audio.py [FILE FILE OFFSET_S] [--peer PYTHON] [--minutes 10] [--json]

Without files it makes its own: a crowd with whistles, the same later, with a drift and with noise, and one of another
place; what they are off by is known. ``--peer`` names the Python of an environment of its own in which
audio-offset-finder (Apache-2.0) is installed; without it only this project's side is measured, and the answer says so.
Errors and times are given side by side and as ratios (ours / theirs) from one run. The other program finds one offset
to its hop of 8 ms and no rate; its error is taken at the start of the clip.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "var")]

from sync_sounds import crowd, heard, noisy, write_wav  # noqa: E402

from var.sync.audio import estimate  # noqa: E402
from var.sync.hearing import forget  # noqa: E402
from var.sync.material import material  # noqa: E402
from var.sync.model import Status  # noqa: E402

PEER = """
import json, sys, time
from audio_offset_finder.audio_offset_finder import find_offset_between_files
began = time.perf_counter()
found = find_offset_between_files(sys.argv[1], sys.argv[2], trim=int(sys.argv[3]))
print(json.dumps({"offset_s": float(found["time_offset"]), "score": float(found["standard_score"]),
                  "seconds": time.perf_counter() - began}))
"""


def cases(folder: Path, minutes: float) -> list[tuple[str, Path, Path, float | None, float]]:
    """Name, two files, offset (None: they share nothing) and rate."""
    whole = crowd(60 * minutes + 40, 1)
    first = write_wav(folder / "reference.wav", whole)
    length = 60 * minutes
    loud = write_wav(folder / "noisy_reference.wav", noisy(whole, 5, 0))
    made = {
        "clean": (first, heard(whole, 23.4567, length), 23.4567, 1.0),
        "drift_50_ppm": (first, heard(whole, 17.6543, length, rate=1 + 50e-6), 17.6543, 1 + 50e-6),
        "noise_0_db": (loud, noisy(heard(whole, 12.3457, length), 6, 0), 12.3457, 1.0),
        "unrelated": (first, crowd(length, 90), None, 1.0),
    }
    return [
        (name, reference, write_wav(folder / f"{name}.wav", sound), offset, rate)
        for name, (reference, sound, offset, rate) in made.items()
    ]


def ours(reference: Path, clip: Path, offset_s: float | None, rate: float) -> dict[str, Any]:
    """What this project finds: error in milliseconds at the clip's start, of the rate in millionths, time of work."""
    forget()
    began = time.perf_counter()
    found = estimate(material(reference), material(clip), apart_m=0.0)
    seconds = time.perf_counter() - began
    known = offset_s is not None and found.offset_s is not None and found.rate is not None
    return {
        "status": found.status.value,
        "error_ms": abs(float(found.offset_s or 0) - (offset_s or 0)) * 1000 if known else None,
        "rate_error_ppm": abs(float(found.rate or 0) - rate) * 1e6 if known else None,
        "sigma_ms": None if found.sigma_s is None else found.sigma_s * 1000,
        "false_offset": offset_s is None and found.status is not Status.FAILED,
        "seconds": seconds,
    }


def theirs(python: str, reference: Path, clip: Path, offset_s: float | None, trim_s: float) -> dict[str, Any]:
    """The same from audio-offset-finder; it calls a score below 10 unreliable (its manual)."""
    done = subprocess.run(
        [python, "-c", PEER, str(reference), str(clip), str(round(trim_s))],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    found = json.loads(done.stdout.splitlines()[-1])
    error = None if offset_s is None else abs(found["offset_s"] - offset_s) * 1000
    return {
        "error_ms": error,
        "score": found["score"],
        "false_offset": offset_s is None and found["score"] >= 10,
        "seconds": found["seconds"],
    }


def has_peer(python: str | None) -> bool:
    """Whether ``python`` can import the other program."""
    if python is None:
        return False
    try:
        done = subprocess.run([python, "-c", "import audio_offset_finder"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE FILE OFFSET_S", help="a pair whose offset is known")
    parser.add_argument("--peer", metavar="PYTHON", help="Python with audio-offset-finder")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", action="store_true", help="kept for likeness: the answer is always JSON")
    asked = parser.parse_args()
    if len(asked.files) not in (0, 3):
        parser.error("two files and their offset, or none")
    peer = asked.peer if has_peer(asked.peer) else None
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if asked.files:
            first, second, offset = asked.files
            todo = [("given", Path(first), Path(second), float(offset), 1.0)]
        else:
            todo = cases(Path(folder), asked.minutes)
        for name, reference, clip, offset_s, rate in todo:
            mine = ours(reference, clip, offset_s, rate)
            row: dict[str, Any] = {"ours": mine}
            if peer is not None:
                other = row["audio_offset_finder"] = theirs(peer, reference, clip, offset_s, 60 * asked.minutes + 60)
                if "seconds" in other:
                    row["time_ratio"] = mine["seconds"] / other["seconds"]
                if mine["error_ms"] is not None and other.get("error_ms"):
                    row["error_ratio"] = mine["error_ms"] / other["error_ms"]
            result[name] = row
    answer = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "numpy": np.__version__,
        "peer": "audio-offset-finder" if peer else "skipped: audio-offset-finder is not installed (--peer PYTHON)",
        **result,
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
