"""Frame times of a recording: a long, strictly rising row of ticks that costs eight bytes a frame."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue


class Ticks(Sequence[int]):
    """When each frame is shown, in ticks, strictly rising. Reads like a tuple of ints and equals one; never changes.

    Raises ``BadValue`` where the values are not a strictly rising row of whole numbers.
    """

    def __init__(self, values: Iterable[int] | NDArray[np.int64]) -> None:
        if isinstance(values, Ticks):
            array = values.array
        elif isinstance(values, np.ndarray):
            array = np.ascontiguousarray(values, np.int64)
            array = array.copy() if array.flags.writeable else array
        else:
            array = np.array(tuple(values), np.int64)
        if array.ndim != 1 or bool((np.diff(array) <= 0).any()):
            raise BadValue("var.errors.bad_ticks")
        array.flags.writeable = False
        self.array: NDArray[np.int64] = array

    def longer(self, array: NDArray[np.int64]) -> Ticks:
        """``array`` as ticks, which begins with these very ones and is never written again: only what is new is looked
        at. Raises as the constructor does."""
        new = array[max(0, len(self) - 1) :]
        if len(array) < len(self) or bool((np.diff(new) <= 0).any()):
            raise BadValue("var.errors.bad_ticks")
        found = Ticks.__new__(Ticks)
        found.array = array[:]
        found.array.flags.writeable = False
        if "_hash" in self.__dict__:
            found.__dict__["_hash"] = _further(self._hash, array[len(self) :])
        return found

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Ticks: ...
    def __getitem__(self, at: int | slice) -> int | Ticks:
        return Ticks(self.array[at]) if isinstance(at, slice) else int(self.array[at])

    def __iter__(self) -> Iterator[int]:
        return iter(self.array.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        wanted = np.dtype(dtype or np.int64)
        return self.array.astype(wanted, copy=bool(copy)) if copy or wanted != self.array.dtype else self.array

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Ticks):
            return self.array is other.array or np.array_equal(self.array, other.array)
        if isinstance(other, list | tuple):
            return len(other) == len(self) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Ticks({len(self)} from {self[0]} to {self[-1]})" if len(self) else "Ticks()"

    @cached_property
    def digest(self) -> str:
        """A name for these very values: 32 hexadecimal digits."""
        return self._hash.hexdigest()

    @cached_property
    def _hash(self) -> hashlib.blake2b:
        return _further(hashlib.blake2b(digest_size=16), self.array)

    def place(self, tick: Any) -> int:
        """How many frames are shown before ``tick`` (an int or a Fraction), as ``bisect_left`` counts."""
        return int(np.searchsorted(self.array, _ceiling(tick), side="left"))


def _further(known: hashlib.blake2b, more: NDArray[np.int64]) -> hashlib.blake2b:
    """``known`` after further values."""
    found = known.copy()
    found.update(more.astype("<i8", copy=False).tobytes())
    return found


def _ceiling(tick: Any) -> int:
    """The smallest whole tick that is not before ``tick``; exact for fractions."""
    return -int(-tick // 1)
