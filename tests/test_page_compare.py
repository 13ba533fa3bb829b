"""The Compare page, through the whole app."""

import csv
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from apptest import MODELS, Downloads, checked, fetched, go, open_page, save, texts
from streamlit.testing.v1 import AppTest
from tiny import Correlated, checkpoint, config, image_set

import vae.checkpoints
import vae.evaluation.comparison
from pages.components.services import diagnoses, latent_spaces
from pages.components.services.diagnoses import Diagnosing
from pages.components.services.jobs import Jobs
from vae.checkpoints.checkpoint import Checkpoint
from vae.evaluation.comparison import Similarity, similarity, together
from vae.evaluation.diagnostics import diagnose
from vae.evaluation.estimates import standard_error
from vae.evaluation.readings import readings
from vae.evaluation.terms import terms
from vae.latents.layouts import lay_out
from vae.models.likelihoods import Gaussian
from vae.models.priors import PRIORS
from vae.progress import Curve, Progress, to_json
from vae.projections import PCA, TSNE, Axes
from vae.runs import store

Rows = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def none_made(runs_dir: Path, few_integrals: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(diagnoses, "_jobs", Jobs("diagnoses"))
    monkeypatch.setattr(latent_spaces, "_jobs", Jobs("latent spaces"))
    yield
    for job in diagnoses._jobs.all():
        job.stop()


def opened(first: str, second: str, **betas: float) -> AppTest:
    """The page with these two models as A and B, at the betas of `a` and `b`."""
    app = open_page("compare", first)
    choose(app, "a", first)
    choose(app, "b", second)
    for letter, beta in betas.items():
        name = app.selectbox(key=f"compare_{letter}").value
        checked(app.select_slider(key=f"compare_{letter}_beta_{name}").set_value(beta).run())
    return app


def choose(app: AppTest, letter: str, name: str) -> AppTest:
    return checked(app.selectbox(key=f"compare_{letter}").set_value(name).run())


def sides(app: AppTest) -> tuple[str, str]:
    return str(app.selectbox(key="compare_a").value), str(app.selectbox(key="compare_b").value)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def table(app: AppTest, place: int = 0) -> Rows:
    """The rows of one of the tables with A and B, by their titles; what is said below a title is `about` it."""
    rows: Rows = {}
    for row in records(app.table[place].value):
        head, _, about = row[" "].partition("  \n")
        title, _, unit = head.partition(" :small[:gray[")
        rows[title] = {**row, "unit": unit.removesuffix("]]"), "about": about.removeprefix(":small[:gray[")[:-2]}
    return rows


def many(app: AppTest) -> list[dict[str, Any]]:
    return records(app.dataframe[-1].value)


def figures(app: AppTest) -> list[dict[str, Any]]:
    """The charts that the page drew."""
    drawn = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [data["figure"] for data in drawn if "figure" in data]


def maps(app: AppTest) -> dict[str, Any] | None:
    """What the two maps were given; None where there are none."""
    drawn = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return next((data for data in drawn if data.get("panel") == "pair"), None)


def done(app: AppTest) -> AppTest:
    """The page once the work behind it has ended."""
    for job in [*diagnoses._jobs.all(), *latent_spaces._jobs.all()]:
        job.future.exception(120)
    return checked(app.run())


def betas(app: AppTest) -> list[float]:
    """At which A and B are, if their models are for a range."""
    keys = [f"compare_{letter}_beta_{name}" for letter, name in zip("ab", sides(app), strict=True)]
    return [cast(float, slider.value) for key in keys for slider in app.select_slider if slider.key == key]


def test_it_begins_with_two_betas_of_the_model_in_use() -> None:
    app = open_page("compare")
    assert sides(app) == ("mnist-2d", "mnist-2d")
    assert betas(app) == [0.1, 10.0]


def test_a_model_for_one_beta_begins_beside_another_of_the_same_images(runs_dir: Path) -> None:
    assert sides(open_page("compare", "mnist-20d")) == ("mnist-20d", "mnist-2d")
    save(MODELS["five"], runs_dir, "upload-five")
    save(MODELS["plane"], runs_dir, "upload-plane")
    assert sides(open_page("compare", "upload-five")) in {
        ("upload-five", "upload-plane"),
        ("upload-five", "digits-2d"),
    }


def test_betas_stay_in_a_range_that_is_narrow(runs_dir: Path, shipped: Path) -> None:
    narrow = replace(MODELS["range"].config, network=replace(MODELS["range"].config.network, beta_range=(0.5, 2.0)))
    save(checkpoint(narrow), runs_dir, "upload-narrow")
    assert betas(open_page("compare", "upload-narrow")) == [0.5, 2.0]


def test_a_beta_that_was_chosen_elsewhere_is_where_a_begins() -> None:
    app = open_page("diagnose")
    checked(app.select_slider(key="diagnose_beta_mnist-2d").set_value(7.0).run())
    app = go(app, "compare")
    assert betas(app) == [7.0, pytest.approx(0.7)]


def test_beside_another_model_it_is_at_the_beta_in_use_until_somebody_moves_it() -> None:
    app = choose(open_page("compare"), "b", "mnist-20d")
    assert betas(app) == [1.0]
    choose(app, "b", "mnist-2d")
    assert betas(app) == [0.1, 10.0]
    checked(app.select_slider(key="compare_a_beta_mnist-2d").set_value(3.0).run())
    choose(app, "b", "mnist-20d")
    assert betas(app) == [3.0]


@pytest.mark.parametrize("name", MODELS)
def test_every_kind_of_model_stands_beside_every_other(name: str, runs_dir: Path, shipped: Path) -> None:
    for kind, model in MODELS.items():
        save(model, runs_dir, f"upload-{kind}")
    app = open_page("compare", f"upload-{name}")
    for kind, model in MODELS.items():
        done(choose(app, "b", f"upload-{kind}"))
        rows = table(app)
        assert rows["Latent dimensions"]["A"] == str(MODELS[name].config.latent_dim)
        assert rows["Latent dimensions"]["B"] == str(model.config.latent_dim)
        alike = vae.evaluation.comparison.shared(MODELS[name], model) is None
        assert ("B − A" in rows["Data"]) == alike
        assert ("can't be compared" in texts(app) or "other labels" in texts(app)) != alike
        if alike and len(model.points.labels) > 2:
            assert [metric.label for metric in app.metric] == [
                "Shared neighbours",
                "Linear CKA",
                "Procrustes disparity",
            ]
        else:
            assert not app.metric


def test_a_prior_stands_beside_another_where_one_of_both_is_not_the_usual(
    runs_dir: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRIORS, Correlated.kind, Correlated)
    save(MODELS["plane"], runs_dir, "upload-plane")
    save(checkpoint(replace(MODELS["plane"].config, prior=Correlated())), runs_dir, "upload-correlated")
    app = open_page("compare", "upload-plane")
    rows = table(done(choose(app, "b", "upload-plane")))
    assert not {"Prior", "Objective"} & set(rows)
    rows = table(done(choose(app, "b", "upload-correlated")))
    assert (rows["Prior"]["A"], rows["Prior"]["B"]) == ("N(0, I)", Correlated.title)
    assert "Objective" not in rows
    order = app.dataframe[-1].proto.column_order
    assert "Prior" in order
    assert "Importance-weighted bound" in order, "a column without any number stays"


def test_numbers_of_different_images_are_not_set_against_each_other() -> None:
    app = opened("mnist-2d", "digits-2d")
    assert "A is of MNIST and B of Digits 8x8" in app.info[0].value
    assert "B − A" not in table(app)["Reconstruction, nats per image"]
    assert not figures(app)
    assert not app.metric
    assert {row["Model"] for row in many(app)} == {"MNIST, 2-D, β 0.05 to 40", "Digits 8x8, 2-D, β 1"}


def test_diagnoses_of_different_images_stand_beside_each_other(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = checkpoint(points=90)
    save(other._replace(summary=replace(other.summary, data="mnist")), runs_dir, "upload-elsewhere")
    results = {}
    for count in (360, 90):
        diagnosis = diagnose(other.model(), image_set(count), draws=5, samples=1)
        results[count] = job = Diagnosing(key=count, beta=1.0, draws=5)
        job.future.set_result(diagnosis)
    monkeypatch.setattr(diagnoses, "begun", lambda _, model, *rest: results.get(len(model.points.labels)))
    app = opened("digits-2d", "upload-elsewhere")
    rows = table(app, 1)
    a, b = (results[count].result for count in (360, 90))
    assert a is not None
    assert b is not None
    for letter, diagnosis in (("A", a), ("B", b)):
        assert rows["Minus the ELBO"][letter].splitlines()[0].strip() == f"{-diagnosis.elbo:.2f}"
    assert not {"B − A", "±"} & {name for row in rows.values() for name in row}


def test_what_checkpoints_say_of_themselves_is_there_at_once_and_nothing_is_begun() -> None:
    rows = table(opened("mnist-2d", "mnist-20d"))
    a, b = (vae.checkpoints.peek(name).summary for name in ("mnist-2d", "mnist-20d"))
    for title, name in (("Reconstruction", "recon"), ("KL to the prior", "kl"), ("Minus the ELBO", "neg_elbo")):
        row = rows[f"{title}, nats per image"]
        assert row["A"] == f"{getattr(a, name):.1f}"
        assert row["B"] == f"{getattr(b, name):.1f}"
        difference = float(row["B − A"].replace("−", "-"))
        assert difference == pytest.approx(getattr(b, name) - getattr(a, name), abs=0.06)
    assert "4 draws" in rows["Reconstruction, nats per image"]["about"]
    for title in ("Reconstruction", "Minus the ELBO"):
        assert "no log-likelihood: a perfect decoder still pays 45.53" in rows[f"{title}, nats per image"]["about"]
    assert "log-likelihood" not in rows["KL to the prior, nats per image"]["about"]
    assert rows["Network"]["A"].startswith("hybrid")
    assert not diagnoses._jobs.all()


def test_one_model_at_two_betas() -> None:
    app = done(opened("mnist-2d", "mnist-2d", a=1.0, b=10.0))
    shipped = vae.checkpoints.read("mnist-2d")
    row = table(app)["Reconstruction, nats per image"]
    terms_at_ten = terms(shipped, 10.0)
    assert row["B"] == f"≈ {terms_at_ten.recon:.1f}"
    assert row["B − A"].startswith("≈ +")
    (rates,) = figures(app)
    curve, *marks = rates["data"]
    assert shipped.keyframes is not None
    assert len(curve["x"]) == len(shipped.keyframes.beta)
    assert [mark["x"][0] for mark in marks] == pytest.approx([shipped.summary.kl, terms_at_ten.kl])
    expected = similarity(shipped.points_at(1.0).mean, shipped.points_at(10.0).mean)
    assert app.metric[0].value == f"{100 * expected.neighbours:.1f} %"
    assert app.metric[1].value == f"{expected.cka:.3f}"
    assert app.metric[2].value == f"{expected.disparity:.3f}"
    assert [row["β"] for row in many(app)] == ["0.05 to 40, here 1", "0.05 to 40, here 10, interpolated"]
    assert [row["At β"] for row in many(app)] == [1, 10]


def test_betas_go_over_the_range_and_each_model_keeps_its_own(runs_dir: Path) -> None:
    save(MODELS["range"], runs_dir, "upload-range")
    app = opened("mnist-2d", "upload-range", a=4.0, b=0.3)
    for letter, name, (low, high) in (("a", "mnist-2d", (0.05, 40)), ("b", "upload-range", (0.1, 10))):
        slider = app.select_slider(key=f"compare_{letter}_beta_{name}")
        betas = [float(beta) for beta in slider.options]
        assert (betas[0], betas[-1]) == (low, high)
        assert all(1 < more / less < 2 for less, more in pairwise(betas))
    choose(app, "b", "mnist-20d")
    choose(app, "b", "upload-range")
    go(app, "models")
    go(app, "compare")
    assert app.select_slider(key="compare_a_beta_mnist-2d").value == 4
    assert app.select_slider(key="compare_b_beta_upload-range").value == 0.3
    assert sides(app) == ("mnist-2d", "upload-range")


def test_a_file_that_took_the_place_of_another_has_its_own_betas(runs_dir: Path) -> None:
    save(MODELS["range"], runs_dir, "upload-it")
    app = opened("mnist-2d", "upload-it", b=10.0)
    narrow = replace(MODELS["range"].config, network=replace(MODELS["range"].config.network, beta_range=(0.5, 2.0)))
    save(checkpoint(narrow), runs_dir, "upload-it")
    checked(app.run())
    assert app.select_slider(key="compare_b_beta_upload-it").value == 1


def test_a_model_that_disappears_gives_way(runs_dir: Path) -> None:
    path = save(MODELS["plane"], runs_dir, "upload-gone")
    app = opened("digits-2d", "upload-gone")
    path.unlink()
    checked(app.run())
    assert sides(app)[1] != "upload-gone"
    assert "no model upload-gone any more" in app.toast[0].value
    assert table(app)


def test_a_model_that_cannot_be_read_any_more_is_told_of(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(MODELS["plane"], runs_dir, "upload-odd")
    app = opened("digits-2d", "mnist-2d")
    content = path.read_bytes()
    # All is well with its header, but not with its numbers.
    path.write_bytes(content[:-40] + b"\xff" * 40)
    choose(app, "b", "upload-odd")
    (error,) = app.error
    assert "upload-odd" in error.value
    assert "Choose another model for B" in error.value
    choose(app, "b", "mnist-2d")
    assert table(app)


def test_no_model_at_all_says_what_to_do(shipped: Path) -> None:
    assert "There is no model yet" in open_page("compare").info[0].value


def test_models_of_other_likelihoods_differ_in_what_does_not_hold_them(runs_dir: Path) -> None:
    made = MODELS["plane"]
    save(made, runs_dir, "upload-bernoulli")
    save(made._replace(config=replace(made.config, likelihood=Gaussian())), runs_dir, "upload-gaussian")
    app = done(opened("upload-bernoulli", "upload-gaussian"))
    rows = table(app)
    assert rows["Reconstruction, nats per image"]["B − A"] == "–"
    assert rows["Minus the ELBO, nats per image"]["B − A"] == "–"
    assert rows["KL to the prior, nats per image"]["B − A"] == "0.0"
    assert "different likelihoods" in texts(app)
    assert not figures(app)
    assert app.metric


def test_a_collapsed_model_is_told_of(runs_dir: Path) -> None:
    made = MODELS["plane"]
    save(made, runs_dir, "upload-plane")
    save(made._replace(points=made.points._replace(mean=0 * made.points.mean)), runs_dir, "upload-flat")
    app = done(opened("upload-plane", "upload-flat"))
    assert "B puts all images at one place" in texts(app)
    assert not app.metric


def test_both_are_diagnosed_once_somebody_asks(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = Downloads()
    monkeypatch.setattr("streamlit.testing.v1.app_test.MediaFileManager", downloads.make)
    shipped = vae.checkpoints.read("digits-2d")
    fitted = checkpoint(config("mlp-range"), points=360)
    fitted = fitted._replace(
        points=fitted.points._replace(labels=shipped.points.labels, classes=shipped.points.classes)
    )
    save(fitted, runs_dir, "upload-range")
    app = opened("digits-2d", "upload-range", b=5.0)
    assert len(app.table) == 1
    app = done(checked(app.button(key="compare_diagnose").click().run()))
    a, b = (job.result for job in diagnoses._jobs.all())
    assert a is not None
    assert b is not None
    assert b.beta == 5
    assert a.knn_accuracy is not None
    assert b.knn_accuracy is not None
    rows = table(app, 1)
    needed = readings(a)
    assert list(rows) == [reading.title for reading in needed]
    assert [row["unit"] for row in rows.values()] == [reading.unit for reading in needed]
    assert all(row["about"].endswith(reading.meaning) for row, reading in zip(rows.values(), needed, strict=True))
    bound = rows["Importance-weighted bound"]
    assert "5 draws" in bound["about"]
    assert bound["A"].splitlines()[0].strip() == f"{a.iwae:.2f}"
    assert f"± {a.iwae_image_standard_error:.3f} over images" in bound["A"]
    assert f"± {b.iwae_standard_error or 0:.3f} over draws of z" in bound["B"]
    assert bound["B − A"] == f"{b.iwae - a.iwae:+.2f}"
    assert float(bound["±"]) > 0
    ours, theirs = (diagnosis.prior.kl_of_each(diagnosis.mean, diagnosis.std) for diagnosis in (a, b))
    apart = theirs - ours
    assert rows["KL to the prior"]["±"] == f"{standard_error(apart):.3f}"
    apart = 100 * (b.knn_right - a.knn_right)
    assert apart.mean() == pytest.approx(100 * (b.knn_accuracy - a.knn_accuracy), abs=1e-4)
    assert rows["Class from nearest neighbours"]["±"] == f"{standard_error(apart):.3f}"
    assert rows["Total correlation"]["±"] == "", "an estimate that has no number for each image"
    assert rows["Class from nearest neighbours"]["A"].splitlines()[0].strip() == f"{100 * a.knn_accuracy:.1f} %"
    assert rows["Class from nearest neighbours"]["B − A"].endswith(" points")
    assert not [button for button in app.button if button.key == "compare_diagnose"]

    first, second = many(app)
    assert first["Importance-weighted bound"] == a.iwae
    assert second["β"] == "0.1 to 10, here 5"
    assert second["Active dimensions"] == b.active_units
    lines = list(csv.DictReader(io.StringIO(downloads.content(app, "Table as CSV").decode())))
    assert [line["Model"] for line in lines] == [first["Model"], second["Model"]]
    assert float(lines[1]["Importance-weighted bound"]) == pytest.approx(b.iwae)

    # What has been diagnosed shows at once, here and at another beta, and as a row more.
    app = opened("digits-2d", "upload-range", b=1.0)
    assert [row["β"] for row in many(app)] == ["1", "0.1 to 10, here 1", "0.1 to 10, here 5"]
    assert len(app.table) == 1
    app = opened("digits-2d", "upload-range", b=5.0)
    assert table(app, 1) == rows
    assert len(diagnoses._jobs.all()) == 2


def test_diagnosing_shows_how_far_it_is_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    on_step = Diagnosing.on_step

    def slow(job: Diagnosing, finished: int, of: int) -> None:
        assert go_on.wait(60)
        on_step(job, finished, of)

    monkeypatch.setattr(Diagnosing, "on_step", slow)
    app = opened("digits-2d", "digits-2d")
    checked(app.button(key="compare_diagnose").click().run())
    checked(app.button(key="compare_stop").click().run())
    go_on.set()
    done(app)
    assert "Stopped." in texts(app)
    done(checked(app.button(key="compare_diagnose").click().run()))
    assert table(app, 1)["Minus the ELBO"]["B − A"] == "0.00"


def test_neighbours_are_looked_for_beside_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slow(a: np.ndarray, b: np.ndarray) -> Similarity:
        assert go_on.wait(60)
        return similarity(a, b)

    monkeypatch.setattr(latent_spaces, "similarity", slow)
    app = opened("digits-2d", "digits-2d")
    assert [bar.proto.text for bar in app.get("progress")] == ["Looking for neighbours in both latent spaces"]
    assert not app.metric
    go_on.set()
    assert done(app).metric
    assert not app.get("progress")


def test_what_goes_wrong_with_a_diagnosis_is_told(runs_dir: Path) -> None:
    save(checkpoint(points=7), runs_dir, "upload-few")
    app = opened("upload-few", "upload-few")
    done(checked(app.button(key="compare_diagnose").click().run()))
    assert "7 images" in app.error[0].value
    assert app.button(key="compare_diagnose")


def test_without_the_images_it_says_where_they_belong(tmp_path: Path) -> None:
    app = opened("mnist-2d", "mnist-20d")
    assert "not in the data folder" in texts(app)
    assert str(tmp_path) not in texts(app)
    assert not [button for button in app.button if button.key == "compare_diagnose"]


def test_other_models_have_rows_as_well(runs_dir: Path) -> None:
    path = save(MODELS["five"], runs_dir, "upload-five")
    app = opened("mnist-2d", "mnist-20d")
    assert len(many(app)) == 2
    more = app.multiselect(key="compare_more")
    checked(more.set_value(["upload-five", "digits-2d"]).run())
    assert [row["Latent"] for row in many(app)] == [2, 20, 5, 2]
    assert many(app)[3]["Minus the ELBO"] == vae.checkpoints.peek("digits-2d").summary.neg_elbo
    choose(app, "b", "digits-2d")  # which then stands beside itself no more
    assert [row["Latent"] for row in many(app)] == [2, 2, 5]
    path.unlink()
    checked(app.run())
    assert [row["Latent"] for row in many(app)] == [2, 2]


def trained(made: Checkpoint, runs_dir: Path, number: int) -> None:
    """A run that is over, with its curves."""
    folder = runs_dir / f"20250101-00000{number}-000000"
    folder.mkdir(parents=True)
    vae.checkpoints.write(folder / "model.safetensors", made)
    epochs = [Progress(e, 3, 1.0, 1e-3, Curve(30 - e, 3), Curve(31 - e, 3), 1.0) for e in (1, 2, 3)]
    lines = "".join(to_json(epoch) + "\n" for epoch in epochs)
    (folder / "progress.jsonl").write_text(lines)


def test_models_that_a_run_made_have_its_curves_wherever_their_file_is(runs_dir: Path) -> None:
    made = MODELS["plane"]
    trained(made, runs_dir, 1)
    save(made, runs_dir, "upload-copy")
    run = store.list_runs()[0]
    save(made._replace(summary=replace(made.summary, date="2025-01-01T00:00:01+00:00")), runs_dir, "upload-later")
    app = opened(run.id, "upload-copy")
    _, losses = figures(app)
    assert [trace["y"] for trace in losses["data"]] == [[33, 32, 31]] * 2
    assert "no training curves" not in texts(app)
    choose(app, "b", "upload-later")
    _, losses = figures(app)
    assert [trace["y"] for trace in losses["data"]] == [[33, 32, 31]]
    assert losses["data"][0]["name"].startswith("A: ")
    assert "no training curves of B" in texts(app)
    assert str(runs_dir) not in texts(app)


@pytest.mark.process
def test_the_page_opens_without_torch(runs_dir: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests');"
        "from streamlit.testing.v1 import AppTest;"
        "app = AppTest.from_file('app.py', default_timeout=60).run().switch_page('pages/compare.py').run();"
        "from pages.components.services import latent_spaces;"
        "[job.wait(60) for job in latent_spaces._jobs.all()]; app.run();"
        "assert not app.exception and app.metric; print('torch' in sys.modules)"
    )
    root = Path(vae.__file__).parent.parent
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert ran.stdout.split() == ["False"]


def test_both_planes_are_shown_the_second_laid_onto_the_first(runs_dir: Path) -> None:
    a, b = (checkpoint(config(latent_dim=dims), points=40) for dims in (2, 5))
    save(a, runs_dir, "upload-a")
    save(b, runs_dir, "upload-b")
    data = maps(opened("upload-a", "upload-b"))
    assert data is not None
    assert data["shared"]
    wanted = together(lay_out(a, Axes(), 1.0), lay_out(b, PCA(), 1.0))
    for side, layout, model in zip(data["sides"], wanted, (a, b), strict=True):
        header, arrays = fetched(side["points"])
        np.testing.assert_allclose(arrays["mean"], layout.projection.plane, atol=1e-5)
        np.testing.assert_array_equal(arrays["latent"], model.points.mean)
        assert header["space"]["kind"] == "straight"
        assert (side["panel"], side["projected"], side["keyframes"]) == ("side", True, None)
    assert data["sides"][0]["model"] != data["sides"][1]["model"]


def test_one_model_is_shown_at_two_betas(runs_dir: Path) -> None:
    save(MODELS["range"], runs_dir, "upload-range")
    app = opened("upload-range", "upload-range", a=0.1, b=10.0)
    data = maps(app)
    assert data is not None
    assert [side["condition"]["beta"] for side in data["sides"]] == [0.1, 10.0]
    assert data["sides"][0]["program"] == data["sides"][1]["program"]
    assert len({side["model"] for side in data["sides"]}) == len({side["points"] for side in data["sides"]}) == 2


def test_maps_of_different_images_are_linked_by_place_alone(runs_dir: Path) -> None:
    save(MODELS["plane"], runs_dir, "upload-a")
    save(MODELS["one-point"], runs_dir, "upload-b")
    data = maps(opened("upload-a", "upload-b"))
    assert data is not None
    assert not data["shared"]
    np.testing.assert_array_equal(fetched(data["sides"][1]["points"])[1]["mean"], MODELS["one-point"].points.mean)


def test_a_line_has_no_map_and_the_numbers_are_there(runs_dir: Path) -> None:
    save(MODELS["line"], runs_dir, "upload-line")
    save(MODELS["plane"], runs_dir, "upload-plane")
    app = opened("upload-line", "upload-plane")
    assert maps(app) is None
    assert "A: one latent dimension" in texts(app)
    assert table(app)


@pytest.mark.process
def test_more_dimensions_are_laid_out_as_was_asked_for(runs_dir: Path) -> None:
    made = checkpoint(config(latent_dim=5), points=40)
    save(made, runs_dir, "upload-a")
    app = opened("upload-a", "upload-a")
    data = maps(app)
    assert data is not None
    before = [side["points"] for side in data["sides"]]
    checked(app.segmented_control(key="compare_plane").select("tsne").run())
    for _ in range(200):
        data = maps(app)
        assert data is not None
        if not {side["points"] for side in data["sides"]} & {*before}:
            break
        time.sleep(0.2)
        checked(app.run())
    for side in data["sides"]:
        header, arrays = fetched(side["points"])
        assert header["space"]["kind"] == "scattered"
        np.testing.assert_allclose(arrays["mean"], lay_out(made, TSNE(), 1.0).projection.plane, rtol=1e-2, atol=1e-2)
