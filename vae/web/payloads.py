"""What the browser gets: the decoder as a small program, and the points of the map, each as one block of bytes.

A block is what safetensors makes of arrays; its metadata have one entry, `header`, which is JSON.
"""

__all__ = [
    "classes_told",
    "decoder_of",
    "decoder_program",
    "describe",
    "encoder_program",
    "extent",
    "film_about",
    "film_pictures",
    "film_places",
    "keyframes",
    "layout_points",
    "levels_of",
    "map_points",
    "pack",
    "spreads",
    "too_many_to_move",
]

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from vae.checkpoints.checkpoint import Checkpoint
from vae.evaluation.terms import ActiveDimensions, active_dimensions, flat_from, measured_betas, scored_in, terms
from vae.film.view_plane import ViewPlane, reach, shown
from vae.latents.layouts import Layout
from vae.models.config import ModelConfig
from vae.models.layers import Layer
from vae.projections.projection import Scattered, Straight, spread
from vae.runs.snapshots import Snapshot, SnapshotReader

# Of the points, those that the opening view holds on either side along an axis at least: the few furthest would make the others small.
OPENING_SHARE = 0.9995
OPENING_MARGIN = 0.15  # of what it holds, by which it is widened if it then holds all on a side
MAX_MOVING = 100_000  # points that the page moves at every frame of a drag
MAX_SORTED = 1_000_000  # of them, by which that is found
KERNEL = 0.5  # of the spacing of a scattered plane's points, the width of what smooths their density
# Types for which browsers have no typed array, and what goes instead.
NARROWER_TYPES = {"bool": np.uint8, "int64": np.int32, "float16": np.float32, "float64": np.float32}


def decoder_program(checkpoint: Checkpoint) -> bytes:
    """The decoder: a list of layers with the names of their constants, and the constants, for `network.js` to run.

    It maps a latent with shape (D,), under a condition where the model takes one, to the numbers of the likelihood. Formulas go from
    these to the `mean` of each pixel, in [0, 1], to its standard deviation `std` and to a `draw` of it where the likelihood says them, and
    to the `score` of a test image's pixel.
    """
    return decoder_of(checkpoint.config, checkpoint.weights)


def decoder_of(config: ModelConfig, weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """The same of a model that is not a checkpoint; `weights` by the names that they would have in one."""
    likelihood = config.likelihood
    pictures = {"mean": likelihood.mean(), "std": likelihood.deviation(), "draw": likelihood.draw()}
    header = {
        "latent_dim": config.latent_dim,
        "image_shape": list(config.image_shape),
        "beta_range": config.beta_range,
        "conditioning": {field: asdict(knots) for field, knots in config.conditioning.items()},
        "of_two": likelihood.of_two,
        **{name: formula and formula.to_json() for name, formula in pictures.items()},
        "score": likelihood.score().to_json(),
        "layers": describe(config.decoder(), "decoder"),
    }
    return pack(header, _weights(weights, "decoder"))


def levels_of(checkpoint: Checkpoint) -> dict[str, int] | None:
    """How many latents there are of each of two levels; None where there is one."""
    config = checkpoint.config
    return {"top": config.top_dim, "lower": config.lower_dim} if config.lower_dim else None


def classes_told(checkpoint: Checkpoint) -> dict[str, Any] | None:
    """The `names` of the classes that a model can be told, and whether it knows `none`, because it was trained on some images without; None
    for one that isn't told any."""
    names, count = checkpoint.points.classes, checkpoint.config.classes
    if not count:
        return None
    known = [names[label] if label < len(names) else str(label) for label in range(count)]
    return {"names": known, "none": checkpoint.summary.train.label_dropout > 0}


def encoder_program(checkpoint: Checkpoint) -> bytes:
    """The encoder, in the same form: of an image with shape (C, H, W) it gives 2 D numbers, of which the first D are the mean of the
    posterior in one pass, without refinement."""
    config = checkpoint.config
    header = {"image_shape": list(config.image_shape), "layers": describe(config.encoder(), "encoder")}
    return pack(header, _weights(checkpoint.weights, "encoder"))


def map_points(checkpoint: Checkpoint, beta: float | None = None) -> bytes:
    """The posteriors of the test images, means and standard deviations (N, D), their labels (N,) and the names of the classes; at a beta,
    or where None as the checkpoint has them. `extent` says which ranges nearly all of the means, and all of them, lie in at any beta."""
    points, frames = checkpoint.points if beta is None else checkpoint.points_at(beta), checkpoint.keyframes
    every = points.mean if frames is None else frames.mean
    header = _header(checkpoint, every.reshape(-1, every.shape[-1]))
    if checkpoint.config.latent_dim == 2:
        header["components"] = _components(checkpoint, lambda mean: mean, _own_covariances)
    return pack(header, {"mean": points.mean, "std": points.std, "label": points.labels.astype(np.int32)})


def layout_points(checkpoint: Checkpoint, layout: Layout) -> bytes:
    """The posteriors of the test images as they lie in a plane: `mean` (N, 2), NaN for those that don't lie on it, what they are of,
    `latent` (N, D), and their `label` (N,); besides, how wide they are there, `std` (N, 2), and how their two directions go together,
    `tilt` (N,), a correlation.

    `space` says what lies at a place: of a straight plane origin + y basis^T, with `origin` (D,) and `basis` (D, 2); of a scattered one the
    latents of the points around it, as `vae.projections.projection` has it, where `spacing` says how far it is to those, and `spread` how
    widely all latents are spread. There the plane has no measure
    of its own, so that instead of posteriors it has a smoothing kernel of that width.
    """
    points, projection = checkpoint.points_at(layout.beta), layout.projection
    count = len(points.labels)
    mean = np.full((count, 2), np.nan, np.float32)
    mean[layout.index] = projection.plane
    arrays: dict[str, NDArray[Any]] = {
        "mean": mean,
        "latent": points.mean,
        "label": points.labels.astype(np.int32),
    }
    if isinstance(projection, Straight):
        across, up, together = projection.covariances(points.std).T
        arrays["std"] = np.sqrt(np.stack([across, up], axis=1))
        arrays["tilt"] = together / np.sqrt(across * up)
        arrays |= {"origin": projection.origin, "basis": projection.basis}
        space: dict[str, Any] = {"kind": "straight"}
        components = _components(checkpoint, projection.transform, projection.covariances)
    else:
        assert isinstance(projection, Scattered)
        arrays["std"] = np.full((count, 2), KERNEL * projection.spacing, np.float32)
        components = []  # no point lies near them that could say where they are
        space = {"kind": "scattered", "spacing": projection.spacing, "spread": spread(projection.latents)}
    name = json.dumps([layout.settings.kind, *asdict(layout.settings).values(), len(layout.index), layout.beta])
    header = {**_header(checkpoint, projection.plane), "components": components}
    return pack({**header, "space": {**space, "name": name, "axes": projection.names}, "beta": layout.beta}, arrays)


def _header(checkpoint: Checkpoint, places: NDArray[np.float32]) -> dict[str, Any]:
    """What is said of points that lie in `places` (N, D)."""
    return {
        "count": len(checkpoint.points.labels),
        "latent_dim": checkpoint.config.latent_dim,
        "classes": list(checkpoint.points.classes),
        "extent": extent(places[:, :2]),
        "rings": list(checkpoint.config.prior.rings),
        "components": [],
        "about_prior": checkpoint.config.prior.about_rings or checkpoint.config.prior.about_components,
    }


def _components(
    checkpoint: Checkpoint,
    transform: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    covariances: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> list[dict[str, Any]]:
    """How the components of the prior, if it has any, lie in a plane: the `weight` of each, the `place` of its mean, and the standard
    deviations across and up with their correlation, `std`. `covariances` are as `Straight.covariances` has them."""
    normals = checkpoint.prior.components
    if normals is None:
        return []
    places = transform(normals.mean.astype(np.float32))
    across, up, together = covariances(normals.std.astype(np.float32)).T
    shapes = np.stack([np.sqrt(across), np.sqrt(up), together / np.sqrt(across * up)], axis=1)
    each = zip(normals.weight.tolist(), places.tolist(), shapes.tolist(), strict=True)
    return [{"weight": weight, "place": place, "std": std} for weight, place, std in each]


def _own_covariances(std: NDArray[np.float32]) -> NDArray[np.float32]:
    """Those of two dimensions, which are the plane themselves."""
    return np.pad(np.square(std), ((0, 0), (0, 1)))


def extent(places: NDArray[np.float32]) -> dict[str, list[list[float]]]:
    """The ranges, one for each column of `places` (N, 2), that `nearly` all of them and `all` of them lie in. Where the furthest are no far
    cry from the others, both hold them."""
    if not len(places):
        return {name: [[0.0, 0.0]] * places.shape[1] for name in ("nearly", "all")}
    some = places[:: max(1, places.size // MAX_SORTED)]
    low, high = np.quantile(some, [1 - OPENING_SHARE, OPENING_SHARE], axis=0)
    least, most = places.min(0), places.max(0)
    room = OPENING_MARGIN * (high - low).max()
    low, high = np.where(low - least <= room, least, low), np.where(most - high <= room, most, high)
    return {
        "nearly": np.stack([low, high], axis=1).tolist(),
        "all": np.stack([least, most], axis=1).astype(float).tolist(),
    }


def too_many_to_move(checkpoint: Checkpoint) -> bool:
    """Whether the page gets keyframes of some of the points only, and asks for all of them where beta comes to rest."""
    return checkpoint.keyframes is not None and len(checkpoint.points.labels) > MAX_MOVING


def keyframes(checkpoint: Checkpoint) -> bytes:
    """What a page needs of a model for a range of betas: the betas of its keyframes; what was `measured` at these and at the one that its
    summary is of: rate and distortion (in nats per image), active dimensions, and the KL of the one that tells least and of the one that
    tells most; the beta that it is `flat_from`; and what its nats are, `scored`. For a plane also the posterior means (K, N, 2), between
    which points go linearly in log(beta), but for the `changes` (J, 2) that `vae.checkpoints.keyframes.Keyframes` has. If there are too
    many, they are some of the points only, evenly spaced, and `index` (N,) says which."""
    frames = checkpoint.keyframes
    assert frames is not None
    betas = measured_betas(checkpoint)
    measured, dims = (
        [terms(checkpoint, beta) for beta in betas],
        [active_dimensions(checkpoint, beta) for beta in betas],
    )
    header = {
        "range": checkpoint.config.beta_range,
        "beta": frames.beta.tolist(),
        "measured": {
            "beta": betas,
            "rate": [each.kl for each in measured],
            "distortion": [each.recon for each in measured],
            **{name: [getattr(each, name) for each in dims] for name in ActiveDimensions._fields},
        },
        "flat_from": flat_from(checkpoint),
        "scored": scored_in([checkpoint]),
        "latent_dim": checkpoint.config.latent_dim,
    }
    if checkpoint.config.latent_dim != 2:
        return pack(header, {})
    if not too_many_to_move(checkpoint):
        return pack(header, {"mean": frames.mean, "changes": frames.changes})
    index = _moving(checkpoint)
    rank = np.full(frames.mean.shape[1], -1, np.int32)
    rank[index] = np.arange(len(index))
    changes = np.stack([frames.changes[:, 0], rank[frames.changes[:, 1]]], axis=1)
    return pack(header, {"index": index, "mean": frames.mean[:, index], "changes": changes[changes[:, 1] >= 0]})


def spreads(checkpoint: Checkpoint) -> bytes:
    """The standard deviations (K, N, D) of the posteriors that `keyframes` has the means of."""
    frames = checkpoint.keyframes
    assert frames is not None
    return pack({}, {"std": frames.std[:, _moving(checkpoint)] if too_many_to_move(checkpoint) else frames.std})


def film_about(film: SnapshotReader) -> bytes:
    """What the snapshots of a training are of: the `label` (N,) of the images and the names of the classes, and the `originals`
    (R, C, H, W) whose reconstructions are shown."""
    about = film.about
    header = {
        "count": len(about.images),
        "classes": list(about.classes),
        "latent_dim": about.z.shape[1],
        "square": about.reach,
    }
    return pack(
        header,
        {"label": about.labels.astype(np.int32), "image": about.images.astype(np.int32), "originals": about.originals},
    )


def film_places(film: SnapshotReader, steps: Sequence[int], on: ViewPlane) -> bytes:
    """Where the images lie after each of the steps whose snapshot can be read, `mean` (K, N, 2), and what lies at a place of the plane,
    as in `layout_points`."""
    steps, spots = shown(film, steps, on)
    header: dict[str, Any] = {"steps": steps, "reach": reach(spots), "latent_dim": film.about.z.shape[1]}
    arrays: dict[str, NDArray[Any]] = {"mean": spots}
    if on.plane is not None:
        header["space"] = {"kind": "straight", "name": f"film {on.step}", "axes": on.names}
        arrays |= {"origin": on.plane.origin, "basis": on.plane.basis}
    return pack(header, arrays)


def film_pictures(snapshot: Snapshot) -> bytes:
    """What a training drew after some step: `samples` (S, C, H, W), a square of them, and `reconstructions` (R, C, H, W)."""
    return pack({"step": snapshot.step}, {"samples": snapshot.samples, "reconstructions": snapshot.reconstructions})


def _moving(checkpoint: Checkpoint) -> NDArray[np.int32]:
    count = len(checkpoint.points.labels)
    return np.arange(0, count, -(-count // MAX_MOVING), dtype=np.int32)


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One block of a header and arrays, of at most 32 bits a number."""
    # One entry, because safetensors writes several in another order every time, and the URL is a hash of what is written.
    metadata = {"header": json.dumps(header, separators=(",", ":"))}
    return save({name: _narrowed(array) for name, array in arrays.items()}, metadata)


def _narrowed(array: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(array, NARROWER_TYPES.get(array.dtype.name, array.dtype), order="C")


def _weights(weights: Mapping[str, NDArray[np.float32]], half: str) -> dict[str, NDArray[np.float32]]:
    return {name: array for name, array in weights.items() if name.startswith(f"{half}.")}


def describe(layers: Iterable[Layer], half: str) -> list[dict[str, Any]]:
    """The layers as JSON: their kinds and constants, and their tensors' names in a checkpoint."""
    described: list[dict[str, Any]] = []
    for place, layer in enumerate(layers):
        name = f"{half}.{place}"
        tensors = {tensor: f"{name}.{tensor}" for tensor in layer.tensors()}
        described.append({"kind": layer.kind, **asdict(layer), "tensors": tensors})
        if layer.inner:
            described[-1]["layers"] = describe(layer.inner, name)
    return described
