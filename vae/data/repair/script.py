"""The lines of Python that mend a file, as they are found one by one."""

from __future__ import annotations

__all__ = ["NoClassesError", "Script", "UnknownError"]

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


class UnknownError(Exception):
    """Only whoever made the file can know what was meant."""


class NoClassesError(Exception):
    """Labels that are no classes, and why."""


@dataclass
class Script:
    """Lines of Python, of variables that are named as the arrays of the new file."""

    loads: dict[str, str]  # names of arrays, by variable
    body: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)
    pickled: bool = False  # whether some are Python objects

    def add(self, line: str, comment: str = "") -> None:
        self.body.extend([f"# {comment}", line] if comment else [line])

    def write(self, path: Path, saved: Sequence[str]) -> str:
        target = path.resolve()
        arrays = ", ".join(f"{name}={name}" for name in saved)
        return "\n".join(
            [
                "import os",
                "import numpy as np",
                "",
                *self.helpers,
                f"path = {str(target)!r}",
                *(
                    ["# Only of a file that you made yourself: Python objects can run code when they are opened."]
                    if self.pickled
                    else []
                ),
                f"with np.load(path{', allow_pickle=True' if self.pickled else ''}) as file:",
                *(f"    {variable} = file[{name!r}]" for variable, name in self.loads.items()),
                *self.body,
                'kept = path + ".original"',
                "while os.path.exists(kept):",
                '    kept += ".1"',
                "os.replace(path, kept)",
                f"np.savez_compressed(path, {arrays})",
            ]
        )
