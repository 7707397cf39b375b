"""What the training view shows; each panel draws what it is given, in the language it is given."""

from athletes.panels.sessions import sessions_page

__all__ = ["sessions_page"]
