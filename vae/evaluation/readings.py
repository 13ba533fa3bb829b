"""How to read each number of a diagnosis: what it is called, how it was found, what it means, and what to try."""

from __future__ import annotations

__all__ = ["PIXELS", "READINGS", "Reading", "how", "number", "plus_minus", "readings", "spread", "unit_of"]

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints.keyframes import ACTIVE_VARIANCE
from vae.evaluation.diagnostics import FOLDS, Diagnosis
from vae.evaluation.estimates import WRONG_MODE_GAIN, error_of_sum, error_over_draws, mean_of, standard_error
from vae.models.likelihoods import scored


class PixelProbes(NamedTuple):
    """What `vae.evaluation.diagnostics.probe` says of a test split's pixels in place of its latents: shares from 0 to 1."""

    n: int  # images
    knn_accuracy: float
    linear_accuracy: float


# By the same function, since a published figure is of other images or another protocol. MNIST's take half a minute.
PIXELS = {"digits": PixelProbes(360, 0.9278, 0.9361), "mnist": PixelProbes(10_000, 0.9508, 0.8954)}


@dataclass(frozen=True)
class Reading:
    """How to read one number."""

    title: str
    unit: str  # of more than one
    value: Callable[[Diagnosis], float | None]  # NaN while it isn't known yet
    estimator: Callable[[Diagnosis], str]  # how it was found
    meaning: str  # one sentence
    advice: str  # what to try when it is bad
    pixels: str = ""  # field of `PixelProbes` that holds the same of the images themselves
    digits: int = 2
    percent: bool = False
    error: Callable[[Diagnosis], float | None] = lambda _: None  # standard error over draws, in the same unit
    image_error: Callable[[Diagnosis], float | None] = lambda _: None  # the same over images
    # What it is the mean of, image by image, with shape (N,); where there are several, it is the sum of their means.
    each: Callable[[Diagnosis], Sequence[NDArray[np.floating]]] = lambda _: ()
    judged: bool = False  # for the weight of the KL that posteriors are for
    optional: bool = False  # left out where there is no value, rather than said to be missing
    absence: Callable[[Diagnosis], str] = lambda _: ""  # why an optional one has no value, where that is said
    of_pixels: bool = False  # holds -log p(x|z), so that only models of the same likelihood compare

    def baseline(self, diagnosis: Diagnosis, data: str) -> str:
        """What the same says of the images themselves; nothing where that wasn't measured of them."""
        measured = PIXELS.get(data)
        if not self.pixels or measured is None or measured.n != diagnosis.n:
            return ""
        return f"Of the same images' pixels: {number(getattr(measured, self.pixels), self)}."


def _part(name: str) -> Callable[[Diagnosis], float | None]:
    return lambda diagnosis: getattr(diagnosis.parts, name) if diagnosis.parts else None


def _score(name: str) -> Callable[[Diagnosis], float | None]:
    return lambda diagnosis: getattr(diagnosis.disentanglement, name) if diagnosis.disentanglement else None


def _lost(name: str) -> Reading:
    """What is the same of each part of what is lost."""

    def each(diagnosis: Diagnosis) -> Sequence[NDArray[np.floating]]:
        return () if diagnosis.exact is None else (getattr(diagnosis.exact, name),)

    return Reading(
        "",
        "nats per image",
        lambda diagnosis: next(map(mean_of, each(diagnosis)), None),
        _judged,
        "",
        "",
        image_error=lambda diagnosis: next(map(standard_error, each(diagnosis)), None),
        each=each,
        judged=True,
        optional=True,
    )


def _share_error(share: Callable[[Diagnosis], float | None]) -> Callable[[Diagnosis], float | None]:
    """Over the images with a class, of a share of them."""

    def error(diagnosis: Diagnosis) -> float | None:
        p = share(diagnosis)
        return None if p is None else math.sqrt(p * (1 - p) / max(1, int(np.isfinite(diagnosis.knn_right).sum())))

    return error


def _scored(diagnosis: Diagnosis) -> str:
    """What nats of these pixels are nats of."""
    text = scored(diagnosis.floor)
    return text and f"; {text}"


def _integrated(diagnosis: Diagnosis) -> str:
    if diagnosis.exact is None or not len(diagnosis.exact.gap):
        return "quadrature over the latents"
    text = (
        f"quadrature over the latents of {len(diagnosis.exact.gap):,} images, on a grid refined until its halves agree"
    )
    return f"{text}; {diagnosis.exact.unresolved:,} do not" if diagnosis.exact.unresolved else text


def _judged(diagnosis: Diagnosis) -> str:
    """The same of a part of what is lost, which is told for the weight of the KL that posteriors are for."""
    weight = math.nan if diagnosis.exact is None else diagnosis.exact.weight
    return _integrated(diagnosis) + (
        "" if math.isnan(weight) or weight == 1 else f"; of reconstruction + {weight:g} KL"
    )


def _on_wrong_modes(diagnosis: Diagnosis) -> str:
    """The same of wrong modes, of which there is a number of images, too."""
    if diagnosis.exact is None or not len(diagnosis.exact.mode):
        return _judged(diagnosis)
    return (
        f"{diagnosis.exact.wrong:,} images would gain {WRONG_MODE_GAIN:g} nats or more elsewhere; {_judged(diagnosis)}"
    )


def _elbo_and_gap(diagnosis: Diagnosis) -> Sequence[NDArray[np.floating]]:
    """Minus the ELBO of all images, and of some what it loses, negative."""
    if diagnosis.exact is None:
        return ()
    known = len(diagnosis.errors) == len(diagnosis.mean)
    return (diagnosis.errors + diagnosis.kls if known else diagnosis.errors, -diagnosis.exact.gap)


def _bound_and_gain(diagnosis: Diagnosis) -> Sequence[NDArray[np.floating]]:
    """The importance-weighted bound of all images, and of some what it gains, negative."""
    return () if diagnosis.starts is None else (diagnosis.bounds, -diagnosis.starts.gain)


def _error_of(parts: Sequence[NDArray[np.floating]]) -> float | None:
    return error_of_sum(parts) if parts else None


def _marginal(diagnosis: Diagnosis) -> float | None:
    """Minus the ELBO of all images, less what it loses of some."""
    return -diagnosis.elbo - mean_of(diagnosis.exact.gap) if diagnosis.exact else None


def _several(diagnosis: Diagnosis) -> str:
    if diagnosis.starts is None or not len(diagnosis.starts.gain):
        return "draws from several posteriors of each image"
    starts, draws, gains = diagnosis.starts
    n, gain, error = len(gains), mean_of(gains), standard_error(gains)
    text = f"{draws} draws of z from {starts} posteriors of each of {n:,} images, which is {abs(gain):.2f} ± {error:.2f} nats"
    return f"{text} {'below' if gain > 0 else 'above'} as many from one" + _scored(diagnosis)


def _drawn(diagnosis: Diagnosis) -> str:
    steps = f", posteriors refined by {diagnosis.refinement} steps" if diagnosis.refinement else ""
    return f"{diagnosis.samples} draw{'s' * (diagnosis.samples > 1)} of z per image{steps}"


NO_CLASSES = f"needs labels of two classes or more, with {FOLDS} images each"


def _activity(diagnosis: Diagnosis) -> str:
    text = f"variance over images of the posterior mean above {ACTIVE_VARIANCE} (Burda et al., 2016)"
    active = [
        kl for kl, varies in zip(diagnosis.kl_by_dim, diagnosis.activity, strict=True) if varies > ACTIVE_VARIANCE
    ]
    if not active:
        return text
    return f"{text}; KL of {min(active):.2f} to {max(active):.2f} nats each"


def _vote(diagnosis: Diagnosis) -> str:
    if diagnosis.knn_neighbours is None:
        return NO_CLASSES
    return f"vote of the {diagnosis.knn_neighbours} nearest posterior means, each image left out of its own"


def _probed(diagnosis: Diagnosis) -> str:
    if diagnosis.linear_folds is None:
        return NO_CLASSES
    return f"logistic regression on posterior means, {diagnosis.linear_folds}-fold cross-validation"


def _decomposed(diagnosis: Diagnosis) -> str:
    if diagnosis.parts is None:
        return (
            f"can't be told: {diagnosis.n:,} posteriors are too few for the density of q(z) in so many dimensions (I(x; z) would come "
            f"out as log N = {math.log(diagnosis.n):.2f} nats); the normal fit says what can be"
        )
    return f"q(z) of all {diagnosis.n:,} images, looked up at {diagnosis.parts.draws:,} draws of z"


def _dependent(diagnosis: Diagnosis) -> str:
    if diagnosis.parts is None or diagnosis.parts.dimension_kl is not None:
        return ""
    return f"needs a prior with independent dimensions, which {diagnosis.prior.prior.title} has not"


READINGS: tuple[Reading, ...] = (
    Reading(
        "Minus the ELBO",
        "nats per image",
        lambda diagnosis: -diagnosis.elbo,
        lambda diagnosis: _drawn(diagnosis) + _scored(diagnosis),
        "What it costs to describe an image with this model: reconstruction and KL together.",
        "Train for longer, widen the network, or add latent dimensions.",
        error=lambda diagnosis: error_over_draws(diagnosis.draws_standard_error, diagnosis.kl_draws_standard_error),
        image_error=lambda diagnosis: diagnosis.elbo_standard_error,
        each=lambda diagnosis: (diagnosis.errors + diagnosis.kls,),
        of_pixels=True,
    ),
    Reading(
        "Reconstruction",
        "nats per image",
        lambda diagnosis: diagnosis.recon,
        lambda diagnosis: _drawn(diagnosis) + _scored(diagnosis),
        "What is left to describe once the latent is known: E[-log p(x|z)].",
        "Large next to the KL: add latent dimensions or lower beta.",
        error=lambda diagnosis: diagnosis.draws_standard_error,
        image_error=lambda diagnosis: diagnosis.recon_standard_error,
        each=lambda diagnosis: (diagnosis.errors,),
        of_pixels=True,
    ),
    Reading(
        "KL to the prior",
        "nats per image",
        lambda diagnosis: diagnosis.kl,
        lambda diagnosis: diagnosis.prior.kl_estimator,
        "What the latent says of the image: the rate.",
        "Near nothing: the posterior has collapsed; warm beta up, lower it, or narrow the decoder.",
        error=lambda diagnosis: diagnosis.kl_draws_standard_error,
        image_error=lambda diagnosis: diagnosis.kl_standard_error,
        each=lambda diagnosis: (diagnosis.kls,),
    ),
    Reading(
        "Importance-weighted bound",
        "nats per image",
        lambda diagnosis: diagnosis.iwae,
        lambda diagnosis: f"{diagnosis.iwae_draws} draws of z per image" + _scored(diagnosis),
        "Minus the ELBO, tightened by many draws from each posterior. Draws around a wrong mode don't find the right one.",
        "Far below minus the ELBO: refine posteriors, or give the encoder more to work with.",
        error=lambda diagnosis: diagnosis.iwae_standard_error,
        image_error=lambda diagnosis: diagnosis.iwae_image_standard_error,
        each=lambda diagnosis: (diagnosis.bounds,),
        of_pixels=True,
    ),
    Reading(
        "Importance-weighted bound from several posteriors",
        "nats per image",
        lambda diagnosis: diagnosis.iwae - mean_of(diagnosis.starts.gain) if diagnosis.starts else None,
        _several,
        "The same by draws from other explanations of each image as well, which finds modes that one posterior doesn't know of.",
        "Below the bound by more than two standard errors: posteriors lie around wrong modes; refine them, or train for longer.",
        error=lambda diagnosis: diagnosis.iwae_standard_error if diagnosis.starts else None,
        image_error=lambda diagnosis: _error_of(_bound_and_gain(diagnosis)),
        each=_bound_and_gain,
        optional=True,
        of_pixels=True,
    ),
    Reading(
        "Minus the ELBO of perfect posteriors",
        "nats per image",
        _marginal,
        lambda diagnosis: _integrated(diagnosis) + _scored(diagnosis),
        "What the decoder costs by itself: the latents integrated out, which no bound gets below.",
        "Near minus the ELBO: posteriors are as good as they can be, and only a better decoder helps.",
        error=lambda diagnosis: diagnosis.draws_standard_error if diagnosis.exact else None,
        image_error=lambda diagnosis: _error_of(_elbo_and_gap(diagnosis)),
        each=_elbo_and_gap,
        optional=True,
        of_pixels=True,
    ),
    replace(
        _lost("family"),
        title="Lost to the family of posteriors",
        meaning="What the best normal posteriors with independent dimensions still lose.",
        advice="Large: posteriors are bent or have several modes; a flow, or more dimensions, would follow them.",
    ),
    replace(
        _lost("mode"),
        title="Lost to wrong modes",
        estimator=_on_wrong_modes,
        meaning="What posteriors lose by lying around another explanation of their image than the best.",
        advice="Large: refine posteriors, which begins at the best of many places.",
    ),
    replace(
        _lost("encoder"),
        title="Lost to the encoder",
        meaning="What is missing to the best posterior at the mode where it is.",
        advice="Large: train for longer, widen the encoder, or refine posteriors by more steps.",
    ),
    Reading(
        "Active dimensions",
        "dimensions",
        lambda diagnosis: diagnosis.active_units,
        _activity,
        "Latent dimensions whose posterior mean varies with the image. What they tell of it is their KL: below 0.1 nats next to nothing.",
        "Far fewer than there are: fewer dimensions would do, or a lower beta would use them.",
        digits=0,
    ),
    Reading(
        "Class from nearest neighbours",
        "of the images",
        lambda diagnosis: diagnosis.knn_accuracy,
        _vote,
        "How often an image's neighbours in latent space belong to its class.",
        "Low: classes overlap; more dimensions or a lower beta pull them apart.",
        pixels="knn_accuracy",
        image_error=_share_error(lambda diagnosis: diagnosis.knn_accuracy),
        each=lambda diagnosis: (diagnosis.knn_right,),
        percent=True,
        digits=1,
    ),
    Reading(
        "Class from a linear classifier",
        "of the images",
        lambda diagnosis: diagnosis.linear_accuracy,
        _probed,
        "How much of the class can be read off the latents by a linear probe.",
        "Far below the neighbours' share: classes are there but curl around each other.",
        pixels="linear_accuracy",
        image_error=_share_error(lambda diagnosis: diagnosis.linear_accuracy),
        each=lambda diagnosis: (diagnosis.linear_right,),
        percent=True,
        digits=1,
    ),
    Reading(
        "What latents say of images",
        "nats per image",
        _part("mutual_information"),
        _decomposed,
        "The mutual information I(x; z): the part of the KL that is of use.",
        "Small next to the KL: the rest is paid for a latent distribution that is not the prior's.",
        error=_part("mutual_information_error"),
        optional=True,
    ),
    Reading(
        "Total correlation",
        "nats",
        _part("total_correlation"),
        _decomposed,
        "How far latent dimensions depend on each other, over all images.",
        "Large: dimensions share factors; a higher beta parts them.",
        error=_part("total_correlation_error"),
    ),
    Reading(
        "Dimensions beside the prior",
        "nats",
        _part("dimension_kl"),
        _decomposed,
        "How far each dimension's distribution over all images lies from the prior's, summed.",
        "Large: draws from the prior fall where no image lies; a higher beta, or draws from the aggregate posterior.",
        error=_part("dimension_kl_error"),
        optional=True,
        absence=_dependent,
    ),
    Reading(
        "Total correlation of a normal fit",
        "nats",
        lambda diagnosis: diagnosis.normal_total_correlation,
        lambda diagnosis: "-1/2 log det of the correlations of q(z)",
        "How far latent dimensions go together along straight lines, over all images.",
        "Over 0.1: some dimensions repeat others; a higher beta parts them.",
    ),
    Reading(
        "Furthest dimension from the prior",
        "latent units",
        lambda diagnosis: max(diagnosis.wasserstein),
        lambda diagnosis: (
            f"first Wasserstein distance of the aggregate posterior to {diagnosis.prior.prior.title_of_one}"
        ),
        "How far probability would have to be moved, on average, to make the worst dimension that of the prior.",
        "Over 0.2: samples from the prior look worse than reconstructions; sample the aggregate posterior.",
        digits=3,
    ),
    Reading(
        "Mutual information gap (MIG)",
        "of 1",
        _score("mig"),
        lambda diagnosis: "posterior means cut into 20 bins, averaged over factors",
        "By how much the dimension that says most of a factor says more than the next.",
        "Near nothing: factors are spread over dimensions; raise beta, or try another seed.",
        optional=True,
    ),
    Reading(
        "Disentanglement (DCI)",
        "of 1",
        lambda diagnosis: diagnosis.disentanglement.dci.disentanglement if diagnosis.disentanglement else None,
        lambda diagnosis: "importance of dimensions in forests that predict each factor",
        "Whether each dimension matters for one factor only.",
        "Low: dimensions mix factors; raise beta.",
        optional=True,
    ),
    Reading(
        "Completeness (DCI)",
        "of 1",
        lambda diagnosis: diagnosis.disentanglement.dci.completeness if diagnosis.disentanglement else None,
        lambda diagnosis: "importance of dimensions in forests that predict each factor",
        "Whether each factor needs one dimension only.",
        "Low: a factor is spread over several dimensions; raise beta, or take fewer dimensions.",
        optional=True,
    ),
    Reading(
        "Informativeness (DCI)",
        "of the images",
        lambda diagnosis: diagnosis.disentanglement.dci.informativeness if diagnosis.disentanglement else None,
        lambda diagnosis: "held-out quarter of the test images, averaged over factors",
        "How often the factors can be told from the latents at all.",
        "Low: the latents have lost what images were made from; lower beta, or add dimensions.",
        percent=True,
        digits=1,
        optional=True,
    ),
    Reading(
        "Separated predictability (SAP, explained variance)",
        "of 1",
        _score("sap"),
        lambda diagnosis: (
            "R² of a line for each dimension and ordered factor, accuracy of a linear classifier for kinds (Kumar et al., 2018)"
        ),
        "By how much the dimension that predicts a factor best does so better than the next; 1 for perfect ordered factors.",
        "Near nothing: several dimensions predict the same factor equally well.",
        optional=True,
    ),
    Reading(
        "Separated predictability (SAP, linear SVM)",
        "of 1",
        _score("sap_svm"),
        lambda diagnosis: (
            "accuracy of a linear SVM for each dimension and factor, as disentanglement_lib has it (Locatello et al., 2019)"
        ),
        "The same where every factor is taken for a kind. Perfect factors of eight values get 3/8, so compare it with none of the other.",
        "Near nothing: several dimensions predict the same factor equally well.",
        optional=True,
    ),
)


def unit_of(value: float, reading: Reading) -> str:
    """The unit of a value, which may be one."""
    return "dimension" if reading.unit == "dimensions" and value == 1 else reading.unit


def how(diagnosis: Diagnosis, reading: Reading) -> str:
    """How a number was found, or why there is none: a sentence without its full stop."""
    text = reading.absence(diagnosis) or reading.estimator(diagnosis)
    if diagnosis.interpolated and reading.value(diagnosis) is not None:
        text += "; posteriors between those at the two nearest betas that the model was looked at"
    if not text.startswith(("q(", "-")):
        text = text[0].upper() + text[1:]
    return text


def spread(diagnosis: Diagnosis, reading: Reading) -> str:
    """The standard errors of a number, over images and over draws of z: nothing where it has none, an ellipsis while one isn't known."""
    finer = replace(reading, digits=2 if reading.percent else 3)
    return plus_minus(reading.image_error(diagnosis), reading.error(diagnosis), lambda error: number(error, finer))


def plus_minus(images: float | None, draws: float | None, shown: Callable[[float], str] = "{:.3f}".format) -> str:
    """Standard errors over images and over draws of z, in words; None where there is none, NaN while one isn't known."""
    each = ((images, "images"), (draws, "draws of z"))
    return ", ".join(f"± {'…' if math.isnan(e) else shown(e)} over {over}" for e, over in each if e is not None)


def readings(diagnosis: Diagnosis) -> list[Reading]:
    """Those that a diagnosis has something to say to."""
    return [
        reading
        for reading in READINGS
        if not reading.optional or reading.value(diagnosis) is not None or reading.absence(diagnosis)
    ]


def number(value: float, reading: Reading) -> str:
    """A value as it is shown, without its unit."""
    return f"{100 * value:.{reading.digits}f} %" if reading.percent else f"{value:,.{reading.digits}f}"
