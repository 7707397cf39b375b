"""``touchline lens``: measures a camera's lens from pictures of a chessboard or a ChArUco board."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, progress
from touchline.errors import BadValue, TouchlineError
from touchline.i18n import number, t
from touchline.measure import Z95
from var.measure.boards import BoardKind, Charuco, View, chessboard_size, find_chessboard, read_gray
from var.measure.lens import TERMS, MeasuredLens, PictureFit, measure_lens

EMPTY = dict.fromkeys(("status", "code", "camera", "sigma", "terms", "rms_px", "board", "pictures", "coverage"))


def _corners(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 3 <= int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of inner corners (3 to 100)")
    return int(text)


def _metres(text: str) -> float:
    try:
        side = float(text)
    except ValueError:
        side = math.nan
    if not (math.isfinite(side) and side > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a length in metres")
    return side


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline lens PICTURE... [--board KIND] [--columns N --rows N] [--square METRES] [--terms N]``."""
    add_json(parser)
    parser.add_argument("picture", nargs="+", metavar="PICTURE", help="pictures of the board (JPEG, PNG), 15 to 25")
    kinds = [kind.value for kind in BoardKind]
    parser.add_argument("--board", choices=kinds, default=kinds[0], help="what the board shows (default: chessboard)")
    parser.add_argument("--columns", type=_corners, metavar="N", help="inner corners along a row of the board")
    parser.add_argument("--rows", type=_corners, metavar="N", help="inner corners along a column of the board")
    parser.add_argument("--square", type=_metres, metavar="METRES", help="side of a square; only kept with the answer")
    terms_help = "how many of k1, k2, p1, p2, k3 to measure (default: as many as the pictures carry)"
    parser.add_argument("--terms", type=int, choices=TERMS, help=terms_help)
    parser.set_defaults(run=lambda args: _lens(parser, args))


@dataclass
class _Found:
    """What the pictures showed: the board, every picture in order, the views of those that show the board."""

    board: dict[str, Any]
    size_px: tuple[int, int] = (0, 0)
    pictures: list[PictureFit] = field(default_factory=list)
    views: list[View] = field(default_factory=list)


def _lens(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    if (args.columns is None) != (args.rows is None):
        parser.error("--columns and --rows belong together")
    found = _Found({"kind": args.board, "columns": args.columns, "rows": args.rows, "square_m": args.square})
    try:
        _look(args, found)
        lens = measure_lens(found.views, found.size_px, args.terms)
    except TouchlineError as refusal:
        seen = [picture.document() for picture in found.pictures]
        document = {**EMPTY, "board": found.board, "pictures": seen, **refusal.document(args.lang)}
        emit(document, args)
        for picture in found.pictures:
            if picture.reason is not None:
                progress(_left_out(picture, args.lang))
        progress(f"{document['detail']}\n{document['hint']}")
        return 0
    used = iter(lens.pictures)  # of the pictures that show the board, in the same order
    pictures = [(next(used) if picture.found else picture) for picture in found.pictures]
    document = {**lens.document(), "board": found.board, "pictures": [picture.document() for picture in pictures]}
    emit(document, args, _lines(lens, pictures, args.lang))
    return 0


def _look(args: argparse.Namespace, found: _Found) -> None:
    """Fill ``found``. Raises ``BadValue`` for pictures of several sizes and for a ChArUco board of unknown size."""
    paths = [Path(name) for name in args.picture]
    board = found.board
    if args.columns is None:
        if args.board == BoardKind.CHARUCO:
            raise BadValue("var.errors.charuco_size")
        grays = (gray for path in paths if (gray := read_gray(path)) is not None and min(gray.shape) > 1)
        board["columns"], board["rows"] = chessboard_size(grays) or (None, None)
    columns, rows = board["columns"], board["rows"]
    charuco = Charuco(columns, rows) if args.board == BoardKind.CHARUCO else None
    if columns is not None:
        progress(t("var.lens.searching", args.lang, columns=columns, rows=rows, count=len(paths)))
    first = ""
    for path in paths:
        gray = read_gray(path)
        if gray is None:
            found.pictures.append(PictureFit(path.name, False, reason="no_picture"))
            continue
        size = gray.shape[1], gray.shape[0]
        if not first:
            first, found.size_px = path.name, size
        elif size != found.size_px:
            told, other = ("x".join(map(str, pair)) for pair in (size, found.size_px))
            raise BadValue("var.errors.lens_other_size", name=path.name, size=told, first=first, first_size=other)
        view = None
        if charuco is not None:
            view = charuco.find(path.name, gray)
        elif columns is not None:
            view = find_chessboard(path.name, gray, columns, rows)
        if view is None:
            found.pictures.append(PictureFit(path.name, False, reason="no_board"))
        else:
            found.pictures.append(PictureFit(path.name, True))
            found.views.append(view)


def _left_out(picture: PictureFit, lang: str) -> str:
    return t("var.lens.left_out", lang, name=picture.name, reason=t(f"var.lens.reason.{picture.reason}", lang))


def _lines(lens: MeasuredLens, pictures: list[PictureFit], lang: str) -> list[str]:
    k1, k2, p1, p2, k3 = (number(float(value), lang, 4) for value in lens.dist)
    cx, cy = (number(float(value), lang, 1) for value in lens.k[:2, 2])
    f, half = number(float(lens.k[0, 0]), lang, 1), number(Z95 * lens.sigma["f_px"], lang, 1)
    lines = [t("var.lens.camera", lang, f=f, half=half, cx=cx, cy=cy, k1=k1, k2=k2)]
    if lens.dist[2:].any():
        lines.append(t("var.lens.more", lang, p1=p1, p2=p2, k3=k3))
    count = sum(picture.reason is None for picture in pictures)
    share = number(100 * lens.coverage, lang)
    lines.append(t("var.lens.rms", lang, rms=number(lens.rms_px, lang, 2), count=count, share=share))
    return lines + [_left_out(picture, lang) for picture in pictures if picture.reason is not None]
