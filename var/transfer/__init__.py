"""A whole match as a signed package, and such a package taken in on another machine with its evidence intact.

``exporting`` writes it, ``checking`` is the part of the verifier that knows it, ``importing`` takes it in; the form is
in docs/formats.md, what people need to know in docs/transfer.md, why in docs/decisions/0017.
"""
