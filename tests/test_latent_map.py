"""The map's Python face."""

from pathlib import Path

import pytest
from apptest import MODELS, open_page, report, save, shown

from pages.components import assets

pytestmark = pytest.mark.usefixtures("runs_dir")


@pytest.mark.parametrize("page", ["explore", "sample", "interpolate"])
def test_weights_and_points_travel_by_url(page: str, runs_dir: Path):
    save(MODELS["plane"], runs_dir, "upload-plane")
    data = shown(open_page(page, "upload-plane"))
    digests = {digest for digest, _ in assets._blocks.values()}
    assert {data[name].rpartition("/")[2] for name in ("program", "points")} == digests
    assert data["plotly"] == assets.plotly_url()
    assert "7 test images" in data["alt"]


def test_the_scripts_are_sent_once_for_all_pages():
    contents = set()
    for page in ("explore", "sample", "interpolate"):
        (element,) = open_page(page).get("bidi_component")
        assert not element.proto.isolate_styles
        contents.add((element.proto.component_name, element.proto.js_content, element.proto.css_content))
    ((name, script, style),) = contents
    assert name.endswith("zscape_latent_map")
    assert "export default function" in script
    assert ".zs-body" in style


def test_a_reader_without_pins_is_an_empty_list():
    app = open_page("explore")
    for pins in ([], None):
        assert report(app, pins=pins).download_button[0].label == "Pins as CSV (0)"
