"""What a teacher would say while a training goes on: where it goes wrong, since when, what that means, and what to try.

A verdict turns only after several epochs in a row that all say so, and between what turns it on and what turns it off lies a gap, so
that none comes and goes from epoch to epoch. All but a loss that is not finite are judged at epochs that ended with the whole beta: while
a schedule holds it back, neither the KL nor the loss is yet what it is going to be.
"""

from __future__ import annotations

__all__ = ["EMPTY_NATS", "UNUSED_NATS", "Advice", "AdviceKind", "Adviser", "advise_again"]

import math
import threading
from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from statistics import median
from typing import Literal, NamedTuple

from vae.errors import NOT_FINITE_MESSAGE
from vae.models.config import ModelConfig, TrainConfig
from vae.models.likelihoods import LIKELIHOODS
from vae.progress import Progress
from vae.projections.projection import dimension

AdviceKind = Literal["not finite", "empty latent", "unused dimensions", "overfitting"]

UNUSED_NATS = 0.01  # nats per image: a dimension with less says nothing of the image; those in use have ten times as much and more
EMPTY_NATS = 0.1  # nats per image, of all dimensions: with less no more than e^0.1 = 1.1 images can be told apart
RECOVERY_FACTOR = 3.0  # times as much, from which on it is in use again
WARMED_DIMENSIONS = (
    4  # up to which each is there to be used, and a schedule warms them up (`vae.models.schedules.schedule_for`)
)
RISE = 0.2  # nats per image above the lowest validation loss, under which nobody would see a difference
SIGMAS = 4.0  # of the noise from epoch to epoch, above which a rise is not chance
MEDIAN_EPOCHS = 5  # epochs that a median is of
NOISE = 40  # epochs that the noise is measured on
MAX_TRAININGS = 16  # trainings, whose advisers are kept
_advisers_lock = threading.Lock()
# And the epochs that each has seen; the training asked for last is the last.
_advisers: dict[Hashable, tuple[Adviser, list[Progress]]] = {}


class Advice(NamedTuple):
    """One thing to say of a training."""

    kind: AdviceKind
    title: str  # a few words
    text: str  # what it means, with figures and units
    to_try: str  # a sentence or two, which name things and not options
    epoch: int  # since when, from 1
    options: tuple[str, ...] = ()  # of the command line, where its words are others: "learning-rate"
    harmless: bool = False  # good to know, nothing to mend


def advise_again(
    training: Hashable, progress: Iterable[Progress], model: ModelConfig, train: TrainConfig, *, failure: str = ""
) -> list[Advice]:
    """What there is to say of a training after these epochs, which come oldest first; the worst first. For who asks time and again about a
    `training`, by its id: of epochs that are as they were before, only new ones are looked at. Threads may ask together.

    `failure` is what a training that failed left as its message. A training that goes well has none but harmless advice.
    """
    epochs = list(progress)
    with _advisers_lock:
        adviser, known = _advisers.pop(training, (None, []))
        # Of epochs that are still the same objects this takes no time.
        if adviser is None or (adviser.model, adviser.train) != (model, train) or epochs[: len(known)] != known:
            adviser, known = Adviser(model, train), []
        for epoch in epochs[len(known) :]:
            adviser.update(epoch)
        _advisers[training] = adviser, epochs
        while len(_advisers) > MAX_TRAININGS:
            del _advisers[next(iter(_advisers))]
        return adviser.advice(failure)


class Adviser:
    """What there is to say of a training, given one epoch after the other."""

    def __init__(self, model: ModelConfig, train: TrainConfig) -> None:
        self.model = model
        self.train = train
        self.last: Progress | None = None
        self.best: Progress | None = None  # whose weights a run keeps
        patience = max(3, min(50, math.ceil(0.1 * train.epochs)))
        self.empty = _Verdict(patience)
        self.unused = [_Verdict(patience) for _ in range(model.latent_dim)]
        self.stable = _Verdict(patience)  # that no more of them fall out of use
        self.overfitting = _Overfitting(train, max(5, min(20, math.ceil(0.05 * train.epochs))))

    def update(self, progress: Progress) -> None:
        """Takes in the next epoch."""
        beta, own = self.train.beta, self.train.objective
        self.last = progress
        if self.best is None or progress.watched(beta, own) < self.best.watched(beta, own):
            self.best = progress
        if not math.isclose(progress.beta, beta, rel_tol=1e-6):
            return
        before = self._which()
        kl = (progress.validation or progress.train).kl
        enough = self._enough()
        self.empty.update(progress.epoch, on=kl < enough, off=kl > RECOVERY_FACTOR * enough)
        for verdict, nats in zip(self.unused, progress.kl_by_dim or (), strict=False):
            verdict.update(progress.epoch, on=nats < UNUSED_NATS, off=nats > RECOVERY_FACTOR * UNUSED_NATS)
        unused = self._which()
        self.stable.update(progress.epoch, on=bool(before) and unused == before, off=not unused)
        self.overfitting.update(progress)

    def advice(self, failure: str = "") -> list[Advice]:
        """What there is to say by now, the worst of it first."""
        result: list[Advice] = []
        if NOT_FINITE_MESSAGE in failure:
            result.append(self._not_finite())
        unused = self._which()
        if self.empty.since is not None:
            result.append(self._empty(self.empty.since))
        elif unused and (self.model.latent_dim <= WARMED_DIMENSIONS or self.stable.since is not None):
            # Of many dimensions one after the other falls out of use, and each is not worth a word.
            result.append(self._unused(unused))
        if self.overfitting.since is not None:
            result.append(self._overfitting(self.overfitting.since))
        return result

    def _which(self) -> list[int]:
        """The dimensions that are not used."""
        return [d for d, verdict in enumerate(self.unused) if verdict.since is not None]

    def _enough(self) -> float:
        """Nats per image below which the whole latent says nothing, at the least all that unused dimensions may have together."""
        return max(EMPTY_NATS, UNUSED_NATS * self.model.latent_dim)

    def _not_finite(self) -> Advice:
        epoch = 1 if self.last is None else self.last.epoch + 1
        saved = "That was the first epoch, so there is no model to keep."
        if self.best is not None:
            saved = f"What was kept is the model of epoch {self.best.epoch:,}, the best before."
        ideas = {"a smaller learning rate": "learning-rate", "a smaller bound on gradients": "max-grad-norm"}
        if self.train.beta > 10:
            ideas[f"a smaller β than {self.train.beta:g}"] = ""
        if not self.model.likelihood.of_two:
            less_steep = " or ".join(kind.capitalize() for kind, each in LIKELIHOODS.items() if each.of_two)
            ideas[f"{less_steep} pixels, whose loss is less steep"] = "likelihood"
        return Advice(
            "not finite",
            "The loss is no longer a number",
            f"In epoch {epoch:,} a step went so far that loss or weights are infinite or undefined, from which no training recovers. "
            f"{saved}",
            _try(ideas),
            epoch,
            _options(ideas),
        )

    def _empty(self, since: int) -> Advice:
        assert self.last is not None
        kl = (self.last.validation or self.last.train).kl
        ideas = self._smaller_beta() | {"a smaller decoder": "hidden", "a lower learning rate": "learning-rate"}
        return Advice(
            "empty latent",
            "The latent is empty",
            f"All of it has {kl:.2f} nats of KL per image{self._at_beta()}, so that it says next to nothing of an image and the decoder "
            "draws the same for each: the posterior has collapsed onto the prior.",
            _try(ideas),
            since,
            _options(ideas),
        )

    def _unused(self, which: Sequence[int]) -> Advice:
        count, of = len(which), self.model.latent_dim
        are, have, hold = ("are", "have", "hold") if count > 1 else ("is", "has", "holds")
        title = f"{count} of {of} dimension{'' if of == 1 else 's'} {are} not used"
        text = f"{_numbered(which)} {have} less than {UNUSED_NATS:g} nats of KL per image{self._at_beta()} and {hold} only noise."
        since = max(verdict.since for verdict in self.unused if verdict.since is not None)
        if of > WARMED_DIMENSIONS:
            text += " In so many dimensions that is mostly harmless: the model has found that the images need no more."
            to_try = "Nothing needs to be done where reconstructions are good. Fewer dimensions would do as well"
            to_try += "; a smaller β uses more of them." if self._smaller_beta() else "."
            return Advice("unused dimensions", title, text, to_try, since, ("latent-dim",), harmless=True)
        text += " Of so few dimensions each counts: "
        text += (
            "the map has lost a direction, and points differ along the other alone."
            if of == 2
            else "a direction is lost."
        )
        ideas = self._smaller_beta() | {"more epochs": "", "another seed": ""}
        return Advice("unused dimensions", title, text, _try(ideas), since, _options(ideas))

    def _overfitting(self, since: int) -> Advice:
        ideas = {"fewer epochs (stopping keeps the best so far)": ""}
        if not self.train.augment:
            ideas["moved images"] = "augment"
        ideas |= {"a smaller network": "hidden", "more weight decay": "weight-decay", "more images": ""}
        return Advice(
            "overfitting",
            "Overfitting",
            f"At the full β the validation loss was lowest in epoch {since:,} and has risen by {self.overfitting.rise:.1f} nats per image "
            "from there, while the training loss went on falling: what the model still learns holds for the training images alone.",
            _try(ideas),
            since,
            _options(ideas),
        )

    def _smaller_beta(self) -> dict[str, str]:
        """What makes the latent cheaper."""
        if not self.train.objective.takes_beta:
            return {}
        ideas = {f"a smaller β than {self.train.beta:g}": ""} if self.train.beta > 0 else {}
        return ideas | ({"a β that warms up": "schedule"} if self.train.schedule(0.0) == 1 else {})

    def _at_beta(self) -> str:
        """What says, of a model for a range of betas, at which of them it is measured."""
        return "" if self.model.beta_range is None else f" at β {self.train.beta:g}"


class _Verdict:
    """A switch that is on after as many epochs in a row as it has patience for that say so, and off after as many that say the contrary."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.since: int | None = None  # the epoch from which on it holds; None while it doesn't
        self.row: list[int] = []  # the epochs in a row that speak against what it is now

    def update(self, epoch: int, *, on: bool, off: bool, since: int | None = None) -> None:
        """Takes in an epoch. What turns on holds since `since`, or else since the first epoch that said so."""
        if not (on if self.since is None else off):
            self.row.clear()
            return
        self.row.append(epoch)
        if len(self.row) < self.patience:
            return
        self.since = (since or self.row[0]) if self.since is None else None
        self.row.clear()


class _Overfitting:
    """Whether the validation loss has risen from its lowest by more than its noise while the training loss fell.

    Both are medians of a few epochs. The noise is how far an epoch's validation loss lies from the line through its neighbours.
    """

    def __init__(self, train: TrainConfig, patience: int) -> None:
        self.train = train
        self.verdict = _Verdict(patience)
        self.recent: deque[tuple[int, float, float]] = deque(
            maxlen=MEDIAN_EPOCHS
        )  # epoch, validation and training loss
        self.bends: deque[float] = deque(maxlen=NOISE)
        self.lowest = (math.inf, math.inf, 0)  # smoothed validation and training loss, and the epoch
        self.rise = 0.0  # nats per image, the most of it since it is overfitting

    @property
    def since(self) -> int | None:
        """The epoch of the lowest validation loss, once what came after it is overfitting."""
        return self.verdict.since

    def update(self, progress: Progress) -> None:
        if progress.validation is None:
            return
        beta, own = self.train.beta, self.train.objective
        losses = progress.validation.loss(beta, own), progress.train.loss(beta, own)
        if not all(map(math.isfinite, losses)):
            return
        self.recent.append((progress.epoch, *losses))
        if len(self.recent) >= 3:
            (_, a, _), (_, b, _), (_, c, _) = list(self.recent)[-3:]
            self.bends.append(abs(a - 2 * b + c))
        if len(self.recent) < MEDIAN_EPOCHS:
            return
        validation, train = (median(epoch[place] for epoch in self.recent) for place in (1, 2))
        if validation <= self.lowest[0]:
            self.lowest = validation, train, min(self.recent, key=lambda epoch: epoch[1])[0]
        rise = validation - self.lowest[0]
        # A second difference of independent noise is sqrt(6) times as wide, and the median of a normal's size is 0.6745 of its width.
        enough = max(RISE, SIGMAS * median(self.bends) / (0.6745 * math.sqrt(6)))
        on = rise > enough and train < self.lowest[1]
        self.verdict.update(progress.epoch, on=on, off=rise < enough / 3, since=self.lowest[2])
        self.rise = rise if self.since is None else max(self.rise, rise)


def _numbered(which: Sequence[int]) -> str:
    """Dimensions by their names: z₁, z₃ to z₅ and z₉."""
    spans: list[list[int]] = []
    for d in which:
        if spans and d == spans[-1][-1] + 1:
            spans[-1].append(d)
        else:
            spans.append([d])
    parts: list[str] = []
    for span in spans:
        names = [dimension(d) for d in span]
        parts += [f"{names[0]} to {names[-1]}"] if len(names) > 2 else names
    return _listed(parts, "and")


def _try(ideas: Mapping[str, str]) -> str:
    return f"Try {_listed(list(ideas), 'or')}."


def _options(ideas: Mapping[str, str]) -> tuple[str, ...]:
    """The options that belong to these ideas, without those whose words are the option's."""
    return tuple(option for option in ideas.values() if option)


def _listed(parts: Sequence[str], last: str) -> str:
    """One, two or three."""
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else parts[0]
