"""How far somebody is who says so only by what they print."""

from __future__ import annotations

__all__ = ["ProgressStream"]

import contextlib
import io
import re
import sys
from collections.abc import Callable


class ProgressStream(io.TextIOBase):
    """A file that learns from what is written to it how far somebody is: by `pattern`, whose groups are how much is done and, unless that
    is known, of how much."""

    def __init__(self, pattern: str, on_step: Callable[[int, int], None], of: int | None = None) -> None:
        self.pattern = re.compile(pattern)
        self.on_step = on_step
        self.of = of
        self.before = sys.stdout

    def write(self, text: str, /) -> int:
        with contextlib.redirect_stdout(self.before):  # whoever is called may print
            for match in self.pattern.finditer(text):
                self.on_step(int(match[1]), self.of or int(match[2]))
        return len(text)
