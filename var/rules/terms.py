"""The small parts of a rule pack as they are read: sources, editions, options, people and the words of a sport."""

from __future__ import annotations

from datetime import date

from var.rules.fields import Table
from var.rules.model import Edition, Option, Question, ReplaySpeed, Role, Source, Span, Term
from var.rules.words import Kind, Measure, Replay, Seen, SourceKind, Strength


def read_source(table: Table) -> Source:
    """One entry of ``[sources]``."""
    source = Source(
        title=table.text("title"),
        publisher=table.text("publisher"),
        date=table.about_when("date"),
        kind=table.word("kind", SourceKind),
        seen=table.word("seen", Seen),
        editions=table.names("editions"),
        url=table.text("url", needed=False),
        note=table.maybe_wording(),
    )
    table.close()
    return source


def read_edition(table: Table) -> Edition:
    """One entry of ``[editions]``."""
    begins, ends = table.day("valid_from"), table.day("valid_until", needed=False)
    if begins is not None and ends is not None and ends < begins:
        table.faults.add(table.at("valid_until"), "ends_before")
        ends = None
    edition = Edition(
        name=table.wording(),
        valid_from=begins or ends or date.min,
        valid_until=ends,
        sources=table.names("sources", needed=True),
        note=table.maybe_wording(),
    )
    table.close()
    return edition


def read_option(table: Table) -> Option:
    """One entry of ``[options]``."""
    option = Option(
        name=table.wording(),
        sources=table.names("sources", needed=True),
        editions=table.names("editions"),
        note=table.maybe_wording(),
    )
    table.close()
    return option


def read_role(table: Table) -> Role:
    """One entry of ``[roles]``."""
    role = Role(name=table.wording(), team=table.flag("team"), also=table.texts("also"))
    table.close()
    return role


def read_term(table: Table) -> Term:
    """One entry of a table of terms, such as ``[categories]``."""
    term = Term(name=table.wording(), sources=table.names("sources", needed=True), note=table.maybe_wording())
    table.close()
    return term


def read_question(table: Table) -> Question:
    """One entry of ``[questions]``."""
    question = Question(
        name=table.wording(),
        kind=table.word("kind", Kind),
        replay=table.word("replay", Replay),
        measure=table.maybe_word("measure", Measure),
        sources=table.names("sources", needed=True),
        note=table.maybe_wording(),
    )
    table.close()
    return question


def read_span(table: Table) -> Span:
    """One entry of ``[spans]``."""
    span = Span(
        name=table.wording(),
        sources=table.names("sources", needed=True),
        last_s=table.seconds("last_s"),
        note=table.maybe_wording(),
    )
    table.close()
    return span


def read_replay_speed(table: Table) -> ReplaySpeed | None:
    """The table ``[replay_speed]`` of a pack; None where it is absent."""
    value = table.take("replay_speed", needed=False)
    if value is None:
        return None
    below = Table(table.faults, table.at("replay_speed"), value)
    rule = ReplaySpeed(
        name=below.wording(),
        strength=below.word("strength", Strength),
        sources=below.names("sources", needed=True),
        note=below.maybe_wording(),
    )
    below.close()
    return rule
