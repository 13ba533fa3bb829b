"""Reports: the same numbers on the command line, as JSON and as a page."""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tiny import Correlated, checkpoint, config, standard_normal

import vae.checkpoints
import vae.data
from vae.cli import main
from vae.data.sources import load
from vae.evaluation.bounds import evaluate, importance_bound
from vae.evaluation.diagnostics import Diagnosis, diagnose, facts_of, ordered, probe, so_far
from vae.evaluation.estimates import Exact, Starts, error_of_sum
from vae.evaluation.pictures import as_data_url, pairs, pixels
from vae.evaluation.readings import PIXELS, READINGS, how, number, readings, spread
from vae.evaluation.report import figures_of, to_html, verdict
from vae.models.priors import LatentPrior
from vae.projections.neighbours import vote


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    assert main(["report", "digits-2d", "--iwae", "2", "--html", str(file)]) == 0
    return file.read_text()


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert main(["report", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_the_json_has_what_evaluation_finds_on_the_whole_test_split(capsys: pytest.CaptureFixture[str]) -> None:
    report = as_json(capsys, "digits-2d", "--data", "digits", "--iwae", "5")
    model, test = vae.load("digits-2d"), load("digits")
    terms, bound = evaluate(model, test, samples=5), importance_bound(model, test, 5)
    assert report["n"] == len(test.images) == 360
    assert (report["data"], report["split"], report["beta"]) == ("digits", "test", 1)
    assert (report["recon"], report["kl"], report["loss"]) == pytest.approx(
        (terms.recon, terms.kl, terms.loss), rel=1e-5
    )
    assert report["iwae"] == pytest.approx(bound.nll, rel=1e-5)
    assert report["iwae"] < report["loss"]
    assert report["active_units"] == 2
    assert 0.8 < report["knn_accuracy"] < 1
    assert sum(report["parts"][part] for part in ("mutual_information", "total_correlation", "dimension_kl")) == (
        pytest.approx(report["kl"], rel=0.03)
    )


@pytest.mark.usefixtures("few_integrals")
def test_a_model_for_a_range_is_reported_at_the_beta_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "model.safetensors"
    vae.checkpoints.write(file, checkpoint(config("mlp-range"), points=360))
    rows = [as_json(capsys, file, "--beta", beta, "--iwae", "1") for beta in ("0.5", "5")]
    assert [row["beta"] for row in rows] == [0.5, 5]
    assert rows[0]["recon"] != rows[1]["recon"]
    assert rows[0]["iwae_standard_error"] is None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["digits-2d", "--iwae", "0"], "--iwae"),
        (["digits-2d", "--samples", "0"], "--samples"),
        (["digits-2d", "--beta", "-1"], "--beta"),
        (["nowhere.safetensors"], "nowhere"),
    ],
)
def test_what_cannot_be_reported_is_told(
    arguments: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", *arguments]) == 2
    assert reason in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["report", "digits-2d", "--html", str(tmp_path / "file" / "report.html")]) == 2
    assert "report.html" in capsys.readouterr().err


def test_the_page_says_all_and_needs_nothing_else(page: str) -> None:
    shown = without_scripts(page)
    for reading in READINGS:
        unknown = ("Mutual", "Disent", "Complet", "Inform", "Separ", "Importance-weighted bound from")
        there = not reading.title.startswith(unknown)
        assert (reading.title in shown) == there
        if not there:
            continue
        assert reading.meaning.split(":")[0].replace("'", "&#x27;") in shown
    assert not re.search(r'(src|href)="(?!data:)', shown)
    assert shown.count("data:image/png;base64,") == 3
    assert page.count("<!doctype html>") == 1


@pytest.mark.usefixtures("few_integrals")
def test_reconstructions_are_of_the_images_that_were_looked_at(tmp_path: Path) -> None:
    shipped, digits = vae.checkpoints.read("digits-2d"), load("digits", "train")
    other = vae.checkpoints.Checkpoint(*shipped[:3], shipped.points._replace(**{
        name: getattr(shipped.points, name)[:20] for name in ("mean", "std", "labels")
    }))  # fmt: skip
    diagnosis = diagnose(other.model(), digits, draws=1, samples=1)
    page = to_html(diagnosis, other, "other", "digits")
    index = ordered(diagnosis.errors, 12)["Worst"]
    made = pixels(other.model().decode(diagnosis.mean[index]).numpy())
    assert as_data_url(pairs(digits.images.numpy()[index], made, 12)) in page
    assert index.max() >= 20


@pytest.mark.usefixtures("few_integrals")
def test_a_title_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    shipped, test = vae.checkpoints.read("digits-2d"), load("digits")
    diagnosis = diagnose(shipped.model(), test, draws=1, samples=1)
    page = to_html(diagnosis, shipped, "<script>alert(1)</script>", "digits")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("shape", [(3, 8, 12), (1, 9, 4)])
@pytest.mark.parametrize("dims", [1, 7])
def test_colour_and_unlabelled_images_of_any_size_are_reported(shape: tuple[int, int, int], dims: int) -> None:
    made = checkpoint(config("mlp", shape, dims), points=40)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (40, *shape), generator=generator, dtype=torch.uint8)
    data = vae.data.ImageSet(images, torch.full((40,), -1), ())
    diagnosis = diagnose(made.model(), data, draws=2, samples=1)
    assert diagnosis.knn_accuracy is None
    page = without_scripts(to_html(diagnosis, made, "made", "made"))
    assert page.count("data:image/png;base64,") == 3
    assert ("plane of the two largest" in page) == (dims > 1)
    for figure in figures_of(diagnosis, made.keyframes).values():
        assert figure.to_dict()["data"]


def pixels_of(name: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    data = load(name, download=False)
    return (data.images.flatten(1).numpy() / 255).astype(np.float32), data.labels.numpy()


def test_pixels_are_probed_as_latents_are() -> None:
    probes = probe(*pixels_of("digits"))
    known = PIXELS["digits"]
    assert probes is not None
    assert probes.knn_accuracy == pytest.approx(known.knn_accuracy, abs=1e-4)
    assert probes.linear_accuracy == pytest.approx(
        known.linear_accuracy, abs=0.003
    )  # a fold's image or two, by the solver
    assert known.n == len(load("digits").images)


@pytest.mark.mnist
def test_neighbours_know_as_much_of_the_pixels_of_mnist_as_is_said() -> None:
    x, labels = pixels_of("mnist")
    known = PIXELS["mnist"]
    asked = np.arange(0, known.n, 10)
    assert known.n == len(x)
    error = np.sqrt(known.knn_accuracy * (1 - known.knn_accuracy) / len(asked))
    assert (vote(x, labels, asked) == labels[asked]).mean() == pytest.approx(known.knn_accuracy, abs=4 * error)


@pytest.mark.usefixtures("few_integrals")
def test_pixels_are_compared_with_where_they_are_those_of_the_same_images() -> None:
    shipped = vae.checkpoints.read("digits-2d")
    diagnosis = diagnose(shipped.model(), load("digits"), draws=1, samples=1)
    said = [reading.baseline(diagnosis, "digits") for reading in READINGS if reading.baseline(diagnosis, "digits")]
    assert said == ["Of the same images' pixels: 92.8 %.", "Of the same images' pixels: 93.6 %."]
    page = to_html(diagnosis, shipped, "one", "digits")
    assert all(html.escape(text) in page for text in said)
    for data in ("mnist", "fashion-mnist", "my-own"):
        assert not any(reading.baseline(diagnosis, data) for reading in READINGS), "other images"
    other = diagnose(shipped.model(), load("digits", "train"), draws=1, samples=1)
    assert not any(reading.baseline(other, "digits") for reading in READINGS), "another split"


def test_an_active_dimension_that_tells_next_to_nothing_says_so() -> None:
    mean = (np.random.default_rng(0).standard_normal((200, 2)) * [1.0, 0.2]).astype(np.float32)
    std = np.tile(np.array([0.1, 0.98], np.float32), (200, 1))
    facts = facts_of(mean, std, np.full(200, -1), standard_normal())
    partial = so_far(facts, 1.0, samples=1, draws=1, refinement=0)
    reading = next(reading for reading in READINGS if reading.title == "Active dimensions")
    assert reading.value(partial) == 2
    assert f"KL of {min(partial.kl_by_dim):.2f} to {max(partial.kl_by_dim):.2f} nats each" in reading.estimator(partial)
    assert min(partial.kl_by_dim) < 0.1


def test_the_part_that_a_prior_of_dependent_dimensions_has_not_says_so_and_the_others_are_there() -> None:
    generator = np.random.default_rng(0)
    mean, std = generator.normal(size=(200, 2)).astype(np.float32), np.full((200, 2), 0.5, np.float32)
    facts = facts_of(mean, std, np.full(200, -1), LatentPrior(Correlated(), 2, {}))
    partial = so_far(facts, 1.0, samples=1, draws=1, refinement=0)
    shown = {reading.title: reading for reading in readings(partial)}
    for title in ("What latents say of images", "Total correlation"):
        assert (shown[title].value(partial) or 0) > 0
        assert how(partial, shown[title]).startswith("q(z) of all 200 images")
    assert shown["Dimensions beside the prior"].value(partial) is None
    said = how(partial, shown["Dimensions beside the prior"])
    assert said == "Needs a prior with independent dimensions, which a correlated normal distribution has not"
    few = replace(partial, parts=None)
    assert "Dimensions beside the prior" not in [reading.title for reading in readings(few)]


def test_numbers_are_shown_with_their_digits() -> None:
    shares = [reading for reading in READINGS if reading.percent]
    assert shares
    assert number(0.91234, shares[0]) == "91.2 %"
    assert number(1234.567, READINGS[0]) == "1,234.57"


HEALTHY = Diagnosis(
    n=100,
    beta=1.0,
    recon=20.0,
    kl=8.0,
    loss=28.0,
    elbo=-28.0,
    samples=1,
    refinement=0,
    iwae=27.0,
    iwae_draws=5,
    recon_standard_error=0.2,
    kl_standard_error=0.1,
    elbo_standard_error=0.3,
    draws_standard_error=0.01,
    kl_draws_standard_error=None,
    floor=0.0,
    iwae_standard_error=0.1,
    iwae_image_standard_error=0.3,
    exact=None,
    starts=None,
    kl_by_dim=(4.0, 4.0),
    activity=(0.9, 0.9),
    active_units=2,
    wasserstein=(0.05, 0.06),
    normal_total_correlation=0.01,
    parts=None,
    knn_accuracy=0.95,
    knn_neighbours=10,
    linear_accuracy=0.9,
    linear_folds=5,
    majority=0.1,
    disentanglement=None,
    errors=np.zeros(0, np.float32),
    bounds=np.zeros(0, np.float32),
    knn_right=np.repeat(np.array([1, 0], np.float32), [95, 5]),
    linear_right=np.repeat(np.array([1, 0], np.float32), [90, 10]),
    densities=np.zeros((2, 0), np.float32),
    mean=np.zeros((100, 2), np.float32),
    std=np.ones((100, 2), np.float32),
    prior=standard_normal(),
    examples=None,
)
UNLABELLED: dict[str, Any] = {"knn_accuracy": None, "linear_accuracy": None, "majority": None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["nearly always of its class (95 %", "nothing stands out"]),
        ({"kl": 0.02, "active_units": 0}, ["has collapsed", "KL 0.02", "lower β"]),
        ({"knn_accuracy": 0.7}, ["mostly of its class (70 %"]),
        ({"knn_accuracy": 0.12}, ["spread as the prior", "hardly better", "12 %", "10 %", "more latent dimensions"]),
        ({"knn_accuracy": 0.9, "majority": 0.9}, ["hardly better"]),
        ({"wasserstein": (0.1, 0.31)}, ["dimension 2 lies 0.31", "aggregate posterior"]),
        ({"active_units": 1}, ["1 of 2 latent dimensions is not used", "fewer"]),
        ({"normal_total_correlation": 0.4}, ["repeat each other", "0.40", "higher β"]),
        ({"recon": 120.0}, ["left untold (120.0 nats", "8.0", "more latent dimensions"]),
        (UNLABELLED, ["spread as the prior", "nothing stands out"]),
        (UNLABELLED | {"wasserstein": (0.3, 0.1)}, ["All 2 latent dimensions are in use", "dimension 1"]),
        (
            UNLABELLED | {"kl_by_dim": (4.0,), "active_units": 1, "wasserstein": (0.5,)},
            ["one latent dimension is in use", "dimension 1 lies 0.50"],
        ),
        (
            {"kl_by_dim": (0.5,) * 64, "wasserstein": (0.1,) * 64, "active_units": 14},
            ["50 of 64 latent dimensions are not used"],
        ),
    ],
)
def test_the_verdict_names_what_is_good_and_what_is_wrong(changes: dict[str, Any], said: list[str]) -> None:
    text = verdict(replace(HEALTHY, **changes))
    for words in said:
        assert words in text
    assert "nan" not in text
    assert text.endswith(".")
    assert text.count("; try ") == 1
    assert not re.search(r"\. [A-Z]", text)  # one sentence


def test_of_what_is_not_known_yet_the_verdict_says_nothing() -> None:
    early = replace(HEALTHY, recon=math.nan, loss=math.nan, elbo=math.nan, iwae=math.nan)
    assert verdict(HEALTHY).startswith(verdict(early).rstrip("."))
    assert "nothing stands out" not in verdict(early), "for that isn't known before the decoder has been asked"
    assert verdict(replace(early, kl=math.nan)) == ""


@pytest.mark.usefixtures("few_integrals")
def test_the_verdict_opens_the_page_and_the_text(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "digits-2d", "--iwae", "2"]) == 0
    sentence = capsys.readouterr().out.splitlines()[1].strip()
    assert "its class" in sentence
    assert html.unescape(without_scripts(page)).index(sentence) < page.index("<table>")


def nats(mean: float, error: float, n: int = 50) -> NDArray[np.float64]:
    """Of n images, with this mean and this standard error of it."""
    return mean + error * math.sqrt(n - 1) * np.tile([1.0, -1.0], n // 2)


MODE = np.repeat([0.0, 6.0], [43, 7])
LOST = Exact(1.0, 0, gap=nats(1.5, 0.2), family=nats(0.1, 0.01), mode=MODE, encoder=nats(0.5, 0.05))
SEVERAL = Starts(4, 20, nats(0.3, 0.1))


def said(diagnosis: Diagnosis) -> dict[str, tuple[float | None, str, str]]:
    return {
        reading.title: (reading.value(diagnosis), spread(diagnosis, reading), how(diagnosis, reading))
        for reading in readings(diagnosis)
    }


def test_errors_say_what_they_are_over() -> None:
    shown = said(HEALTHY)
    assert shown["Minus the ELBO"][1] == "± 0.300 over images, ± 0.010 over draws of z"
    assert shown["KL to the prior"][1] == "± 0.100 over images"
    assert shown["Class from nearest neighbours"][1] == f"± {100 * math.sqrt(0.95 * 0.05 / 100):.2f} % over images"
    drawn = said(replace(HEALTHY, draws_standard_error=0.03, kl_draws_standard_error=0.04))
    assert drawn["KL to the prior"][1] == "± 0.100 over images, ± 0.040 over draws of z"
    assert drawn["Minus the ELBO"][1] == "± 0.300 over images, ± 0.050 over draws of z"
    unknown = said(replace(HEALTHY, draws_standard_error=math.nan))
    assert unknown["Reconstruction"][1] == "± 0.200 over images, ± … over draws of z"


@pytest.mark.parametrize(("floor", "grey"), [(0.0, False), (None, False), (21.7, True)])
def test_nats_of_grey_pixels_say_what_they_are_and_what_a_perfect_decoder_pays(floor: float | None, grey: bool) -> None:
    shown = said(replace(HEALTHY, floor=floor, exact=LOST, starts=SEVERAL))
    for title in (
        "Minus the ELBO",
        "Reconstruction",
        "Importance-weighted bound",
        "Importance-weighted bound from several posteriors",
        "Minus the ELBO of perfect posteriors",
    ):
        assert ("cross entropy of grey pixels, no log-likelihood" in shown[title][2]) == grey
        assert ("21.70" in shown[title][2]) == grey
    for reading in READINGS:
        assert "-log p(x)" not in reading.meaning + reading.advice


def test_what_the_bound_loses_is_told_by_its_parts() -> None:
    shown = said(replace(HEALTHY, exact=LOST))
    perfect_title = "Minus the ELBO of perfect posteriors"
    perfect, family, modes, encoder = (
        shown[title]
        for title in (
            perfect_title,
            "Lost to the family of posteriors",
            "Lost to wrong modes",
            "Lost to the encoder",
        )
    )
    assert perfect[:2] == (pytest.approx(26.5), "± … over images, ± 0.010 over draws of z"), "without one of each image"
    mean, std = np.zeros((100, 2), np.float32), np.ones((100, 2), np.float32)
    each = nats(28.0, 0.3, 100).astype(np.float32)
    known = said(replace(HEALTHY, exact=LOST, errors=each, mean=mean, std=std))[perfect_title]
    assert known[1] == f"± {error_of_sum((each, -LOST.gap)):.3f} over images, ± 0.010 over draws of z"
    assert family[:2] == (pytest.approx(0.1), "± 0.010 over images")
    assert modes[:2] == (pytest.approx(0.84), f"± {MODE.std(ddof=1) / math.sqrt(50):.3f} over images")
    assert modes[2].startswith(
        "7 images would gain 0.5 nats or more elsewhere; quadrature over the latents of 50 images"
    )
    assert encoder[0] == pytest.approx(0.5)
    weighed = said(replace(HEALTHY, exact=LOST._replace(weight=4.0)))
    for title in ("Lost to the encoder", "Lost to wrong modes"):
        assert weighed[title][2].endswith("; of reconstruction + 4 KL")
    assert "KL" not in weighed["Minus the ELBO of perfect posteriors"][2], "which is of no weight"
    assert "3 do not" in said(replace(HEALTHY, exact=LOST._replace(unresolved=3)))["Lost to the encoder"][2]
    assert not [title for title in said(HEALTHY) if title.startswith("Lost")]


@pytest.mark.parametrize(("gain", "phrase"), [(0.3, "0.30 ± 0.10 nats below"), (-0.05, "0.05 ± 0.10 nats above")])
def test_what_several_posteriors_gain_is_taken_off_the_bound(gain: float, phrase: str) -> None:
    title = "Importance-weighted bound from several posteriors"
    assert title not in said(HEALTHY)
    each, gains = nats(27.0, 0.3, 100).astype(np.float32), nats(gain, 0.1)
    value, errors, how = said(replace(HEALTHY, starts=Starts(4, 20, gains), bounds=each))[title]
    assert value == pytest.approx(HEALTHY.iwae - gain)
    assert errors == f"± {error_of_sum((each, -gains)):.3f} over images, ± 0.100 over draws of z"
    assert how.startswith(f"20 draws of z from 4 posteriors of each of 50 images, which is {phrase} as many from one")


def test_shipped_digits_lose_what_quadrature_says(digits_report: Diagnosis) -> None:
    assert digits_report.exact is not None
    assert digits_report.exact.unresolved == 0
    shown = said(digits_report)
    titles = ("Minus the ELBO of perfect posteriors", "Importance-weighted bound", "Minus the ELBO")
    perfect, bound, elbo = (shown[title][0] for title in titles)
    assert perfect is not None
    assert elbo is not None
    assert bound is not None
    assert perfect < bound < elbo
    parts = sum(value for title, (value, *_) in shown.items() if title.startswith("Lost") and value is not None)
    assert elbo - perfect == pytest.approx(parts, abs=0.02)


@pytest.fixture(scope="module")
def digits_report() -> Diagnosis:
    return diagnose(vae.checkpoints.read("digits-2d").model(), load("digits"), draws=20)
