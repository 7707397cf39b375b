"""How hard one session was: training impulses of its heart rate, and the effort a person felt.

All of them go by the interval rule (``touchline.effort``) and count what was measured only: nothing is scaled up for a
gap. Under ``MEASURED_SHARE`` of the session they are refused.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from athletes.load.model import Figure, LoadMethod
from athletes.model import Series
from athletes.zones import Limits
from touchline.effort import BANISTER, banister, banister_a_minute, edwards, held_s
from touchline.errors import BadValue

MEASURED_SHARE = 0.8
"""The least share of a session with a heart rate for a load of it."""
NAMES = {
    LoadMethod.BANISTER: "TRIMP, Banister: sum of minutes x a e^(bx), x = share of the reserve; {sex} a {a}, b {b}"
    " (Morton 1990)",
    LoadMethod.EDWARDS: "TRIMP, Edwards: minutes in 50-60-70-80-90 % of HRmax x 1 to 5 (Edwards 1993)",
    LoadMethod.LUCIA: "TRIMP, Lucia: minutes below VT1 x 1, VT1 to VT2 x 2, above x 3 (Lucia 2003)",
    LoadMethod.HRSS: "HRSS: 100 x TRIMP (Banister) / TRIMP of one hour at the threshold heart rate",
    LoadMethod.SRPE: "session RPE: CR-10 x minutes (Foster 2001)",
}


def loads_of(series: Series | None, duration_s: float | None, limits: Limits) -> dict[LoadMethod, Figure]:
    """The load of a session by the four methods of the heart rate. ``duration_s`` is the whole session's."""
    found = {}
    whole_s = max(duration_s or 0.0, 0.0)
    share = None
    if series is not None:
        whole_s = max(whole_s, float(series.seconds[-1] - series.seconds[0]))
        share = float(held_s(series.seconds, series.values).sum()) / whole_s if whole_s > 0 else None
    for method in (LoadMethod.BANISTER, LoadMethod.EDWARDS, LoadMethod.LUCIA, LoadMethod.HRSS):
        reason = why_not(method, limits)
        if share is None:
            reason = "no_heart_rate" if series is None else "no_length"
        elif share < MEASURED_SHARE:
            reason = "too_little_measured"
        value = None if reason or series is None else _computed(method, series, limits)
        estimated = limits.hr_max_estimated and method is not LoadMethod.LUCIA
        flags = ("hr_max_estimated",) if value is not None and estimated else ()
        found[method] = Figure(value, "", name_of(method, limits.sex), share, reason, flags=flags)
    return found


def name_of(method: LoadMethod, sex: str | None = None) -> str:
    """What is printed beside a load: the method with its constants."""
    if method is not LoadMethod.BANISTER:
        return NAMES[method]
    if sex is None:
        return "TRIMP, Banister: sum of minutes x a e^(bx), a and b by sex (Morton 1990)"
    a, b = BANISTER[sex]
    return NAMES[method].format(sex=sex, a=a, b=b)


def why_not(method: LoadMethod, limits: Limits) -> str | None:
    """The code of what ``limits`` lacks for a method of the heart rate; None where it lacks nothing."""
    setting = limits.setting
    if method in (LoadMethod.BANISTER, LoadMethod.EDWARDS, LoadMethod.HRSS) and limits.hr_max_bpm is None:
        return "no_hr_max"
    if method in (LoadMethod.BANISTER, LoadMethod.HRSS):
        if setting.hr_rest_bpm is None:
            return "no_hr_rest"
        if limits.hr_rest_bpm is None:
            return "rest_above_max"
        if limits.sex is None:
            return "no_sex"
    if method is LoadMethod.HRSS:
        if setting.threshold_bpm is None:
            return "no_threshold"
        if not (limits.hr_rest_bpm or 0.0) < setting.threshold_bpm <= (limits.hr_max_bpm or 0.0):
            return "threshold_outside"
    if method is LoadMethod.LUCIA and (setting.vt1_bpm is None or setting.vt2_bpm is None):
        return "no_ventilatory"
    return None


def _computed(method: LoadMethod, series: Series, limits: Limits) -> float:
    seconds, bpm, setting = series.seconds, series.values, limits.setting
    top, rest, sex = limits.hr_max_bpm or 0.0, limits.hr_rest_bpm or 0.0, limits.sex or ""
    if method is LoadMethod.EDWARDS:
        return edwards(seconds, bpm, hr_max_bpm=top)
    if method is LoadMethod.LUCIA:
        return lucia(seconds, bpm, vt1_bpm=setting.vt1_bpm or 0.0, vt2_bpm=setting.vt2_bpm or 0.0)
    impulse = banister(seconds, bpm, hr_rest_bpm=rest, hr_max_bpm=top, sex=sex)
    if method is LoadMethod.BANISTER:
        return impulse
    hour = 60.0 * float(banister_a_minute(setting.threshold_bpm or 0.0, rest, top, sex))
    return 100.0 * impulse / hour


def lucia(seconds: NDArray[np.float64], bpm: NDArray[np.float64], *, vt1_bpm: float, vt2_bpm: float) -> float:
    """The training impulse after Lucia (Lucia et al. 2003, Med Sci Sports Exerc 35:872), by the interval rule. A rate
    on a threshold belongs to the zone above it. Raises ``BadValue`` where the first is not below the second."""
    if not vt1_bpm < vt2_bpm:
        raise BadValue("athletes.errors.thresholds_not_rising", first=vt1_bpm, second=vt2_bpm)
    held = held_s(seconds, bpm)
    counts = held > 0
    weight = 1.0 + (bpm[counts] >= vt1_bpm) + (bpm[counts] >= vt2_bpm)
    return float((held[counts] / 60.0 * weight).sum())


def session_rpe(rpe: float | None, minutes: float | None) -> Figure:
    """The load a person felt (Foster et al. 2001, J Strength Cond Res 15:109): CR-10 times minutes. ``rpe`` 0 is
    rest."""
    reason = "no_rpe" if rpe is None else "no_minutes" if minutes is None else None
    value = None if rpe is None or minutes is None else rpe * minutes
    return Figure(value, "", NAMES[LoadMethod.SRPE], None, reason)
