"""How the body is looked for: which model, by which engine, for how many people; and what of it is not here yet."""

from __future__ import annotations

from typing import Any

import streamlit as st

from athletes.panels.motion.job_part import USUAL
from athletes.pose.engine import ENGINES, MODELS
from touchline.i18n import t
from touchline.models import complete, folder
from touchline.models.catalogue import model as model_card
from touchline.vision.runtime import lacking

MOST_PEOPLE = 8


def how_part(key: str, lang: str) -> dict[str, Any]:
    """Draw the choices and return them as a job takes them."""
    model = st.radio(
        t("athletes.motion_page.new.model", lang),
        MODELS,
        index=MODELS.index(USUAL["model"]),
        format_func=lambda one: t(f"athletes.motion_page.model.{one}", lang),
        captions=[t(f"athletes.motion_page.model.{one}_hint", lang) for one in MODELS],
        key=f"{key}-model",
    )
    engine = st.radio(
        t("athletes.motion_page.new.engine", lang),
        ENGINES,
        format_func=lambda one: t(f"athletes.motion_page.engine.{one}", lang),
        captions=[t(f"athletes.motion_page.engine.{one}_hint", lang) for one in ENGINES],
        key=f"{key}-engine",
    )
    people = st.number_input(
        t("athletes.motion_page.new.people", lang),
        1,
        MOST_PEOPLE,
        USUAL["people"],
        key=f"{key}-people",
        help=t("athletes.motion_page.new.people_help", lang),
    )
    return {"model": model, "engine": engine, "people": int(people)}


def absent_for(wanted: dict[str, Any]) -> list[str]:
    """What the work waits for."""
    if wanted["engine"] == "mediapipe":
        return [name for name in lacking((f"pose_{wanted['model']}",)) if name != "litert"]
    return lacking(("person_ssd", f"pose_{wanted['model']}"))


def _named(name: str, lang: str) -> str:
    """A model as people choose it, with the name that the command says."""
    model = name.removeprefix("pose_")
    if model not in MODELS:
        return name
    return f"{t('athletes.motion_page.new.model', lang)} {t(f'athletes.motion_page.model.{model}', lang)} ({name})"


def absent_line(wanted: dict[str, Any], lang: str) -> list[str]:
    """Say what is not here yet, which parts wait for it, and which command brings it; return its names."""
    absent = absent_for(wanted)
    if not absent:
        return absent
    command = "`pip install ai-edge-litert`" if absent == ["litert"] else "`touchline models get`"
    here = [name for name in MODELS if complete(model_card(f"pose_{name}"), folder())]
    said = [
        t("athletes.motion_page.lacking", lang, names=", ".join(_named(one, lang) for one in absent), command=command)
    ]
    if here and wanted["model"] not in here:
        names = ", ".join(t(f"athletes.motion_page.model.{name}", lang) for name in here)
        said.append(t("athletes.motion_page.lacking_others", lang, names=names))
    st.warning(" ".join(said), icon=":material/download:")
    return absent
