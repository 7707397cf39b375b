"""One root for every error that a person may meet: a stable code, what happened, what to do next."""

from __future__ import annotations

from typing import Any

from touchline.i18n import t


class TouchlineError(Exception):
    """A refusal that says what happened and what to do, in the reader's language.

    ``code`` is the name of a table in a package's ``locales/errors.<lang>.toml``, written
    ``"<package>.errors.<name>"``; the table holds ``detail`` and ``hint``. ``params`` fill their placeholders.
    Raise a subclass where a builtin describes the fault as well, so that callers may catch either.
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(code, params)

    def __reduce__(self) -> tuple[Any, ...]:  # so that a process of its own can hand its refusals over
        return _made_again, (type(self), self.code, self.params)

    @property
    def name(self) -> str:
        """The short code that JSON documents carry, such as ``not_a_video``."""
        return self.code.rsplit(".", 1)[-1]

    def detail(self, lang: str = "en") -> str:
        """What happened, in ``lang``."""
        return t(f"{self.code}.detail", lang, **self.params)

    def hint(self, lang: str = "en") -> str:
        """What to do next, in ``lang``."""
        return t(f"{self.code}.hint", lang, **self.params)

    def __str__(self) -> str:
        return f"{self.detail()} {self.hint()}".strip()

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The refusal as a JSON-ready document with ``status``, ``code``, ``detail`` and ``hint``."""
        return {"status": "refused", "code": self.name, "detail": self.detail(lang), "hint": self.hint(lang)}


def _made_again(kind: type[TouchlineError], code: str, params: dict[str, Any]) -> TouchlineError:
    return kind(code, **params)


class BadValue(TouchlineError, ValueError):
    """An argument or a field of an input has a value that cannot be used."""


class NotFound(TouchlineError, LookupError):
    """Something that was asked for by name is not there."""


class BadFile(TouchlineError, OSError):
    """A file cannot be read as what it should be, or cannot be written."""

    def __str__(self) -> str:  # OSError has a __str__ of its own
        return TouchlineError.__str__(self)


class Missing(TouchlineError, RuntimeError):
    """An optional part of the installation is not there; everything else goes on."""
