"""What is asked of the commands of training: lines that are answered, lines that are refused."""

from __future__ import annotations

from athletes.demo import ATHLETE_ID

ANSWERS: dict[str, list[str]] = {
    "load": ["load {loads}", "load {run} --athlete {runner} --rpe 4"],
    "motion measure": [
        "motion measure {followed} --movement cmj --height-m 1.75",
        "motion measure {followed} --movement run --length-px 0,0,900,0 --length-m 2.5 --treadmill-mps 3",
    ],
    "hrv": [
        "hrv {beats}",
        "hrv {beats} --correct --spectrum lomb_scargle --running",
        "hrv {run} --longest",
        "hrv {text}",
    ],
    "motion joints": ["motion joints"],
    "motion space": [
        "motion space --points a={seen_a} b={seen_b} --calibration {cameras} -o {drawn}",
        "motion space --points a={seen_a} b={seen_b} --calibration {cameras} --smooth 6 --constant-bones -o {drawn}",
    ],
    "motion export": [
        f"motion export {{moved}} --to {form} -o {{drawn}}" for form in ("trc", "mot", "c3d", "csv", "glb")
    ],
    "import": ["import {run} {text}", "import {run} --save --report {drawn}.csv --athlete " + ATHLETE_ID],
    "session list": ["session list", "session list --athlete " + ATHLETE_ID],
    "session show": ["session show {session}"],
    "session delete": ["session delete {session}"],
    "session restore": ["session restore {session}"],
    "motion list": ["motion list", "motion list --put-away"],
    "motion show": ["motion show {trial}"],
    "motion add": ["motion add {video} --movement cmj --name 'Bật nhảy' --day 2026-11-03 --height 1.72"],
    "motion measure-again": [
        "motion measure-again {trial}",
        "motion measure-again {trial} --camera cam1 --person 1 --length 10 10 10 76.7 1.0 --set cutoff_hz=8",
    ],
    "motion edit": [
        "motion edit {trial} --name 'Gánh đùi 2' --day 2026-11-04 --notes 'gối trái' --movement repetitions"
    ],
    "motion template": ["motion template {trial}", "motion template {trial} --take-back"],
    "motion compare": ["motion compare {trial} --beside {trial}"],
    "motion calibrate": ["motion calibrate {trial} {cameras} --camera cam1=a --fit cam1=scaled"],
    "motion remove": ["motion remove {trial}", "motion remove {trial} --for-good"],
    "motion restore": ["motion restore {trial}"],
    "motion report": [
        "motion report {trial} -o {absent}.pdf",
        "motion report {trial} -o {absent}.pdf --beside {trial}",
    ],
    "motion clip": ["motion clip {trial} --camera cam1 --from 1 --to 1.5 --slow 4 --curve hip -o {absent}.mp4"],
    "training report": [
        f"training report --athlete {ATHLETE_ID} --from 2026-03-01 --to 2026-03-07 --out {{absent}}.pdf",
        "training report --squad * --from 2026-03-01 --to 2026-03-07 --out {absent}.xlsx --no-diary",
    ],
    "athlete list": ["athlete list"],
    "athlete show": [f"athlete show {ATHLETE_ID}"],
    "athlete add": ["athlete add 'Lê Thị Ánh' --born 2012-02-29 --sex female --squad U15"],
    "athlete import": ["athlete import {people}"],
    "athlete export": [f"athlete export {ATHLETE_ID} --out {{absent}}.zip"],
    "athlete erase": [f"athlete erase {ATHLETE_ID} --yes"],
    "athlete consent": [
        f"athlete consent {ATHLETE_ID}",
        f"athlete consent {ATHLETE_ID} --give health --withdraw live --day 2026-01-10 --guardian 'Lê B' --relation mẹ",
        f"athlete consent {ATHLETE_ID} --give sharing --note 'hồ sơ 3' --child-agrees",
    ],
    "athlete access": [f"athlete access {ATHLETE_ID}"],
    "athlete rules": ["athlete rules", "athlete rules --consent require --guardian-under 18 --least-athletes 8"],
    "athlete months": ["athlete months"],
    "athlete seal": ["athlete seal"],
    "session export": [
        "session export {session} --format csv --out {absent}",
        "session export {session} --out {absent}",
    ],
}
"""Lines that are answered; ``{name}`` stands for a file of ``commands_files.files``."""
ELSEWHERE: set[str] = {
    "motion clocks",  # needs two cameras: tests/athletes/test_motion_rig_command.py holds its document
    "motion analyse",  # needs a model: tests/athletes/test_motion_analyse.py holds its documents
    "motion run",  # needs a pose model: tests/athletes/test_motion_commands.py holds its document
}
"""Commands that need more than a small data folder, and which test holds their documents."""
REFUSALS: dict[str, str] = {
    "motion analyse": "motion analyse {text} -o {drawn}.npz",
    "motion space": "motion space --points a={seen_a} --calibration {cameras} -o {drawn}",
    "motion export": "motion export {text} --to trc -o {drawn}",
    "load": "load {text}",
    "import": "import {absent}",
    "hrv": "hrv {absent}",
    "motion measure": "motion measure {text} --movement squat",
    "session list": "session list --athlete nobody",
    "session show": "session show nothing",
    "session delete": "session delete nothing",
    "session restore": "session restore nothing",
    "motion list": "motion list --athlete nothing",
    "motion show": "motion show nothing",
    "motion add": "motion add {text} --movement cmj",
    "motion run": "motion run nothing",
    "motion measure-again": "motion measure-again nothing",
    "motion edit": "motion edit nothing",
    "motion template": "motion template nothing",
    "motion compare": "motion compare {trial}",
    "motion clocks": "motion clocks {trial}",
    "motion calibrate": "motion calibrate {trial} {text}",
    "motion remove": "motion remove nothing",
    "motion restore": "motion restore nothing",
    "motion report": "motion report nothing -o {absent}.pdf",
    "motion clip": "motion clip nothing -o {absent}.mp4",
    "training report": f"training report --athlete {ATHLETE_ID} --out {{absent}}.docx",
    "athlete list": "athlete list",
    "athlete show": "athlete show nothing",
    "athlete add": "athlete add ' '",
    "athlete import": "athlete import {text}",
    "athlete export": "athlete export nothing --out {absent}",
    "athlete erase": f"athlete erase {ATHLETE_ID}",
    "athlete consent": "athlete consent nothing",
    "athlete access": "athlete access nothing",
    "athlete rules": "athlete rules --least-athletes 2",
    "athlete months": "athlete months",
    "athlete seal": "athlete seal",
    "session export": "session export nothing --out {absent}",
}
"""A line of each command that is refused."""
NEVER_REFUSES: set[str] = {
    "motion joints",
}
WITHOUT_A_FOLDER: set[str] = {
    "athlete list",
    "athlete access",
    "athlete months",
    "athlete seal",
}
"""They are refused where the data folder is none."""
