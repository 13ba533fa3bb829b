"""One owner of colours: what can't import them says the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from node import ROOT, SOURCE, run

from vae import theme
from vae.web.export import DIST

OWNER = ROOT / "vae" / "theme.py"
# What can't import it.
COPIES = [
    ROOT / ".streamlit" / "config.toml",
    ROOT / "pages" / "components" / "frame.html",
    ROOT / "pages" / "components" / "icon.svg",
    SOURCE / "render" / "colours.js",
]
SCALES = [SOURCE / "render" / "overlay.js"]  # of numbers, which have nothing to do with the theme
PLAIN = {"#000", "#fff"}
COLOUR = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
MIXED = re.compile(r"rgba?\(\s*(?!0\D+0\D+0\b)\d", re.IGNORECASE)
FILES = [
    path
    for folder in (ROOT / "vae", ROOT / "pages", ROOT / ".streamlit")
    for path in sorted(folder.rglob("*"))
    if path.suffix in (".py", ".js", ".css", ".html", ".svg", ".toml")
    and DIST not in path.parents
    and not path.name.endswith(".test.js")
    and path not in (OWNER, *SCALES)
]


def colours() -> set[str]:
    return set(COLOUR.findall(OWNER.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_colour_is_written_down_but_by_its_owner(path: Path) -> None:
    allowed = PLAIN | (colours() if path in COPIES else set())
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        others = set(COLOUR.findall(line)) - allowed
        assert not others, f"line {number}: {others} belongs into vae/theme.py"
        assert not MIXED.search(line), f"line {number}: mix colours of vae/theme.py"


@pytest.mark.parametrize(("name", "colours"), [("light", theme.LIGHT), ("dark", theme.DARK)])
def test_streamlit_has_the_same(name: str, colours: theme.Theme) -> None:
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        settings = tomllib.load(file)["theme"][name]
    assert settings == {
        "primaryColor": colours.primary,
        "backgroundColor": colours.background,
        "secondaryBackgroundColor": colours.secondary,
        "textColor": colours.text,
        "borderColor": colours.border,
    }


def test_the_front_end_has_the_same() -> None:
    exports = run("async (load) => ({ ...(await load('render/colours.js')) })")
    assert tuple(exports["CLASSES"]) == theme.CLASSES
    assert {int(label): colour for label, colour in exports["CLASSES_ON_DARK"].items()} == theme.CLASSES_ON_DARK
    assert (exports["BLUE"], exports["ORANGE"]) == (theme.BLUE, theme.ORANGE)
    light = dict(re.findall(r"(--[a-z-]+): ([^;]+);", theme.LIGHT.css()))
    assert {name: light.get(name, "sans-serif") for name in exports["LIGHT"]} == exports["LIGHT"]
