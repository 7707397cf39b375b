"""Which rules hold for a match: from the packs, the sport, the format, the day and what the competition adopted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from touchline.errors import BadValue, NotFound
from var.rules.consistency import holding
from var.rules.model import Edition, Format, Protocol, Question, Situation, frozen
from var.rules.pack import Pack
from var.rules.words import Kind


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of one match: one edition and one format of a pack, with the options that the competition adopted."""

    pack: Pack
    edition_id: str
    format: Format
    adopted: frozenset[str]
    situations: Mapping[str, Situation]

    @property
    def edition(self) -> Edition:
        """The edition that holds."""
        return self.pack.editions[self.edition_id]

    @property
    def protocol(self) -> Protocol:
        """States and steps of a case."""
        return self.pack.protocols[self.format.protocol]

    def situation(self, name: str) -> Situation | None:
        """The situation called ``name`` as this edition and format know it; None where they do not list it.

        Raises ``NotFound`` for a name that is nowhere in the pack.
        """
        known = {situation.id for situation in self.pack.situations}
        if name not in known:
            raise NotFound("var.errors.no_such_situation", name=name, known=", ".join(sorted(known)))
        return self.situations.get(name)

    def questions(self, situation: Situation) -> tuple[Question, ...]:
        """What there is to find out about ``situation``."""
        return tuple(self.pack.questions[name] for name in situation.questions)

    def procedures(self, kinds: Collection[Kind]) -> tuple[str, ...]:
        """The procedures for questions of these kinds, the usual one first: one judgement among facts decides."""
        if not kinds:
            return ()
        kind = Kind.SUBJECTIVE if Kind.SUBJECTIVE in kinds else Kind.FACTUAL
        return self.format.procedures.get(kind, ())

    def sources(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of a rule's sources that speak of this edition; all of them where none does."""
        names = tuple(names)
        spoken = tuple(name for name in names if holding(self.pack.sources[name].editions, self.edition_id))
        return spoken or names


def choose(
    packs: Iterable[Pack],
    sport: str,
    form: str,
    on: date,
    options: Collection[str] = (),
    *,
    edition: str | None = None,
    pack: str | None = None,
) -> Rulebook:
    """The rules for a match of ``sport`` in the format ``form`` on the day ``on``.

    ``options`` are the competition options that were adopted. ``edition`` is named where a competition takes an edition
    before its day or keeps one beyond it, ``pack`` where several packs are of one sport.

    Raises ``NotFound`` for what no pack has on that day, and ``BadValue`` where several packs would do.
    """
    packs = tuple(packs)
    found = [each for each in packs if each.sport == sport and pack in (None, each.id)]
    if not found:
        known = sorted({each.sport for each in packs})
        raise NotFound("var.errors.no_such_sport", name=pack or sport, known=", ".join(known) or "–")
    if len(found) > 1:
        raise BadValue("var.errors.several_packs", sport=sport, packs=", ".join(sorted(each.id for each in found)))
    (chosen,) = found
    name = _edition(chosen, on, edition)
    forms = {each.id: each for each in chosen.formats if holding(each.editions, name)}
    if form not in forms:
        raise NotFound("var.errors.no_such_format", name=form, edition=name, known=", ".join(forms))
    known_options = [each for each, option in chosen.options.items() if holding(option.editions, name)]
    for option in sorted(options):
        if option not in known_options:
            raise NotFound(
                "var.errors.no_such_option", name=option, edition=name, known=", ".join(known_options) or "–"
            )
    situations = {
        each.id: each for each in chosen.situations if holding(each.editions, name) and holding(each.formats, form)
    }
    return Rulebook(chosen, name, forms[form], frozenset(options), frozen(situations))


def edition_on(pack: Pack, on: date) -> str | None:
    """The edition of ``pack`` that is in force on the day ``on``; None where there is none."""
    return next((name for name, edition in pack.editions.items() if edition.holds(on)), None)


def _edition(pack: Pack, on: date, named: str | None) -> str:
    if named is not None:
        if named not in pack.editions:
            raise NotFound("var.errors.no_such_edition", name=named, known=", ".join(pack.editions))
        return named
    found = edition_on(pack, on)
    if found is not None:
        return found
    spans = [f"{name} ({each.valid_from} – {each.valid_until or '…'})" for name, each in pack.editions.items()]
    raise NotFound("var.errors.no_edition_on", on=on.isoformat(), pack=pack.id, known=", ".join(spans))
