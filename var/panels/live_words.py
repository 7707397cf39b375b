"""A capture in words, shapes and colours. Draws nothing: the strip, the table and the tests ask here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from html import escape

from touchline.i18n import UNKNOWN, number, t
from var.capture.model import CameraState, CameraStatus, CaptureState, CaptureStatus

DISK_WARNING_S = 30 * 60.0
DISK_ALARM_S = 5 * 60.0
OLD_AFTER_S = 4.0
"""The recording process reports twice a second; figures older than this are not shown as present."""
CONNECTS_WITHIN_S = 15.0
"""A camera that is still connecting after so long is as good as silent."""

SHAPES = {
    CameraState.RECORDING: ("●", "#1f9d55"),
    CameraState.CONNECTING: ("◌", "#b7791f"),
    CameraState.SILENT: ("▲", "#d7263d"),
    CameraState.WAITING: ("↻", "#d7263d"),
    CameraState.REFUSED: ("✕", "#d7263d"),
    CameraState.ENDED: ("□", "#6b7280"),
    CameraState.STOPPED: ("■", "#6b7280"),
}
"""Each state has a shape of its own, so that nobody needs the colour."""


class Level(StrEnum):
    """How loud the strip is."""

    CALM = "calm"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Strip:
    """The one line that stands on every page while something records."""

    level: Level
    text: str


def span(seconds: float | None, lang: str) -> str:
    """A length of time in the largest two units, rounded down so that it never promises too much; a dash if unknown."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    if whole >= 3600:
        return t("var.live.hours", lang, hours=whole // 3600, minutes=whole // 60 % 60)
    if whole >= 60:
        return t("var.live.minutes", lang, minutes=whole // 60)
    return t("var.live.seconds", lang, seconds=whole)


def figures_are_old(status: CaptureStatus) -> bool:
    """Whether the process has said nothing for so long that its figures tell nothing of the present."""
    return status.state in _AT_WORK and status.heartbeat_age_s > OLD_AFTER_S


_AT_WORK = (CaptureState.STARTING, CaptureState.RECORDING, CaptureState.STOPPING)


def troubled(status: CaptureStatus) -> list[CameraStatus]:
    """The cameras that should deliver and do not."""
    if status.state is not CaptureState.RECORDING:
        return []
    loud = {CameraState.SILENT, CameraState.WAITING, CameraState.REFUSED}
    return [
        camera
        for camera in status.cameras
        if camera.state in loud or (camera.state is CameraState.CONNECTING and status.seconds > CONNECTS_WITHIN_S)
    ]


def strip(status: CaptureStatus, lang: str) -> Strip:
    """What the strip says of a capture: the worst first."""
    alive = sum(camera.state is CameraState.RECORDING for camera in status.cameras)
    total, disk = len(status.cameras), span(status.disk_left_s, lang)
    if status.state is CaptureState.GONE:
        return Strip(Level.ALARM, "✕ " + t("var.live.gone_short", lang, name=status.name))
    if figures_are_old(status):
        age = span(status.heartbeat_age_s, lang)
        return Strip(Level.ALARM, "? " + t("var.live.alarm_old", lang, age=age, name=status.name))
    if status.state is CaptureState.STOPPING:
        return Strip(Level.WARNING, "■ " + t("var.live.stopping_short", lang))
    bad = troubled(status)
    if bad:
        said = _one(bad[0], lang) if len(bad) == 1 else t("var.live.alarm_many", lang, count=len(bad))
        return Strip(Level.ALARM, "▲ " + t("var.live.alarm", lang, cameras=said, alive=alive, total=total))
    if status.state is CaptureState.STARTING:
        return Strip(Level.WARNING, "◌ " + t("var.live.starting", lang, alive=alive, cameras=total))
    if status.disk_left_s is not None and status.disk_left_s < DISK_WARNING_S:
        level = Level.ALARM if status.disk_left_s < DISK_ALARM_S else Level.WARNING
        return Strip(level, "▲ " + t("var.live.alarm_disk", lang, disk=disk, alive=alive, cameras=total))
    lost = number(sum(camera.lost for camera in status.cameras), lang)
    return Strip(Level.CALM, "● " + t("var.live.rec", lang, alive=alive, cameras=total, lost=lost, disk=disk))


def _one(camera: CameraStatus, lang: str) -> str:
    state = t(f"var.live.shout.{camera.state.value}", lang)
    age = "" if camera.age_s is None else span(camera.age_s, lang)
    return t("var.live.alarm_camera", lang, name=camera.name, state=state, age=age).strip()


def table(status: CaptureStatus, lang: str) -> str:
    """The cameras as an HTML table; on a narrow screen each camera becomes a card. Old figures are not shown."""
    names = ("camera", "state_column", "rate", "fps", "lost_column", "gaps", "age")
    heads = [t(f"var.live.{name}", lang) for name in names]
    rows = "".join(_row(camera, status, heads, lang) for camera in status.cameras)
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in heads)
    return f'{_CSS}<table class="rec-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(camera: CameraStatus, status: CaptureStatus, heads: list[str], lang: str) -> str:
    present = status.state in _AT_WORK and not figures_are_old(status)
    shape, colour = SHAPES[camera.state] if present else ("?", "#6b7280")
    state = t(f"var.live.state.{camera.state.value}", lang) if present else UNKNOWN
    said = f'<b style="color:{colour}">{shape}</b> {escape(state)}'
    if present and camera.state is CameraState.WAITING and camera.retry_s is not None:
        said += f"<br><small>{escape(t('var.live.retry', lang, seconds=max(0, round(camera.retry_s))))}</small>"
    if camera.encoded_here:
        said += f"<br><small>{escape(t('var.live.encoded_here', lang))}</small>"
    size = f" <small>{camera.size_px[0]}×{camera.size_px[1]}</small>" if camera.size_px else ""
    delivers = present and camera.state is CameraState.RECORDING
    rate = None if camera.bitrate_bps is None or not delivers else camera.bitrate_bps / 1e6
    age_s = None if camera.age_s is None else camera.age_s + status.heartbeat_age_s
    cells = [
        escape(camera.name) + size,
        said,
        UNKNOWN if rate is None else f"{number(rate, lang, 1)} Mbit/s",
        number(camera.fps if delivers else None, lang, 1),
        number(camera.lost, lang),
        number(camera.gaps, lang),
        escape(_age(age_s, lang)),
    ]
    body = "".join(f'<td data-name="{escape(name)}">{cell}</td>' for name, cell in zip(heads, cells, strict=True))
    fault = ""
    if camera.fault and camera.state in (CameraState.WAITING, CameraState.REFUSED, CameraState.SILENT):
        said_of_it = camera.fault.get(lang) or {}
        words = f"{said_of_it.get('detail', '')} {said_of_it.get('hint', '')}".strip()
        fault = f'<tr class="rec-fault"><td colspan={len(heads)}>{escape(words)}</td></tr>' if words else ""
    return f"<tr>{body}</tr>{fault}"


def _age(age_s: float | None, lang: str) -> str:
    if age_s is None:
        return UNKNOWN
    return t("var.live.now", lang) if age_s < 1.5 else t("var.live.ago", lang, seconds=number(age_s, lang))


_CSS = """<style>
.rec-table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
.rec-table th { text-align: left; font-weight: 600; opacity: .7; padding: 4px 10px 4px 0; white-space: nowrap; }
.rec-table td { padding: 6px 10px 6px 0; border-top: 1px solid rgba(128,128,128,.3); vertical-align: top; }
.rec-table b { font-size: 1.1em; }
.rec-table .rec-fault td { border-top: 0; padding-top: 0; color: #d7263d; }
@media (max-width: 640px) {
  .rec-table thead { display: none; }
  .rec-table tr { display: flex; flex-wrap: wrap; gap: 2px 14px; border-top: 1px solid rgba(128,128,128,.3);
    padding: 8px 0; }
  .rec-table td { border: 0; padding: 0; }
  .rec-table td:first-child { flex-basis: 100%; font-weight: 600; }
  .rec-table td:nth-child(n+3)::before { content: attr(data-name) " "; opacity: .7; }
}
</style>"""
