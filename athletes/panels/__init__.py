"""What the training page shows; each panel draws what it is given, in the language it is given."""

from athletes.panels.training import training_page

__all__ = ["training_page"]
