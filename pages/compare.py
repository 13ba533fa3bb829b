"""Compare: two models, or two betas of one, side by side; and any number of models in one table."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.latent_map import Side as Shown
from pages.components.latent_map import pair
from pages.components.live_chart import live_chart
from pages.components.server.messages import without_paths
from pages.components.services.diagnoses import (
    Diagnosing,
    begun,
    choose_draws,
    diagnosis_of,
    images_missing,
    made,
)
from pages.components.services.jobs import wait_for
from pages.components.services.latent_spaces import likeness_of
from pages.components.services.layouts import METHODS, ROW, Wish, choice_key, default_layout, made_or_making
from pages.components.services.models import (
    Entry,
    Model,
    beta_in_use,
    betas_to_choose,
    entries,
    has_beta,
    heading,
    help_of_picker,
    model_in_use,
    open_model,
    stamp_of,
    summary_row,
)
from pages.components.services.originals import originals, rows_of_originals
from vae.errors import VAEError
from vae.evaluation.comparison import (
    Difference,
    differences,
    same_likelihood,
    shared,
    together,
)
from vae.evaluation.diagnostics import Diagnosis
from vae.evaluation.figures import Standing, loss_curves, rate_distortions
from vae.evaluation.report import Reading, number, spread
from vae.evaluation.terms import Terms, scored_in, terms
from vae.latents.layouts import Layout
from vae.projections.projection import KINDS, PCA, Axes
from vae.runs import store
from vae.texts import markdown

LETTERS = ("A", "B")
APART = 10.0  # factor from beta 1 to the betas of A and of B, to begin with, where both are one model
# What fits beside each other: the model's title has its data, dimensions and range of betas, and the CSV file has everything.
SHOWN_OF_MANY = (
    "Model",
    "At β",
    "Likelihood",
    "Reconstruction",
    "KL",
    "Minus the ELBO",
    "Importance-weighted bound",
    "Active dimensions",
    "Class from neighbours",
)
LIKELIHOODS = "A and B have different likelihoods, and nats of one are not nats of the other."


class Side(NamedTuple):
    """A model at a beta."""

    letter: str
    entry: Entry
    model: Model
    beta: float

    @property
    def label(self) -> str:
        """What tells it from the other one."""
        at = f", at β {self.beta:g}" if self.model.checkpoint.config.beta_range else ""
        return f"{self.letter}: {self.model.title}{at}"


def maps(a: Side, b: Side, alike: bool) -> None:
    """The two maps, linked: what is pointed at, or selected, in one is so in the other."""
    dims = [side.model.checkpoint.config.latent_dim for side in (a, b)]
    if min(dims) < 2:
        flat = " and ".join(side.letter for side, count in zip((a, b), dims, strict=True) if count < 2)
        st.info(
            f"{flat}: one latent dimension, and a map shows planes. The numbers below are of any.",
            icon=":material/info:",
        )
        return
    with st.container():  # always there, or the maps would be built anew
        layouts = choose_layouts((a, b))
    if alike:
        layouts = together(*layouts)
    place = st.container()
    with st.container():  # likewise
        images = originals(a.model.checkpoint) if alike else None
    rows = rows_of_originals(a.model.checkpoint, images)
    with place:
        shown = [Shown(side.model, side.beta, layout) for side, layout in zip((a, b), layouts, strict=True)]
        pair(shown, shared=alike, originals=rows, key="compare_maps")


def choose_layouts(sides: Sequence[Side]) -> list[Layout]:
    """How the points of both sides are laid out, with the control where either has more than two dimensions; below it, above each map in
    a row as high whatever it says, how far that side is."""
    deep = [side.model.checkpoint.config.latent_dim > 2 for side in sides]
    if not any(deep):
        return [default_layout(side.model, side.beta) for side in sides]
    usual = {
        default_layout(side.model, side.beta).settings.kind for side, more in zip(sides, deep, strict=True) if more
    }
    kind = choose_plane(usual.pop() if len(usual) == 1 else PCA.kind)
    rows = list(st.columns(2, vertical_alignment="top", gap="medium"))
    layouts = []
    for side, more, row in zip(sides, deep, rows, strict=True):
        if not more:
            layouts.append(default_layout(side.model, side.beta))
            continue
        with row.container(height=ROW, border=False, vertical_alignment="top"):
            layouts.append(layout_of_side(side, kind))
    return layouts


def choose_plane(usual: str) -> str:
    """By which method latents of more than two dimensions are laid out, `usual` being what the models open on."""
    return st.segmented_control(
        "Latents of more than two dimensions in the plane of",
        [kind for kind in METHODS if kind != Axes.kind],
        format_func=lambda kind: METHODS[kind][0],
        default=usual,
        required=True,
        key=choice_key("compare_plane", usual),
        persist_state="session",
        help="Explore has settings for each of them, and tells how far it can be believed.",
    )


def layout_of_side(side: Side, kind: str) -> Layout:
    """The points of one side with more than two dimensions, or what it opens on until they are laid out as was asked for."""
    at_once = default_layout(side.model, side.beta)
    if kind == at_once.settings.kind:
        found = at_once
    else:
        visitor = st.session_state.setdefault("compare_visitor", uuid4().hex)
        key = f"compare_plane_{side.letter.lower()}"
        wish = Wish(KINDS[kind](), side.beta)
        found = made_or_making(side.model, wish, f"{visitor}-{side.letter}", key, side.letter)
    if found is not None:
        st.caption(f"{side.letter}: {METHODS[kind][1]}")
    return found or at_once


def settle(letter: str, there: Mapping[str, Entry], name: str) -> str:
    """The name of the model of one side: the one that was chosen, or this one."""
    key = f"compare_{letter.lower()}"
    wanted = st.session_state.get(key)
    if wanted not in there:
        if wanted is not None:
            st.toast(
                markdown(f"There is no model {wanted[:80]} any more, so {letter} is another one."),
                icon=":material/info:",
            )
        st.session_state[key] = name
    return st.session_state[key]


def choose(letter: str, there: Mapping[str, Entry], alone: bool, about: str) -> Side | None:
    """The controls of one side, whose model is settled; None, and why on the page, if it can't be read. `alone` says whether the other
    side has another model, and `about` is said of the list of models."""
    key = f"compare_{letter.lower()}"
    chosen = st.selectbox(
        f"Model {letter}",
        list(there),
        key=key,
        format_func=lambda name: there[name].title,
        persist_state="session",
        help=about,
    )
    entry = there[chosen]
    try:
        model = open_model(entry)
    except VAEError as error:
        st.error(markdown(f"{without_paths(error)} Choose another model for {letter}."), icon=":material/error:")
        return None
    return Side(letter, entry, model, choose_beta(letter, model, alone))


def choose_beta(letter: str, model: Model, alone: bool) -> float:
    """The beta of one side: a slider if the model was trained for a range. Until somebody moves it, it is where it begins."""
    betas = betas_to_choose(model)
    if len(betas) == 1:
        st.caption(f"Trained at β {betas[0]:g} alone.")
        return betas[0]
    key = f"compare_{letter.lower()}_beta_{model.name}"
    moved = f"{key}_moved"
    if moved not in st.session_state or st.session_state.get(key) not in betas:
        st.session_state[key] = beta_in_use(model) if alone else first_beta(letter, model, betas)
    return float(
        st.select_slider(
            f"β of {letter}",
            betas,
            key=key,
            format_func=lambda beta: f"{beta:.3g}",
            persist_state="session",
            on_change=lambda: st.session_state.update({moved: True}),
            help="The model was trained for every β of this range.",
        )
    )


def first_beta(letter: str, model: Model, betas: Sequence[float]) -> float:
    """Where a side begins whose model is that of the other one, too: A well below beta 1, and B well above, as far as the range goes; or A
    at the beta that somebody has chosen on another page, and B away from it."""
    if has_beta(model):
        chosen = beta_in_use(model)
        wanted = chosen if letter == "A" else chosen * APART if chosen * APART <= betas[-1] else chosen / APART
    else:
        wanted = model.checkpoint.config.nearest_beta() * (1 / APART if letter == "A" else APART)
    return min(betas, key=lambda beta: abs(np.log(beta / wanted)))


def other_than(a: str, there: Mapping[str, Entry]) -> str:
    """The model that B begins with: A itself if it has several betas, else another one of the same data, else any other."""
    header = there[a].header
    if header is not None and header.config.beta_range:
        return a
    others = [entry for entry in there.values() if entry.name != a]
    alike = [entry for entry in others if entry.header and header and entry.header.summary.data == header.summary.data]
    return next((entry.name for entry in (*alike, *others)), a)


def table(rows: list[dict[str, str]], compared: bool, alt: str) -> None:
    """Numbers of A and B, with their difference if they can be compared. Text wraps, so that all of it can be read on any screen."""
    shown = [{name: text for name, text in row.items() if compared or name != "B − A"} for row in rows]
    st.table(pd.DataFrame(shown), border="horizontal", hide_index=True, alt=alt)


def told(title: str, *about: str, unit: str = "") -> str:
    """What stands in front of a row: its title, and in small print its unit and, below, what there is to say of it."""
    sentences = " ".join(text if text.endswith(".") else f"{text}." for text in about)
    return title + (f" {small(unit)}" if unit else "") + (f"  \n{small(sentences)}" if sentences else "")


def small(text: str) -> str:
    return f":small[:gray[{text}]]"


def facts(a: Side, b: Side, compared: bool) -> None:
    """What the checkpoints say of themselves."""
    rows: list[dict[str, str]] = []
    about = [summary_row(side.entry, side.beta) for side in (a, b)]
    for name in ("Data", "Latent", "Network", "Posteriors", "Likelihood", "β", "Epochs"):
        title = "Latent dimensions" if name == "Latent" else name
        rows.append({" ": told(title), "A": markdown(about[0][name]), "B": markdown(about[1][name]), "B − A": ""})
    found = [terms_of(side) for side in (a, b)]
    alike = same_likelihood(a.model.checkpoint, b.model.checkpoint)
    scored = scored_in(side.model.checkpoint for side in (a, b))
    how = in_both(*(one.estimator for one in found))
    closed = "in closed form" + (
        "" if all(one.measured for one in found) else ", or between two β at which it was measured"
    )
    rows += [
        row_of_terms("Reconstruction", found, [one.recon for one in found], alike, how, scored),
        row_of_terms("KL to the prior", found, [one.kl for one in found], True, closed),
        row_of_terms("Minus the ELBO", found, [one.loss for one in found], alike, "the sum of both", scored),
    ]
    table(rows, compared, "What A and B are, and their bounds in nats per test image.")


def terms_of(side: Side) -> Terms:
    """The terms of the bound: as they were measured, if they were, by a diagnosis at least."""
    found = terms(side.model.checkpoint, side.beta)
    if not found.measured:
        for diagnosis in made(side.model.stamp):
            if diagnosis.beta == side.beta:
                return Terms(diagnosis.recon, diagnosis.kl, diagnosis.samples)
    return found


def row_of_terms(title: str, found: Sequence[Terms], values: Sequence[float], alike: bool, *how: str) -> dict[str, str]:
    """One of the bound's terms in both; what is interpolated is told by a sign."""
    about = ["" if one.measured else "≈ " for one in found]
    return {
        " ": told(f"{title}, nats per image", *(sentence(text) for text in how if text)),
        **{letter: f"{sign}{value:,.1f}" for letter, sign, value in zip(LETTERS, about, values, strict=True)},
        "B − A": f"{max(about)}{signed(values[1] - values[0], 1)}" if alike else "–",
    }


def sentence(text: str) -> str:
    """With a capital, unless it begins with a formula."""
    return text[:1].upper() + text[1:] if text[1:2].isalpha() else text


def in_both(a: str, b: str) -> str:
    """How a number was found, said once if it was the same way."""
    return a if a == b else f"A: {a}. B: {b}"


def signed(value: float, digits: int) -> str:
    """A difference; no difference has no sign."""
    shown = f"{value:+,.{digits}f}".replace("-", "−")
    return shown if float(f"{value:.{digits}f}") else shown.lstrip("+−")


def value_in(value: float | None, found: Diagnosis, reading: Reading) -> str:
    """A number of one diagnosis, with its standard errors in small print below."""
    if value is None:
        return "–"
    errors = filter(None, spread(found, reading).split(", "))
    return "  \n".join([number(value, reading), *map(small, errors)])


def row_of_diagnoses(row: Difference, found: tuple[Diagnosis, Diagnosis]) -> dict[str, str]:
    """One number of both diagnoses, in its unit and with its digits."""
    reading = row.reading
    factor, unit = (100, " points") if reading.percent else (1, "")
    return {
        " ": told(reading.title, sentence(row.estimator), reading.meaning, unit=reading.unit),
        "A": value_in(row.a, found[0], reading),
        "B": value_in(row.b, found[1], reading),
        "B − A": "–" if row.difference is None else f"{signed(factor * row.difference, reading.digits)}{unit}",
        "±": "" if row.error is None else f"{factor * row.error:.3f}",
    }


def diagnoses(a: Side, b: Side, compared: bool) -> None:
    """Every diagnostic of both, once somebody has asked for them."""
    missing = next(
        filter(None, (images_missing(side.model.checkpoint.summary.data) for side in (a, b))),
        None,
    )
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        draws = choose_draws("compare_draws")
    jobs = [begun(side.model.stamp, side.model.checkpoint, side.beta, draws) for side in (a, b)]
    found = [job and job.result for job in jobs]
    with right:
        if all(found):
            error = (
                " ± is the standard error of the difference over images, each compared with itself." if compared else ""
            )
            st.caption(f"Of the whole test split, where a number says nothing else.{error}")
        elif any(job and not job.ended for job in jobs):
            going = [job for job in jobs if job is not None]
            wait_for(going, "Looking at every test image", "Getting ready", key="compare")
        elif missing is not None:
            st.info(markdown(missing), icon=":material/info:")
        else:
            offer(a, b, draws, jobs)
    one, other = found
    if one is not None and other is not None:
        alike = same_likelihood(a.model.checkpoint, b.model.checkpoint)
        rows = [row_of_diagnoses(row, (one, other)) for row in differences(one, other, alike, compared)]
        if not compared or not any(row["±"] for row in rows):
            rows = [{name: text for name, text in row.items() if name != "±"} for row in rows]
        table(rows, compared, "Every diagnostic of A and B, and how far they differ.")


def offer(a: Side, b: Side, draws: int, jobs: Sequence[Diagnosing | None]) -> None:
    """The button that has both diagnosed, and what became of it the last time."""

    def begin() -> None:
        visitor = st.session_state.setdefault("compare_visitor", uuid4().hex)
        for side in (a, b):
            # A visitor has one made at a time, and these are two.
            who = f"{visitor}-{side.letter.lower()}"
            diagnosis_of(side.model.stamp, side.model.checkpoint, side.beta, draws, who, again=True)

    problem = next((job.error for job in jobs if job and job.error and not job.stopped), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Diagnose both", icon=":material/monitoring:", key="compare_diagnose", on_click=begin)
        if problem is not None:
            st.error(markdown(problem), icon=":material/error:")
        else:
            stopped = any(job and job.stopped for job in jobs)
            st.caption(
                "Stopped."
                if stopped
                else "Active dimensions, neighbours, a tighter bound and more: up to some minutes."
            )


def curves(a: Side, b: Side, there: Mapping[str, Entry]) -> None:
    """Where both stand between rate and distortion, and how they came there."""
    if not same_likelihood(a.model.checkpoint, b.model.checkpoint):
        st.info(f"{LIKELIHOODS} Their curves would say nothing beside each other.", icon=":material/info:")
        return
    standings = []
    for side in (a, b):
        found = terms_of(side)
        standings.append(Standing(side.label, side.beta, found.kl, found.recon, side.model.checkpoint.keyframes))
    trained = {side.label: progress_of(side.model, there) for side in (a, b)}
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Reconstruction against KL**")
        live_chart(
            rate_distortions(standings),
            "Where A and B stand between KL and reconstruction, the rate and the distortion, in nats per test image.",
            key="compare_rates",
        )
    with right:
        st.markdown("**Training**")
        if any(trained.values()):
            live_chart(
                loss_curves(trained), "Minus the ELBO on held-out images after each epoch.", key="compare_losses"
            )
        missing = [side.letter for side in (a, b) if not trained[side.label]]
        if missing:
            st.caption(
                f"There are no training curves of {' and '.join(missing)}: no run here made "
                f"{'it' if len(missing) == 1 else 'them'}, neither from the Train page nor from the command line."
            )


def progress_of(model: Model, there: Mapping[str, Entry]) -> list[Any]:
    """What each epoch of the run that made a model reported, whichever file of it this is: no two models share a summary, which has the
    moment when it was done. Nothing where no run here made it."""
    made = model.checkpoint.config, model.checkpoint.summary
    same = {
        entry.path for entry in there.values() if entry.header and made == (entry.header.config, entry.header.summary)
    }
    return next((run.progress() for run in store.list_runs() if run.checkpoint in same), [])


def latent_spaces(a: Side, b: Side) -> None:
    """How alike the two latent spaces are, whatever their dimensions."""
    visitor = st.session_state.setdefault("compare_visitor", uuid4().hex)
    job = likeness_of(a.model, a.beta, b.model, b.beta, visitor)
    if job.error is not None:
        st.info(markdown(job.error), icon=":material/info:")
    found = job.result
    if found is None:
        if not job.ended:
            wait_for([job], waiting="Looking for neighbours in both latent spaces")
        return
    asked = f"{found.asked:,} of the images" if found.asked < len(a.model.checkpoint.points.labels) else "All images"
    for column, (title, value, about, meaning) in zip(
        st.columns(3),
        (
            (
                "Shared neighbours",
                f"{100 * found.neighbours:.1f} %",
                f"{asked} are asked, and neighbours are looked for among all, by the distance of posterior means.",
                f"So many of the {found.nearest} images nearest to an image in A are also among its {found.nearest} nearest in B. "
                f"By chance it would be {100 * found.chance:.2g} %.",
            ),
            (
                "Linear CKA",
                f"{found.cka:.3f}",
                "Centred kernel alignment of posterior means with linear kernels (Kornblith et al., 2019).",
                "Whether images that are alike in A are alike in B, over large distances: 1 for the same space seen from another side, "
                "0 where no direction of one goes along with one of the other.",
            ),
            (
                "Procrustes disparity",
                f"{found.disparity:.3f}",
                "Of posterior means, as SciPy has it; the space with fewer dimensions lies flat in the other (Gower, 1975).",
                "The squared distances that images keep from their places in A once B is turned, mirrored, shifted and scaled to fit, as a "
                "share of A's variance: 0 for the same space, 1 where they have nothing in common.",
            ),
        ),
        strict=True,
    ):
        with column, st.container(border=True, height="stretch", gap="xsmall"):
            st.metric(title, value, help=about)
            st.caption(meaning)


def many(a: Side, b: Side, there: Mapping[str, Entry]) -> None:
    """A row for A, B and each of the models that are chosen, and one more for each other beta at which one has been diagnosed."""
    free = [name for name in there if name not in (a.entry.name, b.entry.name)]
    key = "compare_more"
    st.session_state[key] = [name for name in st.session_state.get(key, []) if name in free]
    chosen = st.multiselect(
        "Beside A and B",
        free,
        key=key,
        format_func=lambda name: there[name].title,
        placeholder="Choose models" if free else "There is no other model",
        persist_state="session",
        disabled=not free,
    )
    scored = scored_in(
        header for name in (a.entry.name, b.entry.name, *chosen) if (header := there[name].header) is not None
    )
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys((a.entry.name, b.entry.name, *chosen)):
        entry = there[name]
        asked = [side for side in (a, b) if side.entry.name == entry.name]
        try:
            rows += rows_of(entry, {side.beta: terms_of(side) for side in asked})
        except VAEError as error:  # the file is gone
            st.warning(markdown(without_paths(error)), icon=":material/warning:")
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        alt="Models and their numbers, a row each.",
        column_order=SHOWN_OF_MANY,
        placeholder="–",
        column_config={
            "Model": st.column_config.TextColumn("Model", pinned=True),
            "At β": st.column_config.NumberColumn("At β", help="Where its figures are.", format="%.3g"),
            "Reconstruction": nats("Reconstruction", f"E[-log p(x|z)] with a few draws of z per image. {scored}"),
            "KL": nats("KL", "KL(q(z|x) || p(z)), in closed form."),
            "Minus the ELBO": nats("Minus the ELBO", f"Reconstruction + KL. {scored}"),
            "Importance-weighted bound": nats(
                "Importance-weighted bound", f"Minus it, where the model has been diagnosed. {scored}"
            ),
            "Active dimensions": st.column_config.NumberColumn(
                "Active dimensions",
                help="Dimensions whose posterior mean varies by more than 0.01 over images, where diagnosed.",
            ),
            "Class from neighbours": st.column_config.NumberColumn(
                "Class from neighbours",
                format="percent",
                help="How often the nearest posterior means, each image left out of its own, vote for its class, where diagnosed.",
            ),
        },
    )
    st.caption(
        "Nats per test image, averaged over the whole test split. Numbers compare only between models of the same data and likelihood. "
        "The importance-weighted bound, active dimensions and the class from neighbours are there where a model has been diagnosed here or "
        "on Diagnose since the server was started. "
        "The CSV file also has network, posteriors, epochs, draws and dates."
    )
    st.download_button(
        "Table as CSV",
        data=lambda: pd.DataFrame(rows).to_csv(index=False).encode(),
        file_name="models.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="compare_csv",
    )


def nats(name: str, about: str) -> Any:
    return st.column_config.NumberColumn(f"{name} (nats)", format="%.1f", help=about.strip())


def rows_of(entry: Entry, asked: Mapping[float, Terms]) -> list[dict[str, object]]:
    """Rows of one model: at the betas that are asked for, or else at its summary's, and at every other one at which it was diagnosed."""
    assert entry.header is not None
    found: dict[float, Diagnosis] = {}
    for diagnosis in made(stamp_of(entry)):
        if diagnosis.beta not in found or found[diagnosis.beta].iwae_draws < diagnosis.iwae_draws:
            found[diagnosis.beta] = diagnosis
    own = entry.header.summary.train.beta
    rows = []
    for beta in sorted({*(asked or (own,)), *found}):
        diagnosis = found.get(beta)
        row = summary_row(entry, beta) | {"At β": beta}
        if beta in asked:
            if not asked[beta].measured:
                row["β"] = f"{row['β']}, interpolated"
            row |= {"Reconstruction": asked[beta].recon, "KL": asked[beta].kl, "Minus the ELBO": asked[beta].loss}
        elif diagnosis is not None and beta != own:
            row |= {"Reconstruction": diagnosis.recon, "KL": diagnosis.kl, "Minus the ELBO": -diagnosis.elbo}
        row |= {
            "Importance-weighted bound": diagnosis and diagnosis.iwae,
            "Draws": diagnosis and diagnosis.iwae_draws,
            "Active dimensions": diagnosis and diagnosis.active_units,
            "Class from neighbours": diagnosis and diagnosis.knn_accuracy and round(diagnosis.knn_accuracy, 3),
        }
        rows.append(row)
    return rows


def compare(a: Side, b: Side, there: Mapping[str, Entry]) -> None:
    """Everything below the pickers."""
    reason = shared(a.model.checkpoint, b.model.checkpoint)
    if reason is not None:
        st.info(markdown(reason), icon=":material/info:")
    maps(a, b, reason is None)
    numbers, diagnosed, *both, others = st.tabs(
        ["In numbers", "Diagnosed", *(["Curves", "Latent spaces"] if reason is None else []), "More models"]
    )
    with numbers:
        facts(a, b, reason is None)
        if reason is None and not same_likelihood(a.model.checkpoint, b.model.checkpoint):
            st.caption(f"{LIKELIHOODS} So there is no difference where they take part.")
    with diagnosed:
        diagnoses(a, b, reason is None)
    with others:
        many(a, b, there)
    if both:
        with both[0]:
            curves(a, b, there)
        with both[1]:
            latent_spaces(a, b)


heading("Compare", "Two models, or two betas of one, side by side.")
known = entries()
model = model_in_use(known)
if model is not None:
    # The one in use is among them whatever has happened to its file since.
    there = {entry.name: entry for entry in known if entry.header is not None or entry.name == model.name}
    first = settle("A", there, model.name)
    second = settle("B", there, other_than(first, there))
    left, right = st.columns(2, gap="medium")
    with left:
        a = choose("A", there, first != second, help_of_picker(known))
    with right:
        b = None if a is None else choose("B", there, first != second, help_of_picker(known))
    if a is not None and b is not None:
        compare(a, b, there)
