"""The map's Python face, and the script that it bundles."""

import re
import sys
from pathlib import Path

import pytest
from apptest import MODELS, open_page, report, save, shown

from pages.components import assets, latent_map
from pages.components.latent_map import bundle

pytestmark = pytest.mark.usefixtures("runs_dir")

FOLDER = Path(latent_map.__file__).parent
MODULES: tuple[str, ...] = sys.modules[bundle.__module__].MODULES


def test_every_script_of_the_folder_is_a_module_of_the_bundle():
    assert sorted(MODULES) == sorted(path.stem for path in FOLDER.glob("*.js"))
    assert len(set(MODULES)) == len(MODULES)


def test_the_bundle_is_one_module():
    lines = bundle().splitlines()
    assert not [line for line in lines if re.match(r"\s*import\b", line)]
    (export,) = [line for line in lines if re.match(r"\s*export\b", line)]
    assert export.startswith("export default function")


def test_the_bundle_leaves_nothing_else_out():
    def rest(text: str) -> list[str]:
        return [line.removeprefix("export ") for line in text.splitlines() if not line.startswith("import ")]

    parts = [(FOLDER / f"{name}.js").read_text("utf-8") for name in MODULES]
    assert rest(bundle()) == [line for part in parts for line in [*rest(part), ""]][:-1]


def test_no_two_modules_declare_the_same_name():
    names = re.findall(r"^(?:async )?(?:function\*?|class|const|let|var) (\w+)", bundle(), flags=re.MULTILINE)
    assert "Decoder" in names
    assert len(set(names)) == len(names), sorted(names)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_an_earlier_one_exports(name: str):
    text = (FOLDER / f"{name}.js").read_text("utf-8")
    for names, source in re.findall(r'^import \{ (.*) \} from "\./(\w+)\.js";$', text, flags=re.MULTILINE):
        assert MODULES.index(source) < MODULES.index(name), "the bundle runs from top to bottom"
        exported = re.findall(
            r"^export (?:async )?(?:function|class|const|let) (\w+)",
            (FOLDER / f"{source}.js").read_text("utf-8"),
            flags=re.MULTILINE,
        )
        assert {*names.split(", ")} <= {*exported}
    assert len(re.findall(r"^\s*import\b", text, flags=re.MULTILINE)) == len(
        re.findall(r'^import \{ .* \} from "\./\w+\.js";$', text, flags=re.MULTILINE)
    )


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
