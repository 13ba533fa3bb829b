"""How to read the quality of samples: what each number is called, how it was found, what it means, and what to try."""

from __future__ import annotations

__all__ = ["HEADING", "MEASURES", "Measure", "estimator", "source_title", "with_error"]

from typing import NamedTuple

from vae.evaluation.sample_quality import AGGREGATE, MIXTURE, PRIOR, TRAINING, Estimate, Row, SampleQuality

HEADING = "Quality of samples"
SOURCES = {
    PRIOR: "Prior",
    AGGREGATE: "Aggregate posterior of training images",
    MIXTURE: "Mixture of normal distributions, fitted to it",
    TRAINING: "Real training images, for comparison",
}


class Measure(NamedTuple):
    """How to read one column."""

    field: str  # of `Row`
    title: str
    unit: str
    meaning: str  # one sentence
    advice: str  # what to try when it is bad
    percent: bool = False


MEASURES = (
    Measure(
        "distance",
        "Fréchet distance in Zscape's features",
        "squared standard deviations",
        "How far the samples as a whole lie from real images: less is better, and real training images show how little there can be.",
        "The prior far above the aggregate posterior: draw from a mixture, or train with a higher beta. Both high: a better decoder.",
    ),
    Measure(
        "precision",
        "Precision",
        "of the samples",
        "How many samples look like some real image; above real images where samples are blurred towards what is typical.",
        "Low: samples are blurred or between two classes; more latent dimensions or a lower beta make them sharper.",
        percent=True,
    ),
    Measure(
        "recall",
        "Recall",
        "of the test images",
        "How much of what real images look like is drawn at all.",
        "Low: samples are too much alike; more latent dimensions or a lower beta let them differ.",
        percent=True,
    ),
)


def source_title(row: Row) -> str:
    """Where the samples of a row come from; what somebody named is called so."""
    return SOURCES.get(row.source, row.source)


def with_error(row: Row, measure: Measure) -> str:
    """A number with its standard error, without its unit."""
    estimate: Estimate = getattr(row, measure.field)
    scale, digits, unit = (100, 1, " %") if measure.percent else (1, 2, "")
    return f"{scale * estimate.value:.{digits}f} ± {scale * estimate.error:.{digits}f}{unit}"


def estimator(quality: SampleQuality) -> str:
    """How all of it was found, in a few sentences."""
    return (
        f"{quality.n:,} samples beside {quality.n:,} test images, drawn {quality.repeats} times; ± is the standard error over these draws, "
        "for the same test images. A sample is the mean of its pixels that the decoder gives for a draw of z, and no draw of pixels. "
        f"Features are of a small network that Zscape trains on training images to tell {quality.task}, which it does of "
        f"{100 * quality.accuracy:.1f} % of those held out (chance: {100 * quality.chance:.1f} %). So this is not Inception's FID, and "
        "compares only between models of the same data. Precision and recall are by the "
        f"{quality.neighbours} nearest neighbours (Kynkäänniemi et al., 2019)."
    )
