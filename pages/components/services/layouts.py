"""The plane that a model's latents of more than two dimensions are shown in: which one is wanted, and how it is made.

Straight planes are there at once. What scatters points is made by a process of its own (`python -m vae project`): it takes a minute,
in which the pages must answer, and numba may end the process it runs in. It is kept below `VAE_RUNS_DIR`, so it is made once.
"""

from __future__ import annotations

__all__ = [
    "Wish",
    "about_projection",
    "choice_key",
    "choose_layout",
    "default_layout",
    "figures_of",
    "layout_in_use",
    "made_or_making",
]

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st

from pages.components.server.messages import without_paths
from pages.components.services.jobs import Job, Jobs, by_process, visitor_on, wait_for
from pages.components.services.models import Model
from pages.components.services.settings import setting_control
from vae.cache import DiskCache
from vae.checkpoints.checkpoint import Checkpoint
from vae.cli.options import to_arguments
from vae.errors import VAEError
from vae.files import temporary_folder
from vae.latents import layouts
from vae.latents.layouts import MAX_FITTED, Layout, lay_out, measured, usual_plane
from vae.limits import MAX_DISK_CACHE_BYTES, MAX_LAYOUT_FILES
from vae.projections import PCA, PROJECTIONS, Axes
from vae.projections.neighbours import ASKED_POINTS, NEIGHBOURS
from vae.projections.planes import LOSS, Measured, Plane
from vae.projections.projection import Settings, Straight, dimension
from vae.runs.store import runs_folder
from vae.settings import settings_of
from vae.texts import markdown

FITTED_COUNTS = (MAX_FITTED, 30_000, 100_000)  # points that are offered
VERSION = 2  # of how layouts are made; another one makes them anew
# Px for what the plane is, or how far: always as many, so that the map stays where it is on a narrow page, too.
ROW = 64

_jobs: Jobs[Job[Layout]] = Jobs("layouts")
_figures: Jobs[Job[Measured]] = Jobs("figures of layouts")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see."""

    settings: Settings
    beta: float
    most: int = MAX_FITTED  # points that are scattered
    fixed: tuple[float, ...] | None = None  # what two axes hold the other dimensions at


def layout_of(model: Model, wish: Wish, visitor: str, *, again: bool = False) -> Layout | Job[Layout]:
    """The layout that was asked for, or the job that makes it, which is begun `again` if it was stopped or failed. Raises `VAEError` for
    settings that the model can't have."""
    if wish.settings.straight:
        return _lay_straight(model, wish)
    count = min(wish.most, len(model.checkpoint.points.labels))
    for layout in _in_checkpoint(model):
        if (layout.settings, layout.beta, len(layout.index)) == (wish.settings, wish.beta, count):
            return layout
    about = {"kind": wish.settings.kind, **asdict(wish.settings)}
    name = json.dumps([VERSION, model.stamp, about, wish.beta, wish.most])
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    cache = cache_of(model.checkpoint)
    job = _jobs.ask(
        Job(key=str(cache.path(digest)), visitor=visitor),
        lambda job: cache.get_or_make(digest, lambda: _make(job, model, wish)),
        again=again,
        find=lambda _: cache.get(digest),  # then nobody waits until another one has been made
    )
    return job if job.result is None else job.result


def cache_of(checkpoint: Checkpoint) -> DiskCache[Layout]:
    """Layouts of a checkpoint's points that processes have made."""
    return DiskCache(
        runs_folder() / "cache" / "layouts",
        ".npz",
        pack=lambda layout: layouts.to_bytes(layout, checkpoint),
        unpack=lambda content: layouts.from_bytes(content, checkpoint, "the cache"),
        max_bytes=MAX_DISK_CACHE_BYTES,
        max_files=MAX_LAYOUT_FILES,
    )


def _lay_straight(model: Model, wish: Wish) -> Layout:
    def make() -> Layout:
        fixed = None if wish.fixed is None else np.array(wish.fixed, np.float32)
        return lay_out(model.checkpoint, wish.settings, wish.beta, fixed=fixed)

    return model.cached(wish, make)


def _in_checkpoint(model: Model) -> list[Layout]:
    return model.cached("planes", lambda: layouts.saved_layouts(model.checkpoint))


def _measure(layout: Layout, checkpoint: Checkpoint) -> Measured:
    figures = measured(layout, checkpoint).measured
    assert figures is not None
    return figures


def _make(job: Job[Layout], model: Model, wish: Wish) -> Layout:
    """Has a process write the layout into a file, and reads it."""
    with temporary_folder() as folder:
        file = folder / "plane.npz"
        options = [*to_arguments(wish.settings), f"--beta={wish.beta!r}", f"--points={wish.most}", f"--out={file}"]
        failed = f"{wish.settings.title} could not lay the points out"
        by_process(job, ["project", str(model.path), *options], failed)
        return layouts.read(file, model.checkpoint)


# What people see of it.

STRAIGHT_HELP = "Straight, so every place of it is decoded exactly."
SCATTERED_HELP = "A place gets its latent from the points around it, and fades far from all."
FIXED_CHOICES = {"zero": "0", "mean": "the images' mean", "value": "a value"}


def about_projection(kind: str) -> str:
    """What a projection is, and what lies at a place of its plane."""
    projection = PROJECTIONS[kind]
    return f"{projection.about} {STRAIGHT_HELP if projection.straight else SCATTERED_HELP}"


def default_layout(model: Model, beta: float) -> Layout:
    """What a model opens on, which is there at once: the latent plane itself; of more dimensions the plane that its checkpoint holds for
    this beta, or else the one of their principal components."""
    usual = usual_plane(model.checkpoint)
    if usual == Axes():
        return _lay_straight(model, Wish(usual, beta))
    for layout in _in_checkpoint(model):
        if layout.beta == beta:
            return layout
    return _lay_straight(model, Wish(usual, beta))


def layout_in_use(model: Model, beta: float) -> Layout | None:
    """The plane that Explore last showed the model in, or else what is there at once; None where the latent is a plane, or a line."""
    if model.checkpoint.config.latent_dim < 3:
        return None
    stamp, layout = st.session_state.get("plane_shown", (None, None))
    return layout if stamp == model.stamp and layout and layout.beta == beta else default_layout(model, beta)


def choice_key(key: str, usual: str) -> str:
    """The key of the control for a method, `usual` being what a model opens on: models that open on the plane in their file have one of
    their own, or what one opens on would be asked of another, for which it takes a minute."""
    return key if usual == PCA.kind else f"{key}_{usual}"


def choose_layout(model: Model, beta: float) -> Layout:
    """Controls for the plane, and how far it is while it is made; returns the one to show until then, too.

    Everything keeps its place on the page, or the map below would be built anew.
    """
    left, middle, right = st.columns([9, 8, 3], vertical_alignment="bottom")
    at_once = default_layout(model, beta)
    usual = at_once.settings.kind
    kind = left.segmented_control(
        f"Plane of the {model.checkpoint.config.latent_dim} dimensions",
        list(PROJECTIONS),
        format_func=lambda kind: PROJECTIONS[kind].title,
        default=usual,
        required=True,
        key=choice_key("plane_kind", usual),
        bind="query-params",
        persist_state="session",
        help="  \n".join(
            f"**{each.title}**: {about_projection(name)} {each.duration}" for name, each in PROJECTIONS.items()
        ),
    )
    with right.popover("Settings", icon=":material/tune:", width="stretch"):
        wish = _choose_axes(model, beta) if kind == Axes.kind else _choose_settings(model, beta, PROJECTIONS[kind])
    with middle.container(height=ROW, border=False, vertical_alignment="bottom"):
        layout = made_or_making(model, wish, visitor_on("explore"))
        if layout is not None:
            st.caption(about_projection(kind))
            st.session_state["plane_shown"] = model.stamp, layout
        else:
            stamp, layout = st.session_state.get("plane_shown", (None, None))
            if stamp != model.stamp or layout is None:
                layout = at_once
        if layout.measured is None:
            job = _figures_of(model, layout)
            if not job.ended:
                wait_for([job])
    return layout


def made_or_making(model: Model, wish: Wish, visitor: str, key: str = "plane", of: str = "") -> Layout | None:
    """The layout that is wanted; None while it is made, or if it can't be, and then the page says so, and whose `of` several it is."""
    again = st.session_state.pop(f"{key}_again", False)
    title = f"{of}: {wish.settings.title}" if of else wish.settings.title
    try:
        layout_or_job = layout_of(model, wish, visitor, again=again)
    except VAEError as error:
        st.error(markdown(without_paths(error)), icon=":material/error:")
        return None
    if isinstance(layout_or_job, Layout):
        return layout_or_job
    if layout_or_job.error is None:
        points = min(wish.most, len(model.checkpoint.points.labels))
        begun = f"{title} is laying out {points:,} points"
        wait_for([layout_or_job], begun, f"{title} is looking for neighbours", key=key)
    else:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            stopped = f"{title} was stopped. The map still shows the plane of before."
            st.caption(stopped if layout_or_job.stopped else f":material/error: {markdown(layout_or_job.error)}")
            st.button(
                "Lay out",
                icon=":material/refresh:",
                key=f"{key}_begin",
                on_click=lambda: st.session_state.update({f"{key}_again": True}),
            )
    return None


def figures_of(model: Model, layout: Layout) -> list[tuple[str, str, str]]:
    """What the plane keeps of the latents: titles, values, and what they mean; dashes as long as that isn't known."""
    return _readings(layout, layout.measured or _figures_of(model, layout).result)


def _figures_of(model: Model, layout: Layout) -> Job[Measured]:
    visitor = visitor_on("explore")  # who no longer looks at another one, so that its figures aren't wanted
    job = Job[Measured](key=(model.stamp, layout.key), visitor=visitor)
    return _figures.ask(job, lambda _: _measure(layout, model.checkpoint))


def _readings(layout: Layout, figures: Measured | None) -> list[tuple[str, str, str]]:
    def share(value: float | None, digits: int = 1) -> str:
        return "–" if value is None else f"{100 * value:.{digits}f} %"

    quality = figures.quality if figures else None
    neighbours = f"{NEIGHBOURS} nearest points"
    dropped = (
        "What a straight plane drops: the distance from an image's latent to what its place decodes from, root mean square, as a share "
        f"of the latents' spread. This one holds {share(layout.projection.explained, 0)} of their variance. A place itself is decoded "
        "exactly."
        if isinstance(layout.projection, Straight)
        else "How far what a place decodes from lies from the latent of the image there, when that image takes no part in it: root mean "
        "square, as a share of the latents' spread."
    )
    return [
        (
            "Trustworthiness",
            share(quality.trustworthiness if quality else None),
            "How far neighbours on the map are neighbours among the latents (Venna & Kaski, 2001). "
            "Low: the map shows groups that aren't there.",
        ),
        (
            "Continuity",
            share(quality.continuity if quality else None),
            "How far neighbours among the latents are neighbours on the map (Venna & Kaski, 2001). "
            "Low: the map tears apart what belongs together.",
        ),
        (
            "Class from neighbours",
            share(figures.knn_accuracy if figures else None),
            f"A vote of the {neighbours} on the map, each image left out of its own, over up to {ASKED_POINTS:,} images. Among the "
            f"latents it is {share(figures.knn_of_latents if figures else None)}.",
        ),
        (LOSS[layout.settings.straight], share(quality.reconstruction_error if quality else None, 0), dropped),
    ]


def _choose_axes(model: Model, beta: float) -> Wish:
    dimensions = model.dimensions_at(beta)
    top = model.checkpoint.config.top_dim
    dims = sorted(dimensions.order.tolist(), key=lambda d: d >= top)  # those that stand by themselves come first
    names = {d: f"{dimension(d)}, {dimensions.kl[d]:.2f} nats" for d in dims}
    name = model.program_url.rpartition("/")[2][:8]
    order = "Sorted by KL, nats per image."
    first = st.selectbox("Across", dims, 0, names.__getitem__, f"plane_first_{name}", order, persist_state="session")
    second = st.selectbox("Up", dims, 1, names.__getitem__, f"plane_second_{name}", persist_state="session")
    pins = st.session_state.get("explore_pins", {})
    # Another file may have taken the model's name since.
    pins = [pin for pin in pins["pins"] if len(pin) == len(dims)] if pins.get("model") == model.name else []
    choices = FIXED_CHOICES | {f"pin {place}": f"pin {place}" for place in range(1, len(pins) + 1)}
    if st.session_state.get("plane_held") not in choices:
        st.session_state["plane_held"] = "zero"  # the pin is gone
    at = st.selectbox(
        "The others at",
        list(choices),
        key="plane_held",
        persist_state="session",
        format_func=choices.__getitem__,
        help="Pins set on the map can hold them, too.",
    )
    latent = None
    if at == "mean":
        latent = tuple(model.checkpoint.points_at(beta).mean.mean(0).tolist())
    elif at == "value":
        value = st.number_input(
            "Value",
            -10.0,
            10.0,
            0.0,
            0.1,
            key="plane_value",
            persist_state="session",
            help="Latent units, the same for all of them.",
        )
        latent = (float(value),) * len(dims)
    elif at.startswith("pin "):
        latent = tuple(pins[int(at[4:]) - 1])
    return Wish(Axes(first, second), beta, fixed=latent)


def _key(model: Model, name: str) -> str:
    """The key of a control that models share, unless it begins with what the checkpoint holds."""
    return f"{name}_{model.name}" if model.checkpoint.planes else name


def _choose_settings(model: Model, beta: float, kind: type[Settings]) -> Wish:
    """Controls for the settings that a projection has."""
    known = settings_of(kind)
    if not known:
        st.caption(f"{kind.title} has no settings.")
        return Wish(kind(), beta)
    # The plane of this projection that the checkpoint holds, with whose settings the controls begin.
    plane = next((plane for plane in model.checkpoint.planes if plane.settings.kind == kind.kind), None)
    usual = kind() if plane is None else plane.settings
    with st.form(f"plane_{kind.kind}", border=False):
        values = {
            name: setting_control(setting, getattr(usual, name), _key(model, f"plane_{kind.kind}_{name}"))
            for name, setting in known.items()
        }
        most = MAX_FITTED if kind.straight else _most(model, plane)
        st.form_submit_button("Lay out", width="stretch")
    return Wish(kind(**values), beta, most)


def _most(model: Model, plane: Plane | None) -> int:
    """How many points are laid out, at first as many as in the checkpoint's plane; more are offered where there are more."""
    count = len(model.checkpoint.points.labels)
    if count <= MAX_FITTED:
        return MAX_FITTED
    begin = MAX_FITTED if plane is None else len(plane.index)
    choices = sorted({begin, *(number for number in FITTED_COUNTS if number < count), count})
    return st.selectbox(
        "Points",
        choices,
        choices.index(begin),
        key=_key(model, "plane_most"),
        persist_state="session",
        format_func="{:,}".format,
        help="Chosen at random. More take longer.",
    )
