"""Training files in: the fixtures beside fitdecode alone, and a folder of 10,000 made files kept, ended, gone on with.

``python benchmarks/imports.py [--files N] [--jobs N] [--rounds N] [--fixtures FOLDER] [--work FOLDER]`` prints JSON.
Times of the fixtures are processor time, in turns in one run; those of the folder are of the wall.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT.parent / "shared" / "fixtures"
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
BEGIN = datetime(2022, 1, 1, 6, tzinfo=UTC)
SAMPLES = 600
COMMAND = "import sys; from touchline.cli import main; sys.exit(main())"


def crc(data: bytes) -> int:
    value = 0
    table = [0, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400]  # fmt: skip  # noqa: E501
    for byte in data:
        for nibble in (byte & 15, byte >> 4):
            value = (value >> 4) ^ table[value & 15] ^ table[nibble]
    return value


def definition(local: int, message: int, fields: list[tuple[int, int, int]]) -> bytes:
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields))
    return head + b"".join(struct.pack("<BBB", *field) for field in fields)


def fit(start: datetime, rates: list[int]) -> bytes:
    at = int((start - FIT_EPOCH).total_seconds())
    body = definition(0, 0, [(0, 1, 0)]) + b"\x00\x04"
    body += definition(1, 20, [(253, 4, 0x86), (3, 1, 2), (6, 2, 0x84), (5, 4, 0x86)])
    body += b"".join(struct.pack("<BIBHI", 1, at + i, bpm, 3000 + bpm, 300 * i) for i, bpm in enumerate(rates))
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", crc(head))
    return head + body + struct.pack("<H", crc(head + body))


def tcx(start: datetime, rates: list[int]) -> bytes:
    points = "".join(
        f"<Trackpoint><Time>{start + timedelta(seconds=i):%Y-%m-%dT%H:%M:%SZ}</Time><DistanceMeters>{3 * i}"
        f"</DistanceMeters><HeartRateBpm><Value>{bpm}</Value></HeartRateBpm></Trackpoint>"
        for i, bpm in enumerate(rates)
    )
    space = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
    return (
        f'<TrainingCenterDatabase xmlns="{space}"><Activities><Activity Sport="Running"><Lap>'
        f"<Track>{points}</Track></Lap></Activity></Activities></TrainingCenterDatabase>"
    ).encode()


def gpx(start: datetime, rates: list[int]) -> bytes:
    points = "".join(
        f'<trkpt lat="{16.46 + i * 2e-5:.6f}" lon="107.59">'
        f"<time>{start + timedelta(seconds=i):%Y-%m-%dT%H:%M:%SZ}</time><extensions><hr>{bpm}</hr></extensions></trkpt>"
        for i, bpm in enumerate(rates)
    )
    return f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'.encode()


def table(start: datetime, rates: list[int]) -> bytes:
    begin = int(start.timestamp())
    rows = "".join(f"{begin + i};{bpm};{10 + bpm / 100:.2f}\n".replace(".", ",") for i, bpm in enumerate(rates))
    return ("Thời gian;Nhịp tim;Tốc độ [km/h]\n" + rows).encode()


def intervals(_: datetime, rates: list[int]) -> bytes:
    return "".join(f"{60000 / bpm:.0f}\n" for bpm in rates).encode()


FORMS = [("fit", fit, 50), ("tcx", tcx, 15), ("gpx", gpx, 12), ("csv", table, 13), ("txt", intervals, 5)]


def make_folder(folder: Path, count: int) -> dict[str, int]:
    """``count`` files in folders of 500: plausible sessions, one in twenty damaged, one in a hundred a copy."""
    rng = random.Random(8)
    made = {"files": count, "damaged": 0, "copies": 0, "bytes": 0}
    last = b""
    for number in range(count):
        start = BEGIN + timedelta(hours=4 * number, seconds=rng.randrange(600))
        bpm, rates = 110.0, []
        for _ in range(SAMPLES):
            bpm = min(190.0, max(85.0, bpm + rng.gauss(0.05, 1.5)))
            rates.append(round(bpm))
        suffix, write, _ = rng.choices(FORMS, [share for *_, share in FORMS])[0]
        data = write(start, rates)
        if number % 100 == 99:
            data, made["copies"] = last, made["copies"] + 1
        elif number % 20 == 7:
            data, made["damaged"] = data[: rng.randrange(len(data))], made["damaged"] + 1
        last = data
        path = folder / f"{number // 500:03}" / f"{number:05}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        made["bytes"] += len(data)
    return made


def fixtures(folder: Path, rounds: int) -> dict[str, Any]:
    """Processor time for all real FIT files, in turns: fitdecode alone, its values only looked at, and our import."""
    import fitdecode

    from athletes.importers import read
    from touchline.errors import BadFile

    files = [path.read_bytes() for path in sorted(folder.glob("*.fit"))]

    def alone(data: bytes) -> None:
        try:
            with fitdecode.FitReader(data) as reader:
                for frame in reader:
                    if isinstance(frame, fitdecode.FitDataMessage) and frame.name == "record":
                        frame.get_value("heart_rate", fallback=None)
        except fitdecode.FitError:
            pass

    def ours(data: bytes) -> None:
        with contextlib.suppress(BadFile):
            read(data, "x.fit")

    times: dict[str, list[float]] = {"fitdecode": [], "touchline": []}
    for _ in range(rounds):
        for name, act in (("fitdecode", alone), ("touchline", ours)):
            began = time.process_time()
            for data in files:
                act(data)
            times[name].append(time.process_time() - began)
    ratios = [mine / theirs for mine, theirs in zip(times["touchline"], times["fitdecode"], strict=True)]
    return {
        "files": len(files),
        "fitdecode_s": round(statistics.median(times["fitdecode"]), 3),
        "touchline_s": round(statistics.median(times["touchline"]), 3),
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
    }


def run_import(folder: Path, home: Path, jobs: int, stop_after: int | None = None) -> dict[str, Any]:
    """One run of the command; ended hard (SIGKILL) once ``stop_after`` sessions are kept."""
    words = [sys.executable, "-c", COMMAND, "import", str(folder), "--save", "--jobs", str(jobs), "--json"]
    out = home.parent / "out.json"
    began = time.monotonic()
    with out.open("wb") as answer, (home.parent / "err.txt").open("wb") as said:
        process = subprocess.Popen(
            words, env={**os.environ, "TOUCHLINE_HOME": str(home)}, stdout=answer, stderr=said, start_new_session=True
        )
        journal = home / "training" / "imports.jsonl"
        while process.poll() is None:
            if stop_after is not None and journal.exists() and journal.read_bytes().count(b"\n") >= stop_after:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.2)
    seconds = time.monotonic() - began
    if stop_after is not None:
        return {"killed_after_s": round(seconds, 1)}
    documents = json.loads(out.read_bytes())
    statuses = {name: sum(one["status"] == name for one in documents) for name in ("ok", "repaired", "refused")}
    return {
        "seconds": round(seconds, 1),
        "files_a_second": round(len(documents) / seconds, 1),
        **statuses,
        "already_there": sum(bool(one.get("already_there")) for one in documents),
        "same_bytes": sum("duplicate_of" in one for one in documents),
    }


def made_files(args: argparse.Namespace) -> dict[str, Any]:
    """A made folder: its import ended hard in the middle, gone on with, and given once more."""
    document: dict[str, Any] = {"jobs": args.jobs}
    with tempfile.TemporaryDirectory(dir=args.work) as work:
        folder, home = Path(work) / "files", Path(work) / "home"
        folder.mkdir()
        document["made"] = make_folder(folder, args.files)
        document["killed"] = run_import(folder, home, args.jobs, stop_after=args.files // 2)
        document["gone_on"] = run_import(folder, home, args.jobs)
        document["again"] = run_import(folder, home, args.jobs)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return document | {"largest_process_mb": round(usage.ru_maxrss / 1024)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    document: dict[str, Any] = {"cores": os.cpu_count(), "load": [round(load, 1) for load in os.getloadavg()]}
    real = args.fixtures / "fit_mit"
    if real.exists():
        document["fixtures"] = fixtures(real, args.rounds)
    else:
        document["fixtures"] = f"skipped: {real} is not there"
    if args.files:
        document |= made_files(args)
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
