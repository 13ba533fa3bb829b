"""How far a command is, on standard error."""

from __future__ import annotations

__all__ = ["TrainingBars", "bar"]

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from vae.runs.store import Run
from vae.runs.worker import Watcher
from vae.training.advice import Adviser

if TYPE_CHECKING:
    from vae.models.objectives import Objective
    from vae.progress import Progress


@contextmanager
def bar(title: str, unit: str, *, lines: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, as an `on_step` callback; silent where nobody watches.

    For a program that watches, `lines` on standard output instead: "3 10" says that 3 of 10 steps are done.
    """
    if lines:
        yield lambda done, total: print(done, total, flush=True)
        return

    from tqdm import tqdm

    with tqdm(desc=title, unit=unit, leave=False, disable=None) as shown:

        def on_step(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield on_step


class TrainingBars(Watcher):
    """What a worker does, in a terminal: a bar for what is going on, and a line above it about each epoch."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.measured = False
        self.adviser: Adviser | None = None
        self.said: set[str] = set()  # what kinds of advice
        self.shown = ExitStack()
        self.title = ""
        self.move: Callable[[int, int], None] | None = None

    def __enter__(self) -> TrainingBars:
        return self

    def __exit__(self, *error: object) -> None:
        self.shown.close()
        status = self.run.status()
        if status.state == "failed":
            self._advise(status.message)

    def on_wait(self, message: str) -> None:
        print(message, file=sys.stderr)

    def on_step(self, done: int, steps: int) -> None:
        self._show("train", "step", done, steps)

    def on_epoch(self, progress: Progress) -> None:
        assert self.run.request is not None
        _say(progress, self.run.request.train.objective)
        if self.adviser is not None:
            self.adviser.update(progress)
        self._advise()

    def on_image(self, done: int, n: int) -> None:
        self.measured = True
        self._show("evaluate", "image", done, n)

    def _advise(self, failure: str = "") -> None:
        """Says what advice there is, of each kind once."""
        from tqdm import tqdm

        if self.run.request is None:
            return
        if self.adviser is None:
            # With what another process trained of it.
            self.adviser = Adviser(self.run.request.model, self.run.request.train)
            for progress in self.run.progress():
                self.adviser.update(progress)
        for advice in self.adviser.advice(failure):
            if advice.kind not in self.said:
                self.said.add(advice.kind)
                start = f"{'note' if advice.harmless else 'warning'}, since epoch {advice.epoch:,}"
                by = f" Options: {', '.join(f'--{name}' for name in advice.options)}." if advice.options else ""
                tqdm.write(f"{start}: {advice.title}. {advice.text} {advice.to_try}{by}", file=sys.stderr)

    def _show(self, title: str, unit: str, done: int, of: int) -> None:
        if self.move is None or self.title != title:
            self.shown.close()
            self.move, self.title = self.shown.enter_context(bar(title, unit)), title
        self.move(done, of)


def _say(progress: Progress, objective: Objective) -> None:
    """One line about an epoch, above the bar."""
    from tqdm import tqdm

    curves = {"train": progress.train, "validation": progress.validation}
    text = ", ".join(
        f"{name} {curve.loss(progress.beta, objective):.2f} ("
        + ", ".join(f"{term} {value:.2f}" for term, value in curve.terms.items())
        + ")"
        for name, curve in curves.items()
        if curve is not None
    )
    at = f"beta {progress.beta:.2g}, {progress.seconds:.0f} s"
    tqdm.write(f"epoch {progress.epoch}/{progress.epochs}: {text} nats, {at}", file=sys.stderr)
