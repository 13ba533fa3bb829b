"""The map's Python face."""

from dataclasses import replace
from pathlib import Path

import pytest
from apptest import MODELS, checked, fetched, go, open_page, report, save, shown, trigger
from tiny import RANGE, checkpoint

from pages.components.server import assets
from vae.models.networks import MLP

pytestmark = pytest.mark.usefixtures("runs_dir")


@pytest.mark.parametrize("page", ["explore", "sample", "interpolate"])
def test_weights_and_points_travel_by_url(page: str, runs_dir: Path):
    save(MODELS["plane"], runs_dir, "upload-plane")
    data = shown(open_page(page, "upload-plane"))
    digests = {digest for digest, _ in assets._blocks.values()}
    assert {data[name].rpartition("/")[2] for name in ("program", "points", "encoder")} == digests
    assert data["plotly"] == assets.plotly_url()
    assert "7 test images" in data["alt"]


@pytest.mark.parametrize("page", ["explore", "sample", "interpolate", "traverse"])
def test_a_model_for_a_range_brings_its_keyframes_and_where_the_slider_stands(page: str, runs_dir: Path):
    save(MODELS["range"], runs_dir, "upload-range")
    save(MODELS["plane"], runs_dir, "upload-plane")
    app = open_page(page, "upload-range")
    data = shown(app)
    header, arrays = fetched(data["keyframes"])
    assert tuple(header["range"]) == RANGE
    assert arrays["mean"].shape == (4, 7, 2)
    assert (data["condition"]["beta"], data["chosen"]) == (1.0, False)
    report(app, condition={"beta": 4.0, "label": None})
    assert (shown(app)["condition"]["beta"], shown(app)["chosen"]) == (4.0, True)
    for other in ("sample", "interpolate", "traverse", "explore"):
        assert shown(go(app, other))["condition"]["beta"] == 4.0
    single = shown(open_page(page, "upload-plane"))
    assert (single["keyframes"], single["condition"]["beta"]) == (None, 1.0)


@pytest.mark.parametrize("beta", [0.01, 11, "4", None, float("inf")])
def test_what_is_no_beta_of_the_model_is_ignored(beta: object, runs_dir: Path):
    save(MODELS["range"], runs_dir, "upload-range")
    app = report(open_page("explore", "upload-range"), condition={"beta": beta, "label": None})
    assert (shown(app)["condition"]["beta"], shown(app)["chosen"]) == (1.0, False)


def test_each_model_has_a_beta_of_its_own(runs_dir: Path):
    for name in ("upload-range", "upload-other"):
        save(MODELS["range"], runs_dir, name)
    app = report(open_page("explore", "upload-range"), condition={"beta": 4.0, "label": None})
    checked(app.selectbox(key="model_picker").select("upload-other").run())
    assert shown(app)["condition"]["beta"] == 1.0
    checked(app.selectbox(key="model_picker").select("upload-range").run())
    assert shown(app)["condition"]["beta"] == 4.0


@pytest.mark.parametrize("page", ["explore", "sample", "interpolate", "traverse"])
def test_the_same_beta_can_be_set_for_one_model_after_another(page: str, runs_dir: Path):
    save(MODELS["range"], runs_dir, "upload-range")
    other = MODELS["range"]
    weights = {name: array + 0.01 for name, array in other.weights.items()}
    save(other._replace(weights=weights), runs_dir, "upload-other")
    app = report(open_page(page, "upload-range"), condition={"beta": 10.0, "label": None})
    checked(app.selectbox(key="model_picker").select("upload-other").run())
    report(app, condition={"beta": 10.0, "label": None})
    assert (shown(app)["condition"]["beta"], shown(app)["chosen"]) == (10.0, True)


def test_a_beta_does_not_outlive_the_file_it_was_set_for(runs_dir: Path):
    save(MODELS["range"], runs_dir, "upload-range")
    app = report(open_page("sample", "upload-range"), condition={"beta": 10.0, "label": None})
    narrow = checkpoint(replace(MODELS["range"].config, network=MLP((12, 8), (0.5, 4.0))))
    save(narrow, runs_dir, "upload-range")
    checked(app.run())
    assert shown(app)["condition"]["beta"] == 4.0
    save(MODELS["plane"], runs_dir, "upload-range")
    checked(app.run())
    assert shown(app)["condition"]["beta"] == 1.0


def test_the_offer_to_train_a_range_leads_to_train_set_up_for_it(runs_dir: Path):
    save(MODELS["plane"], runs_dir, "upload-plane")
    app = open_page("explore", "upload-plane")
    assert shown(app)["offer"]
    trigger(app, "train", True)
    assert app.radio(key="train_preset").value == "every-beta"
    assert app.segmented_control(key="train_over").value == "range"


def test_the_scripts_are_sent_once_for_all_pages():
    contents = set()
    for page in ("explore", "sample", "interpolate", "traverse"):
        (element,) = open_page(page).get("bidi_component")
        assert not element.proto.isolate_styles
        contents.add((element.proto.component_name, element.proto.js_content, element.proto.css_content))
    ((name, script, style),) = contents
    assert name.endswith("zscape_latent_map")
    assert " as default" in script
    assert ".zs-body" in style


def test_a_reader_without_pins_is_an_empty_list():
    app = open_page("explore")
    for pins in ([], None):
        assert report(app, pins=pins).download_button[0].label == "Pins as CSV (0)"
