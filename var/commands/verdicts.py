"""The three questions as commands, which differ in scene, estimator and texts alone (``var.commands.measure``)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from touchline.cli import add_json, emit, read_json
from touchline.i18n import find, number, t
from touchline.measure import CM_PER_M
from var.measure.area import AreaVerdict, locate
from var.measure.area_documents import read_area_scene
from var.measure.ball_documents import read_ball_scene
from var.measure.documents import read_scene
from var.measure.goal_line import BallVerdict, judge
from var.measure.offside import Verdict, measure

Answer = Verdict | BallVerdict | AreaVerdict


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a command: how its scene is read and measured, the ``room`` of its texts, the text of its margin,
    and which texts say more of a verdict."""

    room: str
    margin: str
    answer: Callable[[Any], Answer]
    more: Callable[[Any], tuple[str, ...]]

    def register(self, parser: argparse.ArgumentParser) -> None:
        """Give ``parser`` the arguments that all questions have."""
        add_json(parser)
        parser.add_argument(
            "scene", metavar="SCENE", help=f"JSON file (schema `{self.room}_scene`); - is standard input"
        )
        parser.set_defaults(run=self.run)

    def run(self, args: argparse.Namespace) -> int:
        """Read the scene, measure it and print the verdict."""
        verdict = self.answer(read_json(args.scene))
        emit(verdict.document(), args, self.lines(verdict, args.lang))
        return 0

    def lines(self, verdict: Answer, lang: str) -> list[str]:
        """A verdict in lines for people: outcome, margin, what each source contributes, reasons."""
        lines = [t(f"var.{self.room}.outcome.{verdict.outcome.value}", lang)]
        if verdict.margin is not None:
            value = number(verdict.margin.value * CM_PER_M, lang, sign=True)
            half = number(verdict.margin.half_width95 * CM_PER_M, lang)
            lines.append(t(self.margin, lang, value=value, half=half))
            for source, sigma in verdict.budget.items():
                name = t(f"var.{self.room}.source.{source}", lang)
                lines.append(f"  {name}: {number(None if sigma is None else sigma * CM_PER_M, lang, 1)} cm (1 σ)")
        for reason in verdict.reasons:  # what is said of players and ball alike stands with the offside
            own = f"var.{self.room}.reason.{reason.code}"
            key = own if find(own, lang) is not None else f"var.offside.reason.{reason.code}"
            lines.append(t(key, lang, camera=reason.camera or ""))
        return lines + [t(key, lang) for key in self.more(verdict)]


def _in_goal(verdict: BallVerdict) -> tuple[str, ...]:
    if verdict.in_goal is None:
        return ()
    return ("var.goal_line.in_goal" if verdict.in_goal else "var.goal_line.beside",)


def _edge(verdict: AreaVerdict) -> tuple[str, ...]:
    return () if verdict.edge is None else (f"var.area.edge.{verdict.edge}",)


OFFSIDE = Asked("offside", "var.measure.margin", lambda given: measure(read_scene(given)), lambda verdict: ())
GOAL_LINE = Asked("goal_line", "var.goal_line.margin", lambda given: judge(read_ball_scene(given)), _in_goal)
AREA = Asked("area", "var.area.margin", lambda given: locate(read_area_scene(given)), _edge)
