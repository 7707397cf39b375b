"""A foul review in words, for a terminal, a page and paper: numbers as each language writes them."""

from __future__ import annotations

from touchline.i18n import UNKNOWN, clock, number, t
from touchline.measure import MS_PER_S, Z95
from var.foul.aids import Aid
from var.foul.answers import Answered, LookedAt, Reads
from var.foul.consistency import Remark
from var.foul.document import why_text
from var.foul.kept import KeptFoul
from var.foul.labels import LABELS
from var.foul.notes import Picture
from var.foul.review import FoulReview
from var.foul.window import AngleWindow
from var.measure.faults import place as place_of
from var.model import Match

DECIMALS = {"m": 2, "m/s": 1, "deg": 0}


def foul_lines(review: FoulReview, lang: str) -> list[str]:
    """The whole review, a line each."""
    match, incident = review.match, review.incident
    title = t("var.foul_review.title", lang, number=incident.number, match=match.name)
    lines = [title, *window_lines(review, lang), "", t("var.foul_review.evidence", lang)]
    lines += [f"  {line}" for line in evidence_lines(review, lang) or [t("var.foul_review.no_evidence", lang)]]
    lines += ["", t("var.foul_review.measured", lang)]
    lines += [f"  {line}" for line in measured_lines(review, lang)]
    lines += ["", t("var.foul_review.judged", lang)]
    lines += [f"  {line}" for line in judged_lines(review, lang)]
    if review.seeing.lost:
        lines.append(f"  {t('var.foul_review.looks_lost', lang, count=number(review.seeing.lost, lang))}")
    if labels := imported_rows(review, lang):
        lines += ["", t("var.foul_review.imported", lang)]
        lines += [f"  {t('var.foul_review.imported_label', lang, field=field, word=word)}" for field, word in labels]
    lines += [
        t("var.foul_review.imported_remark", lang, place=where, said=said)
        for where, said in remark_rows(review.annotation, lang)
    ]
    return [*lines, "", t("var.foul_law.no_verdict", lang)]


def window_lines(review: FoulReview, lang: str) -> list[str]:
    """The instant of the contact, and each angle."""
    match, window = review.match, review.window
    clock_s = match.setup.clock_s(window.at_s)
    shown = clock(float(window.at_s if clock_s is None else clock_s), lang)
    if window.camera_id is None:
        at = t("var.foul_review.at_unmarked", lang, clock=shown)
    else:
        frame = number(window.angle(window.camera_id).frame, lang)
        at = t("var.foul_review.at", lang, camera=label_of(match, window.camera_id), frame=frame, clock=shown)
    return [at, *(angle_line(angle, review, lang) for angle in window.angles)]


def angle_line(angle: AngleWindow, review: FoulReview, lang: str) -> str:
    """One angle: its picture of the contact, how sure that is, how fast it shows life. Before anybody marked the
    contact it is the picture of where the incident was marked, and nothing is sure of it."""
    match, marked = review.match, review.window.camera_id is not None
    camera = label_of(match, angle.camera_id)
    if angle.frame is None:
        return t("var.foul_review.angle_none", lang, camera=camera)
    return t(
        "var.foul_review.angle",
        lang,
        camera=camera,
        frame=number(angle.frame, lang),
        sure=sure_text(angle, lang) if marked or angle.sigma_s is None else t("var.foul_review.sure_not_marked", lang),
        speed=speed_text(angle, lang),
    )


def sure_text(angle: AngleWindow, lang: str) -> str:
    """How sure it is that an angle's picture shows the contact."""
    if angle.sigma_s is None:
        return t("var.foul_review.sure_unknown", lang)
    if not angle.sigma_s and angle.mark is not None:
        return t("var.foul_review.sure_marked", lang)
    return t("var.foul_review.sure_ms", lang, half=number(Z95 * angle.sigma_s * MS_PER_S, lang, 1))


def speed_text(angle: AngleWindow, lang: str) -> str:
    """How fast an angle shows life."""
    if angle.slower is None:
        return t("var.foul_review.speed_unknown", lang)
    if angle.slower == 1:
        return t(f"var.foul_review.{'speed_life' if angle.is_timed else 'speed_made_faster'}", lang)
    return t("var.foul_review.speed_slower", lang, times=number(float(angle.slower), lang, 1))


def evidence_lines(review: FoulReview, lang: str) -> list[str]:
    """The pictures of evidence in order."""
    lines = []
    for place, frame in enumerate(review.notes.frames, 1):
        line = t(
            "var.foul_review.frame",
            lang,
            place=place,
            camera=label_of(review.match, frame.camera_id),
            frame=number(frame.frame, lang),
            shows=t(f"var.foul_review.shows.{frame.shows.value}", lang),
        )
        if frame.picture in review.notes.best:
            line += f" · {t('var.foul_review.best', lang)}"
        if frame.note:
            line += f" · {t('var.foul_review.note', lang, note=frame.note)}"
        lines.append(line)
    return lines


def measured_lines(review: FoulReview, lang: str) -> list[str]:
    """Each aid with its number, or why there is none; then what limits all of them. Where nothing at all is measured,
    only why."""
    aids, shared = review.measured.aids, review.measured.reasons
    limits = [why_text(why, review.match, lang) for why in shared]
    if all(aid.is_refused for aid in aids) and set(shared) >= {why for aid in aids for why in aid.reasons}:
        return [t("var.foul_review.none_measured", lang), *limits]
    lines = []
    for aid in aids:
        own = [why_text(why, review.match, lang) for why in aid.reasons if why not in shared]
        lines.append(" · ".join([f"{t(f'var.foul_aids.name.{aid.key}', lang)}: {aid_value(aid, lang)}", *own]))
    return [*lines, *limits]


def aid_value(aid: Aid, lang: str) -> str:
    """The number of an aid with half its 95 % interval, or the count; that it is not measured, where it is not."""
    if aid.count is not None:
        surely, possibly = aid.count
        if surely == possibly:
            return t("var.foul_aids.count", lang, count=number(surely, lang))
        return t("var.foul_aids.count_between", lang, low=number(surely, lang), high=number(possibly, lang))
    measured = aid.measured
    if measured is None:
        return t("var.foul_aids.refused", lang)
    decimals = DECIMALS[measured.unit]
    low, high = measured.interval95
    if low < 0 and measured.unit == "m" and aid.chance is None:  # a distance is never below zero
        return t("var.foul_aids.at_most", lang, high=number(high, lang, decimals), unit=measured.unit)
    value = t(
        "var.foul_aids.measured",
        lang,
        value=number(measured.value, lang, decimals, sign=aid.chance is not None),
        half=number(measured.half_width95, lang, decimals),
        unit=t(f"var.foul_aids.unit.{measured.unit}", lang),
    )
    if aid.chance is not None:
        value += f" · {t('var.foul_aids.chance', lang, percent=number(100 * aid.chance, lang))}"
    if aid.from_s is not None and aid.to_s is not None:
        ends = {"start": number(aid.from_s, lang, 2), "end": number(aid.to_s, lang, 2)}
        value += f" · {t('var.foul_aids.between', lang, **ends)}"
    return value


def judged_lines(review: FoulReview, lang: str) -> list[str]:
    """Each item that was answered, and what the Laws say of it; why it is inconclusive, where it is."""
    lines = []
    for each in review.judged:
        if each.mark is None:
            continue
        lines.append(answer_text(each, lang))
        lines += [f"  {line}" for line in basis_lines(each, review.match, lang)]
    return lines or [t("var.foul_law.reads.not_answered", lang)]


def answer_text(each: Answered, lang: str) -> str:
    """An item with its answer as it reads."""
    name = t(f"var.foul_law.item.{each.item.key}.name", lang)
    if each.mark is None:
        return t("var.foul_review.answer", lang, item=name, word=UNKNOWN)
    room = "inconclusive" if each.reads is Reads.INCONCLUSIVE else "answer"
    return t(f"var.foul_review.{room}", lang, item=name, word=word_text(each, lang))


def word_text(each: Answered, lang: str) -> str:
    """The answer as it was given, in words; a dash where there is none."""
    return UNKNOWN if each.mark is None else t(f"var.foul_law.word.{each.mark.word}", lang)


def basis_lines(each: Answered, match: Match, lang: str) -> list[str]:
    """What stands beside an answer: why it is inconclusive, what the Laws say, what it rests on, the note."""
    mark, lines = each.mark, []
    if mark is None:
        return []
    if each.reads in (Reads.INCONCLUSIVE, Reads.OVERRIDDEN):
        seen = "overridden" if each.reads is Reads.OVERRIDDEN else each.seen.value
        lines.append(t(f"var.foul_law.seen.{seen}", lang))
    if mark.override and each.reads is Reads.OVERRIDDEN:
        lines.append(t("var.foul_review.override", lang, reason=mark.override))
    if each.law is not None:
        lines.append(t(each.law, lang))
    if mark.frames:
        shown = "; ".join(picture_text(picture, match, lang) for picture in mark.frames)
        lines.append(t("var.foul_review.rests_on", lang, frames=shown))
    if mark.note:
        lines.append(t("var.foul_review.note", lang, note=mark.note))
    return lines


def picture_text(picture: Picture, match: Match, lang: str) -> str:
    """An angle and a frame of it."""
    return f"{label_of(match, picture[0])} {number(picture[1], lang)}"


def look_text(look: LookedAt, match: Match, lang: str) -> str:
    """A stretch that was looked at, and how."""
    return t(
        "var.foul_review.pdf.looks_value",
        lang,
        camera=label_of(match, look.camera_id),
        first=number(look.first, lang),
        last=number(look.last, lang),
        speed=t(f"var.foul_review.look.{look.speed.value}", lang),
    )


def imported_rows(review: FoulReview, lang: str) -> list[tuple[str, str]]:
    """The labels that came with an import in words, beside what the format writes; those that are not known are left
    out."""
    if review.annotation is None:
        return []
    found = ((_key(field), review.annotation.annotation.label(field)) for field in LABELS)
    return [
        (t(f"var.foul_label.field.{key}", lang), t(f"var.foul_label.word.{key}.{label.name.lower()}", lang))
        for key, label in found
        if label is not None
    ]


def _key(field: str) -> str:
    return field.lower().replace(" ", "_")


def remark_rows(foul: KeptFoul | None, lang: str) -> list[tuple[str, str]]:
    """What was inconsistent when the annotation came: the place in the file and what is said of it."""
    if foul is None:
        return []
    found = (Remark(each["path"], each["kind"], dict(each["params"])) for each in foul.remarks)
    return [(place_of(remark.path, lang), remark.said(lang)) for remark in found if not remark.is_note]


def label_of(match: Match, camera_id: str) -> str:
    """What people call an angle."""
    return match.clip(camera_id).label or camera_id
