"""Which consents stand, and what an installation asks of them.

The consent of an athlete to a scope is what was said of it last: given, withdrawn, or nothing. Two rules of the
installation decide what follows. ``Asking.ASK``: data of an athlete without consent come in, and whoever brought them
is told. ``Asking.REQUIRE``: they are refused. What was withdrawn is refused by either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from touchline.errors import BadValue
from touchline.i18n import t
from touchline.store import Store


class Scope(StrEnum):
    """What a consent is about."""

    TRAINING = "training"
    """Keeping name, squad, plans and notes of training."""
    HEALTH = "health"
    """Keeping heart rates, beats, wellness, injuries, tests, and what is computed of them."""
    LIVE = "live"
    """Showing the heart rate on the squad's screens while it is measured."""
    VIDEO = "video"
    """Filming somebody and measuring how they move."""
    SHARING = "sharing"
    """Handing data on to the sports department."""
    STATISTICS = "statistics"
    """Counting in monthly totals without a name."""


LEAVES_BY = (Scope.HEALTH, Scope.SHARING)
"""The consents that what leaves the house for others goes by: to keep health data, and to hand data on."""


class Asking(StrEnum):
    """What follows where a consent is missing."""

    ASK = "ask"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the installation decided: whether consent is asked for or required, under which age a guardian gives it, and
    how many athletes a monthly total has at least."""

    consent: Asking = Asking.ASK
    guardian_under: int = 16
    least_athletes: int = 5

    def __post_init__(self) -> None:
        if not 0 <= self.guardian_under <= 21:
            raise BadValue("athletes.errors.bad_guardian_age", age=self.guardian_under)
        if not 5 <= self.least_athletes <= 1000:
            raise BadValue("athletes.errors.bad_least_athletes", count=self.least_athletes)


class NoConsent(BadValue):
    """Consent that is needed is missing or was withdrawn; nothing was kept, or nothing went out."""

    def detail(self, lang: str = "en") -> str:
        """What happened, in ``lang``, with the scope as people call it."""
        scope = t(f"athletes.people.scope.{self.params['scope']}", lang)
        return t(f"{self.code}.detail", lang, **{**self.params, "scope": scope})


_SETTINGS = {name: f"athletes_{name}" for name in ("consent", "guardian_under", "least_athletes")}


def rules_of(store: Store) -> Rules:
    """The rules that hold."""
    rules = Rules()
    consent, under, least = (store.setting(name) for name in _SETTINGS.values())
    if consent is not None:
        rules = replace(rules, consent=Asking(consent))
    if under is not None:
        rules = replace(rules, guardian_under=int(under))
    return rules if least is None else replace(rules, least_athletes=int(least))


def keep_rules(store: Store, rules: Rules) -> None:
    """Let ``rules`` hold from now on."""
    for name, setting in _SETTINGS.items():
        store.set_setting(setting, str(getattr(rules, name)))


def stands(store: Store, athlete_id: str, scope: Scope) -> bool | None:
    """Whether a consent stands; None where nothing was ever said."""
    row = store.row(
        "SELECT given FROM consent_event WHERE athlete_id = ? AND scope = ? ORDER BY seq DESC LIMIT 1",
        (athlete_id, scope.value),
    )
    return None if row is None else bool(row["given"])


def may_hold(store: Store, athlete_id: str, scope: Scope) -> bool:
    """Whether data of a scope may be used, by what stands and by the rules."""
    found = stands(store, athlete_id, scope)
    return rules_of(store).consent is Asking.ASK if found is None else found


def require_consent(store: Store, athlete_id: str, scope: Scope, refusal: str | None = None) -> bool:
    """Whether a consent stands, where data of this scope may come in; or go out, where ``refusal`` is the code of what
    to say then (``athletes.errors.<refusal>``). Raises ``NoConsent`` where they may not."""
    found = stands(store, athlete_id, scope)
    if found is False:
        raise NoConsent(f"athletes.errors.{refusal or 'consent_withdrawn'}", id=athlete_id, scope=scope.value)
    if found is None and rules_of(store).consent is Asking.REQUIRE:
        raise NoConsent(f"athletes.errors.{refusal or 'no_consent'}", id=athlete_id, scope=scope.value)
    return found is True
