"""Train: choose what to train, watch it learn, open the result on Explore."""

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.components.live_chart import live_chart
from pages.components.server.messages import DATA_FOLDER, without_paths
from pages.components.services.films import film_files
from pages.components.services.models import heading, refinement_of, use_model
from pages.components.theatre import theatre
from pages.components.widgets.charts import (
    MOST_COMPARED,
    Compared,
    beta_chart,
    epochs_shown,
    gradient_chart,
    kl_by_dim_chart,
    kl_chart,
    learning_rate_chart,
    loss_chart,
    recon_chart,
    speed_chart,
    term_chart,
)
from pages.components.widgets.dialogs import confirm_deletion
from pages.components.widgets.problems import show_problem
from vae.checkpoints.checkpoint import Header
from vae.data import npz
from vae.data.sources import DATASETS, is_on_disk, own_sets, source_of, title_of
from vae.errors import VAEError
from vae.evaluation.terms import scored_in
from vae.limits import read_only
from vae.models.likelihoods import LEAST_SIGMA, LIKELIHOODS, MOST_SIGMA, SIGMA, Bernoulli, Gaussian, scored
from vae.models.networks import NETWORKS
from vae.models.schedules import SCHEDULES, schedule_for
from vae.progress import Progress
from vae.runs import store
from vae.runs.store import Request, Run, Status
from vae.runs.suggested import suggested
from vae.texts import markdown
from vae.training.advice import Advice, advise_again

BETAS = (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 40.0)
LABELS = {"warmup": "Warm-up"} | {
    kind: network.title.capitalize() for kind, network in NETWORKS.items()
}  # others are their name with a capital
STATES = {
    "queued": ":gray-badge[:material/hourglass_empty: Waiting]",
    "starting": ":blue-badge[:material/hourglass_top: Starting]",
    "running": ":blue-badge[:material/model_training: Training]",
    "finished": ":green-badge[:material/check: Finished]",
    "stopped": ":orange-badge[:material/stop_circle: Stopped]",
    "failed": ":red-badge[:material/error: Failed]",
}
WHICH = {  # images the numbers of a run are of
    "Test": "Of the test images, by the model that was kept. The curves are of validation images, which were held out from training.",
    "Validation": "Of the validation images, which are held out from training, after the last epoch.",
    "Training": "Of the training images, during the last epoch.",
}
CONTROLLED = ("augment", "latent-dim", "likelihood", "schedule")  # options of which there is a control here
SHOWN = "train_shown"  # id of the run in the panel; the newest where there is none
LISTED = 8
NOT_HERE = (
    "This server only shows models, and trains none. To train one, install Zscape on a machine of your own, start it with "
    "`zscape` and open this page there, or say `python -m vae train --data mnist --out mine.safetensors`."
)
PROBLEMS = 3  # files of which is said why they are no data sets


def label(kind: str) -> str:
    return LABELS.get(kind, kind.capitalize())


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    hours = seconds / 3600
    if hours < 48:
        return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"
    return f"{hours / 24:,.0f} days"


def remembered(name: str, default: Any) -> dict[str, Any]:
    """Arguments of a control that starts with `default` and keeps what was chosen when the page is left."""
    st.session_state.setdefault(f"train_{name}", default)
    return {"key": f"train_{name}", "persist_state": "session"}


def follow_data() -> None:
    """Every data set has a number of epochs that suits it."""
    with suppress(VAEError):  # of a file that has gone since it was listed; the page then lists what is left
        st.session_state["train_epochs"] = suggested(st.session_state["train_data"]).train.epochs


def follow_latents() -> None:
    """So has every number of dimensions a schedule."""
    st.session_state["train_schedule"] = schedule_for(st.session_state["train_latent_dim"]).kind


def contents(data: str) -> str:
    """What a data set of one's own holds."""
    source = source_of(data)
    assert source.counts is not None
    train, test = source.counts
    channels, height, width = source.image_shape
    colours = "grey" if channels == 1 else "colour"
    return f"{train:,} training and {test:,} test images of {height} x {width} pixels in {colours}, from {data}.npz."


def settings() -> None:
    """The controls and the button that starts a run."""
    own = own_sets()
    known = [*DATASETS, *own.names]
    if st.session_state.get("train_data", known[0]) not in known:  # its file is gone, or can no longer be used
        del st.session_state["train_data"]
        st.session_state.pop("train_epochs", None)
    left, right = st.columns([3, 2])
    data = left.selectbox(
        "Data set",
        known,
        format_func=title_of,
        on_change=follow_data,
        help=markdown(f"One of your own is a file NAME.npz in {DATA_FOLDER}, with {npz.ARRAYS}."),
        **remembered("data", "mnist" if is_on_disk("mnist") else "digits"),
    )
    latent_dim = right.number_input("Latent dimensions", 1, 64, on_change=follow_latents, **remembered("latent_dim", 2))
    try:
        usual = suggested(data).train.epochs
        if data in own.names:
            st.caption(f":material/folder: {markdown(contents(data))}")
    except VAEError as error:  # its file has gone since it was listed, say
        show_problem(str(error), partial(st.error, icon=":material/error:"))
        return
    for problem in own.problems[:PROBLEMS]:
        show_problem(problem, lambda text: st.caption(f":orange[:material/warning:] {text}"))
    if len(own.problems) > PROBLEMS:
        st.caption(f"{len(own.problems) - PROBLEMS:,} more .npz files there can't be used.")
    if not is_on_disk(data):
        st.caption(":material/download: Not on disk yet. It is downloaded first, which needs internet.")
    if latent_dim > 2:
        st.caption(":material/info: The map then shows the latents in a plane, by PCA, UMAP or t-SNE.")
    network = st.segmented_control(
        "Network",
        list(NETWORKS),
        format_func=label,
        required=True,
        width="stretch",
        help="Dense layers are quickest. Hybrid puts convolutions before the encoder's dense layers: a third longer per epoch, "
        "and better on new images. Convolutional has them on both sides, and takes about four times as long.",
        **remembered("network", "mlp"),
    )
    beta, beta_range = beta_or_range()
    schedule = st.segmented_control(
        "β over time",
        list(SCHEDULES),
        format_func=label,
        required=True,
        width="stretch",
        help="Warm-up starts with a small β, so that the model uses its latent before it pays for it. Cyclical does so "
        "four times. Constant is best for more than four dimensions, which else all stay in use, worth it or not.",
        **remembered("schedule", "warmup"),
    )
    likelihood = st.segmented_control(
        "Likelihood of a pixel",
        list(LIKELIHOODS),
        format_func=label,
        required=True,
        width="stretch",
        help="Bernoulli suits images that are nearly black and white. Gaussian suits grey ones, of which Bernoulli gives a cross entropy, "
        "no log-likelihood; its loss can be negative, because it is a density.",
        **remembered("likelihood", "bernoulli"),
    )
    sigma = None
    if likelihood == Gaussian.kind:
        sigma = st.number_input(
            "σ, standard deviation of a pixel",
            LEAST_SIGMA,
            MOST_SIGMA,
            step=0.01,
            format="%.3f",
            help="In units of the pixel range, from 0 to 1. Squared errors weigh 1 / (2 σ²) beside the KL: small for sharp pictures and a "
            "loose map, large for a dense map and blurred pictures. Nats of models with different σ can't be compared.",
            **remembered("sigma", SIGMA),
        )
    left, right = st.columns(2)
    refinement = left.number_input(
        "Refinement steps",
        0,
        10,
        help="Steps of Newton's method from the encoder's posterior to a better one, which the decoder points to. Three find "
        "three nats on a plane of MNIST. Encoder and decoder then learn apart for the last 30% of the epochs, which shows as a step "
        "in the curves and takes longer. Above four dimensions posteriors are refined only when the training is done.",
        **remembered("refinement", 0),
    )
    moved = right.number_input(
        "Moved images (%)",
        0,
        100,
        step=10,
        help="So many of the images that the encoder learns from, for the last 30% of the epochs, are turned, scaled, sheared and "
        "shifted a little, so that new images surprise it less. The decoder sees them all as they are.",
        **remembered("moved", 0),
    )
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 1, 10_000, **remembered("epochs", usual))
    seed = right.number_input(
        "Seed", 0, 2**32 - 1, help="The same seed gives the same model on the same machine.", **remembered("seed", 0)
    )
    name = st.text_input(
        "Name",
        max_chars=store.MAX_NAME,
        placeholder="None",
        help="What lists and films call the model, before what it is. It can be changed on the Models page.",
        **remembered("name", ""),
    )
    tensorboard = st.toggle(
        "TensorBoard files",
        help="Writes the curves and pictures of every epoch to the run's folder for TensorBoard, too. Look at them with "
        "`tensorboard --logdir runs`, once it is installed (`pip install tensorboard`).",
        **remembered("tensorboard", False),
    )
    if not st.button("Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train_start"):
        return
    try:
        base = suggested(data, network, latent_dim, beta_range)
        request = replace(
            base,
            model=replace(base.model, likelihood=Bernoulli() if sigma is None else Gaussian(sigma)).refined(refinement),
            train=replace(
                base.train,
                beta=base.model.nearest_beta(beta),
                schedule=SCHEDULES[schedule](),
                augment=moved / 100,
                epochs=epochs,
                seed=seed,
            ),
            tensorboard=tensorboard,
            name=(name or "").strip(),
        )
        show(store.start(request))
    except VAEError as error:
        show_problem(str(error), partial(st.error, icon=":material/error:"))


def beta_or_range() -> tuple[float, tuple[float, float] | None]:
    """The beta to train at, and the range to train over, if it is to be a range."""
    over = st.segmented_control(
        "β, the weight of the KL",
        ["one", "range"],
        format_func={"one": "One β", "range": "A range of β"}.__getitem__,
        required=True,
        width="stretch",
        help="Trained for a range, one network knows every β in it, and Explore has a slider that moves the whole map. "
        "An epoch takes about a quarter longer, and each β comes out a little worse than a model of its own, above all on small pictures "
        "where one picture for all images costs no more than latents do.",
        **remembered("over", "one"),
    )
    if over == "one":
        beta = st.select_slider(
            "β", BETAS, format_func="{:g}".format, label_visibility="collapsed", **remembered("beta", 1.0)
        )
        st.caption(
            "A small β gives sharp images and a map with gaps, a large one a smooth, dense map and blurred images. "
            "At β 1 the loss is minus the ELBO."
        )
        return beta, None
    low, high = st.select_slider(
        "Range of β",
        BETAS,
        (BETAS[0], BETAS[-1]),  # also says that there are two ends
        format_func="{:g}".format,
        label_visibility="collapsed",
        key="train_beta_range",
        persist_state="session",
    )
    watched = min(max(1.0, low), high)
    st.caption(
        f"The network is told β, and sees all of the range in every step. The curves show how it does at β {watched:g}."
    )
    return watched, (low, high)


def panel(run_id: str, was_active: bool, beside: Mapping[str, Run]) -> None:
    """One run: where it stands, its curves, and what can be done with it. `beside` are those that it can be compared with, by their ids."""
    try:
        run = store.get(run_id)
    except VAEError:
        st.rerun()  # deleted, in another window perhaps
    status = run.status()
    if was_active and not status.active:
        st.rerun()  # the whole page, which then no longer asks every second
    progress = run.progress()
    if run.request is None:
        head(run, status, [])
        st.error(markdown(without_paths(status.message)), icon=":material/error:")
        return
    failure = without_paths(status.message) if status.state == "failed" else ""
    advice = advise_again(run.id, progress, run.request.model, run.request.train, failure=failure)
    head(run, status, advice)
    st.caption(details(run.request))
    bar(status, progress, run.request.train.epochs)
    theatre(run, progress, active=status.active, key="train_theatre")
    warnings(advice)
    numbers(run, progress, status.active)
    detailed(run, progress, status.active, beside)
    more_curves(run.request, progress, status.active)


def head(run: Run, status: Status, advice: Sequence[Advice]) -> None:
    """What it is, whether there is anything to say about it, its film to take along, and the button that stops it or opens its model."""
    alarms = sum(not found.harmless for found in advice)
    badge = f":orange-badge[:material/warning: {alarms} warning{'' if alarms == 1 else 's'}]" if alarms else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{markdown(run.title)}** &nbsp; {STATES[status.state]} {badge}", width="stretch")
        film_files(run)
        if status.active and read_only():
            return
        if status.active:
            st.button(
                "Stop",
                icon=":material/stop:",
                key="train_stop",
                on_click=stop,
                args=(run,),
                disabled=status.message == "Stopping.",
                help="Stops after this step and keeps the best model so far. The run can be resumed.",
            )
            return
        may_resume = status.resumable and not read_only()
        if may_resume and st.button(
            "Resume", icon=":material/play_arrow:", key="train_resume", help="Goes on after the last whole epoch."
        ):
            resume(run)
        if run.checkpoint is not None and st.button(
            "Open on Explore", type="primary", icon=":material/explore:", key="train_open"
        ):
            open_run(run)


def choose_compared(beside: Mapping[str, Run]) -> list[Run]:
    """The runs whose curves are drawn beside those of the one that is shown."""
    if not beside:
        return []
    key = "train_compared"
    st.session_state[key] = [name for name in st.session_state.get(key, []) if name in beside]
    chosen = st.multiselect(
        "Compare with",
        list(beside),
        key=key,
        format_func=names(beside.values()).__getitem__,
        max_selections=MOST_COMPARED,
        placeholder="Choose runs",
        persist_state="session",
        help="Runs of the same data set with the same likelihood, because nats of others mean something else. Solid lines are validation "
        "images, dotted ones training images.",
    )
    return [beside[name] for name in chosen]


def names(known: Iterable[Run]) -> dict[str, str]:
    """What runs are called in a list to choose from, by their ids; no two alike."""
    called: dict[str, str] = {}
    for run in known:
        name = f"{run.title} · {when(run)}"
        called[run.id] = f"{name} ({run.id})" if name in called.values() else name
    return called


def when(run: Run) -> str:
    return f"{run.started.astimezone():%d %b %Y, %H:%M}"


def places(chosen: Sequence[Run]) -> dict[str, int]:
    """Which of the colours each run has, by their ids: one that stays chosen keeps its own."""
    before: dict[str, int] = st.session_state.get("train_places", {})
    found = {run.id: before[run.id] for run in chosen if run.id in before}
    free = [place for place in range(MOST_COMPARED) if place not in found.values()]
    for run in chosen:
        if run.id not in found:
            found[run.id] = free.pop(0)
    st.session_state["train_places"] = found
    return found


def detailed(run: Run, progress: list[Progress], active: bool, beside: Mapping[str, Run]) -> None:
    """The curves once more with axes and beside those of other runs: open only where there is no film, which has them, too."""
    assert run.request is not None
    with st.expander(
        "Curves in detail, and beside other runs",
        icon=":material/show_chart:",
        expanded=not active and not run.film.steps,
    ):
        curves(run.request, progress, active, choose_compared(beside))


def curves(request: Request, progress: list[Progress], active: bool, chosen: Sequence[Run]) -> None:
    """Loss, reconstruction and KL, and those of the runs that are compared with it."""
    place = places(chosen)
    others = [
        Compared(
            run.id,
            f"{run.about} · {when(run)}",
            epochs,
            run.request.train.beta,
            run.request.train.objective,
            place[run.id],
        )
        for run in chosen
        if run.request is not None and (epochs := run.progress())
    ]
    done = max([*(other.progress[-1].epoch for other in others), progress[-1].epoch if progress else 0])
    planned = max([request.train.epochs, *(other.progress[-1].epochs for other in others)])
    end = epochs_shown(done, planned, active)
    live_chart(
        loss_chart(progress, end, request.train.beta, request.train.objective, others),
        "The loss on training and validation images after each epoch, in nats per image.",
        key="train_loss",
    )
    left, right = st.columns(2)
    with left:
        live_chart(recon_chart(progress, end, others), "The same for the reconstruction alone.", key="train_recon")
    with right:
        live_chart(kl_chart(progress, end, others), "The same for the KL to the prior.", key="train_kl")


def warnings(advice: Sequence[Advice]) -> None:
    """What a teacher would say of it."""
    with st.container():  # always there, or what comes after would be built anew
        for found in advice:
            icon = ":blue[:material/info:]" if found.harmless else ":orange[:material/warning:]"
            with st.container(border=True, gap="xsmall", key=f"train_advice_{found.kind.replace(' ', '_')}"):
                st.markdown(f"{icon} **{found.title}**")
                st.caption(f"Since epoch {found.epoch:,}. {found.text}")
                elsewhere = ", ".join(f"`--{name}`" for name in found.options if name not in CONTROLLED)
                st.caption(f"{found.to_try} Set on the command line: {elsewhere}." if elsewhere else found.to_try)


def more_curves(request: Request, progress: list[Progress], active: bool) -> None:
    """How the dimensions share the KL, and how the training itself goes; made only where it is looked at."""
    more = st.expander("More curves", icon=":material/monitoring:", key="train_more", on_change="rerun")
    if not more.open:
        return
    end = epochs_shown(progress[-1].epoch if progress else 0, request.train.epochs, active)
    with more:
        live_chart(
            kl_by_dim_chart(progress, end),
            "The KL of each latent dimension after each epoch, stacked, in nats per image.",
            key="train_kl_by_dim",
        )
        for name in progress[-1].train.others if progress else ():
            live_chart(
                term_chart(name, progress, end),
                f"The term {name} of the objective after each epoch, in nats per image.",
                key=f"train_term_{name}",
            )
        left, right = st.columns(2)
        with left:
            live_chart(beta_chart(progress, end), "β, the weight of the KL, after each epoch.", key="train_betas")
            live_chart(
                gradient_chart(progress, end),
                "The norm of the gradient in each epoch, before it is clipped.",
                key="train_gradients",
            )
        with right:
            live_chart(learning_rate_chart(progress, end), "The learning rate after each epoch.", key="train_rates")
            live_chart(speed_chart(progress, end), "Training images a second in each epoch.", key="train_speeds")


def details(request: Request) -> str:
    """What the title leaves out."""
    model, train = request.model, request.train
    parts = (
        f"{label(model.network.kind)} network with {model.parameters:,} weights",
        f"{label(model.likelihood.title)} pixels",
        f"{label(train.schedule.kind).lower()} β",
        refinement_of(model),
        f"{train.augment:.0%} of the images moved" if train.augment else "",
        f"{train.batch_size:,} images a step",
        f"seed {train.seed}",
    )
    return " · ".join(part for part in parts if part)


def bar(status: Status, progress: list[Progress], epochs: int) -> None:
    """How far it is, or how it ended, in one line of the same height."""
    if status.state == "failed":
        show_problem(status.message, partial(st.error, icon=":material/error:"))
        return
    parts = [without_paths(status.message) or "Starting a process."]
    if status.state == "running" and not status.message:
        at = min(len(progress) + 1, epochs)
        left = "" if status.seconds_left is None else f"about {duration(status.seconds_left)} left"
        parts = [f"Epoch {at:,} of {epochs:,}", f"step {status.step:,} of {status.steps:,}", left]
    elif status.state == "finished":
        parts = [f"{epochs:,} epoch{'' if epochs == 1 else 's'}"]
        if progress:
            parts.append(f"{duration(progress[-1].seconds)} of training")
    share = min(1.0, status.step / status.steps) if status.steps else 0.0
    st.progress(share, markdown(" · ".join(part for part in parts if part)))


def numbers(run: Run, progress: list[Progress], active: bool) -> None:
    """The last epoch's numbers while it trains, the test set's at the end."""
    header = None if active else run.header  # one that was resumed has that of an earlier end
    summary = header and header.summary
    recon = kl = None
    split = "Validation"
    if summary is not None:
        recon, kl, split = summary.recon, summary.kl, "Test"
    elif progress:
        curve = progress[-1].validation or progress[-1].train
        recon, kl = curve.recon, curve.kl
        split = "Training" if progress[-1].validation is None else split
    first = f"{split}: minus the ELBO"
    if run.request is not None and run.request.model.nearest_beta() != 1:
        # A model for a range without 1 acts for another beta, and its bound is still reconstruction + KL.
        first = f"{split}: minus the ELBO, told β {run.request.train.beta:g}"
    with st.grid(3, min_column_width=150):
        for name, value in (
            (first, None if recon is None or kl is None else recon + kl),
            (f"{split} reconstruction", recon),
            (f"{split} KL", kl),
        ):
            st.metric(name, "–" if value is None else f"{value:.1f} :small[nats per image]")
    told = ""
    if header is not None:
        told = scored_in([header])
    elif run.request is not None and run.request.model.likelihood.of_two:
        told = f"{scored(math.nan).capitalize()}."
    st.caption(WHICH[split], help=told or None)


def listing(shown: str, were_active: bool) -> None:
    """Every run in one line each."""
    known = store.list_runs()
    states = [run.status() for run in known]
    active = sum(status.active for status in states)
    if were_active and not active:
        st.rerun()
    going = sum(status.state in ("starting", "running") for status in states)
    text = f"{going} training, {active - going} waiting{limit()}." if active else "None is training."
    st.markdown("#### Runs")
    everything = st.session_state.get("train_everything", False)
    shown_runs = list(zip(known, states, strict=True))[: None if everything else LISTED]
    headers = [run.header for run, _ in shown_runs]
    told = scored_in(header for header in headers if header)
    st.caption(f"{text} A run goes on when this page, or the app, is closed. {told}")
    for (run, status), header in zip(shown_runs, headers, strict=True):
        line(run, status, header, run.id == shown)
    if len(known) > LISTED:
        st.toggle(f"All {len(known)} runs", key="train_everything")


def limit() -> str:
    """How many may train at once, where the environment says it in a way that can be read."""
    try:
        most = store.max_running()
    except VAEError:
        return ""
    return f": at most {most} train{'s' if most == 1 else ''} at a time"


def line(run: Run, status: Status, header: Header | None, shown: bool) -> None:
    """One run of the list and its actions."""
    loss = "" if header is None else f"{header.summary.loss:.1f} nats"
    if status.state == "queued":
        loss = markdown(without_paths(status.message).removesuffix("."))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"train_line_{run.id}"):
        st.markdown(f"{markdown(run.title)} &nbsp; {STATES[status.state]}", width="stretch")
        st.caption(f"{loss} · {when(run)}".removeprefix(" · "), width="content")
        if st.button(
            "Show",
            icon=":material/show_chart:",
            type="tertiary",
            key=f"train_show_{run.id}",
            disabled=shown,
        ):
            show(run)
            st.rerun()  # the whole page: this list is a fragment, and the panel isn't in it
        if st.button(
            "Open",
            icon=":material/explore:",
            type="tertiary",
            key=f"train_open_{run.id}",
            disabled=run.checkpoint is None,
        ):
            open_run(run)
        if read_only():
            return
        if status.resumable and st.button(
            "Resume",
            icon=":material/play_arrow:",
            type="tertiary",
            key=f"train_resume_{run.id}",
            help="Goes on after the last whole epoch.",
        ):
            resume(run)
        if st.button(
            "Delete",
            icon=":material/delete:",
            type="tertiary",
            key=f"train_delete_{run.id}",
            disabled=status.active,
        ):
            consequence = f"{run.title}: its curves, its film and its model are deleted for good."
            confirm_deletion("run", consequence, partial(delete, run), key="train")


def show(run: Run) -> None:
    """Makes it the one in the panel, and in the address, so that a reload or a link shows it too."""
    st.session_state[SHOWN] = st.query_params["run"] = run.id


def stop(run: Run) -> None:
    try:
        run.stop()
    except VAEError as error:
        st.toast(markdown(without_paths(error)), icon=":material/error:")


def resume(run: Run) -> None:
    try:
        run.resume()
    except VAEError as error:
        st.error(markdown(without_paths(error)), icon=":material/error:")
        return
    show(run)
    st.rerun()  # the whole page, which then asks every second


def delete(run: Run) -> None:
    try:
        run.delete()
    except VAEError as error:
        st.toast(markdown(without_paths(error)), icon=":material/error:")


def open_run(run: Run) -> None:
    if run.checkpoint is None:
        return
    try:
        use_model(run.checkpoint)
    except VAEError as error:
        st.error(markdown(without_paths(error)), icon=":material/error:")
        return
    st.switch_page("pages/explore.py")


heading(
    "Train",
    "Models that were trained here, and how that went."
    if read_only()
    else "A model of your own, from one of these data sets. It trains in the background, here on this machine.",
)
left, right = st.columns([4, 7], gap="large")
with left:
    if read_only():
        st.info(NOT_HERE, icon=":material/visibility:")
    else:
        settings()
if "run" in st.query_params:
    st.session_state.setdefault(SHOWN, st.query_params["run"])
known = store.list_runs()
active = any(run.status().active for run in known)
busy = [run for run in known if run.status().state in ("running", "starting")]
shown = next((run for run in known if run.id == st.session_state.get(SHOWN)), next(iter([*busy, *known]), None))
with right:
    if shown is None:
        st.info(
            "No model was trained here."
            if read_only()
            else "No run yet. Press Train, and you see here how the map forms and the curves fall, and can take it all along as a film.",
            icon=":material/movie:",
        )
    else:
        is_active = shown.status().active
        beside = {run.id: run for run in known if run.id != shown.id and run.begun and run.comparable(shown)}
        st.fragment(panel, run_every=1.0 if is_active else None)(shown.id, is_active, beside)
if shown is not None:
    st.fragment(listing, run_every=2.0 if active else None)(shown.id, active)
