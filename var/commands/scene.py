"""``touchline scene SCENE``: what a measured offside looks like, as a document, a picture, a clip or a 3-D file."""

from __future__ import annotations

import argparse
from pathlib import Path

from touchline.cli import add_json, emit, progress, read_json
from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from touchline.origin import Origin
from var.measure.documents import read_scene
from var.measure.offside import measure
from var.stage.document import stage_document
from var.stage.export import SUFFIXES, write_scene
from var.stage.words import margin_words, outcome_words


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline scene SCENE [--out FILE] [--view NAME] [--simulated]``."""
    add_json(parser)
    parser.add_argument("scene", metavar="SCENE", help="JSON file (schema `offside_scene`); - is standard input")
    parser.add_argument("--out", metavar="FILE", help=f"write the scene there, by its suffix: {' '.join(SUFFIXES)}")
    parser.add_argument(
        "--view", default="free", metavar="NAME", help="of a picture: free, above, along, behind, camera:NAME"
    )
    parser.add_argument(
        "--simulated", action="store_true", help="the pictures are simulated: say so in everything written"
    )
    parser.set_defaults(run=_scene)


def _scene(args: argparse.Namespace) -> int:
    scene = read_scene(read_json(args.scene))
    document = stage_document(scene, measure(scene), origin=Origin.SIMULATED if args.simulated else None)
    lines = _said(document, args.lang)
    written = None
    if args.out is not None:
        path = Path(args.out)
        last = [-1]

        def told(share: float, message: str) -> None:
            if (tenth := int(10 * share)) > last[0] and share < 1:
                last[0] = tenth
                progress(f"{10 * tenth:3d} %  {message}")

        write_scene(path, document, args.lang, view=args.view, progress=told)
        written = str(path)
        lines.append(t("var.stage.written", args.lang, path=path))
    emit({**document, "written": written}, args, lines)
    return 0


def _said(document: dict[str, object], lang: str) -> list[str]:
    """The document in lines for people."""
    lines = [" ".join(part for part in (outcome_words(document, lang), margin_words(document, lang)) if part)]
    found = document["lines"]
    assert isinstance(found, list)
    for line in found:
        low, high = line["band95_m"]
        x, half = number(line["x_m"], lang, 2), number((high - low) / 2 * CM_PER_M, lang)
        lines.append(t("var.stage.line", lang, role=t(f"var.stage.{line['role']}", lang), x=x, half=half))
    points, figures = document["points"], document["figures"]
    assert isinstance(points, list)
    assert isinstance(figures, list)
    lines.append(t("var.stage.points", lang, count=len(points), figures=len(figures)))
    return lines
