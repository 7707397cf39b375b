"""What is asked of the commands of the review: lines that are answered, lines that are refused."""

from __future__ import annotations

from commands_installed import DATASET, DEMO, FOUL

ANSWERS: dict[str, list[str]] = {
    "retention show": ["retention show"],
    "retention set": ["retention set media_quiet=90 reports=off --automatic no", "retention set"],
    "retention hold": [f"retention hold {DEMO} --reason 'khiếu nại ngày 12/3' --by Lan"],
    "retention release": [f"retention release {DEMO}"],
    "retention run": ["retention run", "retention run --yes"],
    "verify": ["verify {ledger}", "verify {changed}", "verify {text}"],  # tests/var/test_verify_*.py hold packages
    "match new": ["match new Huế {video} {text}", "match new Huế {text}"],
    "match add": [f"match add {DEMO} {{video}} {{text}}", f"match add {DEMO} {{text}}"],
    "match list": ["match list"],
    "match show": [f"match show {DEMO}"],
    "match report": [f"match report {DEMO} --no-sign --out {{absent}}"],  # its recordings are not there
    "match delete": [f"match delete {DEMO}", f"match delete {DEMO} --yes"],
    "match restore": [f"match restore {DEMO}"],
    "tournament new": ["tournament new 'Cúp Tỉnh' --season 2027 --team 'Huế; HUE; #7b2cbf' --official 'Lê A; referee'"],
    "tournament list": ["tournament list", "tournament list --put-away"],
    "tournament show": ["tournament show cup", "tournament show cup --version 1"],
    "tournament edit": ["tournament edit cup --note 'mưa' --team 'Huế; ; #ffffff' --remove-team DNG"],
    "tournament add": [f"tournament add cup {DEMO} --round 1 --official 'Lê A'", f"tournament add cup {DEMO} {FOUL}"],
    "tournament remove": [f"tournament remove cup {DATASET}"],
    "tournament fixtures": ["tournament fixtures cup {fixtures} --new-teams"],
    "tournament undo": ["tournament undo cup", "tournament undo cup --to 1"],
    "tournament put-away": ["tournament put-away cup", "tournament put-away cup --for-good"],
    "tournament restore": ["tournament restore cup"],
    "tournament incidents": [
        "tournament incidents cup --out {picture}.xlsx",
        f"tournament incidents --match {DEMO}",
        "tournament incidents --all --out {picture}.csv",
    ],
    "match export": [f"match export {DEMO} --out {{absent}} --no-media --folder"],
    "match check": [f"match check {DEMO}"],
    "datasets list": ["datasets list"],
    "datasets get": [f"datasets get {DATASET}"],
    "match marks": [f"match marks {DEMO} cam1"],  # nothing is marked; tests/var/test_marked.py holds the marks
    "incident scene": [f"incident scene {DEMO} 1"],
    "frame": ["frame {video} --frame 3 --out {picture}"],  # tests/var/test_marked.py holds a match's frame
    "incident list": [f"incident list {DEMO}", f"incident list {DATASET}"],
    "signing show": ["signing show"],
    "signing set": ["signing set --timestamp http://127.0.0.1:9/", "signing set --timestamp ''"],
    "signing test": ["signing test"],
    "people": ["people {video} --frame 3 --pose none"],  # tests/var/test_assist_models.py holds the answer to players
    "lens": ["lens {text}"],  # tests/var/test_lens.py holds the answer to real pictures
    "calibrate": [
        "calibrate {marks} --picture-size 1920x1080",
        "calibrate {marks} --picture-size 1920x1080 --crown estimate",
        "calibrate {few} --picture-size 1920x1080",
    ],
    "bundle": ["bundle {views}"],
    "follow": [
        "follow {video} {camera} --frame 0",
        "follow {text} {camera} --frame 0",
    ],  # tests/var/test_pan.py follows
    "project": ["project {camera} --points {points}"],
    "ground": ["ground {camera} --pixels {pixels}"],
    "offside": ["offside {scene}", "offside {blind}"],
    "goal-line": ["goal-line {ball}"],
    "scene": ["scene {scene}", "scene {blind}", "scene {scene} --simulated --out {drawn}"],
    "area": ["area {foul}"],
    "foul import": ["foul import {fouls}", "foul import {mvfoul}", "foul import {mvfoul} --strict"],
    "foul export": [f"foul export {FOUL} --out {{absent}}"],
    "foul review": [f"foul review {FOUL} 1", f"foul review {DEMO} 1 --before 2"],
    "foul label": [f"foul label {FOUL} 1 Severity 1.0 --by Ánh", f"foul label {FOUL} 1 Severity 1.0"],
    "capture": ["capture Huế --camera 'Giữa sân={video}' --for 20"],
    "sync": ["sync {video} {video} {text}", "sync {video} {text} --method audio"],
    "bookmarks": [f"bookmarks {DEMO}", f"bookmarks {DEMO} --add 0.5 --tag offside --note 'số 9'"],
    "looks": [f"looks {DEMO}"],
    "reviews": [f"reviews {DEMO}"],  # tests/var/test_reviews_kept.py holds reviews
    "rules list": ["rules list", "rules list --sport football --date 2026-11-29", "rules list --date 1999-01-01"],
    "rules check": ["rules check {pack}", "rules check {text}"],
}
"""Lines that are answered; ``{name}`` stands for a file of ``commands_files.files``."""
ELSEWHERE: set[str] = {
    "incident export",  # writes a report with clips: tests/var/test_export_archive.py holds its document
    "match import",  # needs a package: tests/var/test_transfer.py holds its document, and that of
    "match add-media",
    "serve",  # answers until it is ended: tests/var/test_serve.py holds its document
}
"""Commands that need more than a small data folder, and which test holds their documents."""
REFUSALS: dict[str, str] = {
    "retention show": "retention show",
    "retention set": "retention set media=0",
    "retention hold": "retention hold nothing --reason x",
    "retention release": "retention release nothing",
    "retention run": "retention run",
    "verify": "verify {absent}",
    "match new": "match new Huế {absent}",
    "match add": "match add nothing {video}",
    "match list": "match list",
    "match show": "match show nothing",
    "match report": "match report nothing --out {absent}",
    "match delete": "match delete nothing",
    "match restore": "match restore nothing",
    "tournament new": "tournament new ''",
    "tournament list": "tournament list",
    "tournament show": "tournament show nothing",
    "tournament edit": "tournament edit cup --starts 2026-13-01",
    "tournament add": "tournament add cup nothing",
    "tournament remove": f"tournament remove cup {DEMO}",
    "tournament fixtures": "tournament fixtures cup {fixtures}",
    "tournament undo": "tournament undo cup --to 99",
    "tournament put-away": "tournament put-away nothing",
    "tournament restore": "tournament restore nothing",
    "tournament incidents": "tournament incidents",
    "match export": "match export nothing --out {absent}",
    "match import": "match import {text}",
    "match add-media": f"match add-media {DEMO} {{text}}",
    "match check": "match check nothing",
    "datasets get": "datasets get nothing",
    "incident list": "incident list nothing",
    "match marks": f"match marks {DEMO} cam2",
    "incident scene": f"incident scene {DEMO} 2",
    "frame": "frame {video} --frame 900 --out {picture}",
    "incident export": "incident export nothing 1 --out {absent}",
    "signing show": "signing show",
    "signing set": "signing set --timestamp ftp://tsa.example/",
    "signing test": "signing test",
    "people": "people {text}",
    "lens": "lens {text}",
    "calibrate": "calibrate {few} --picture-size 1920x1080",
    "follow": "follow {video} {camera} --frame 900",
    "bundle": "bundle {text}",
    "project": "project {camera} --points {absent}",
    "ground": "ground {absent} --pixels {pixels}",
    "offside": "offside {text}",
    "goal-line": "goal-line {text}",
    "scene": "scene {scene} --out {absent}.gif",
    "area": "area {text}",
    "foul import": "foul import {text}",
    "foul export": "foul export nothing --out {absent}",
    "foul review": f"foul review {FOUL} 7",
    "foul label": f"foul label {FOUL} 1 Severity 9.0",
    "capture": "capture nothing --status",
    "sync": "sync {absent} {absent}",
    "serve": "serve --port 99999",
    "bookmarks": "bookmarks nothing",
    "looks": "looks nothing",
    "reviews": f"reviews {DEMO} --case r-1",
    "rules list": "rules list --sport nothing",
    "rules check": "rules check {text}",
}
"""A line of each command that is refused."""
NEVER_REFUSES: set[str] = {
    "datasets list",
}
WITHOUT_A_FOLDER: set[str] = {
    "retention show",
    "retention run",
    "match list",
    "tournament list",
    "signing show",
    "signing test",
}
"""They are refused where the data folder is none."""
