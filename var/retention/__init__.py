"""Retention: what is deleted when, that it was, and what is held from deletion (docs/keeping.md).

``policy`` (what somebody said), ``due`` (what that asks for), ``running`` (done, and told before and after), ``holds``,
``log`` (the list of what was deleted), ``automatic`` (once a day in the app), ``tables``.
"""
