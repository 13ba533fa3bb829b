"""The documents: where their links lead, and whether what they show can be run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from test_house import PACKAGES

from vae import __version__
from vae.cli.parser import build_parser

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "checkpoints" / "README.md"])
README = (ROOT / "README.md").read_text("utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    """What stands in the fences of a language."""
    return [block for kind, block in FENCED.findall(text) if kind == language]


def anchors(path: Path) -> set[str]:
    """What a link can have behind its #, as GitHub names headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file(path: Path) -> None:
    for link in LINK.findall(FENCED.sub("", path.read_text("utf-8"))):
        if re.match(r"\w+:", link):
            continue  # elsewhere
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{name_of(path)}: {link}"
        assert not anchor or anchor in anchors(target), f"{name_of(path)}: {link}"


def test_every_page_has_a_document() -> None:
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert {path.stem for path in (ROOT / "docs" / "pages").glob("*.md")} == pages
    assert all(f"(docs/pages/{page}.md)" in README for page in pages)


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 150


def test_the_readme_says_how_to_test() -> None:
    command = "pip install -r requirements-dev.txt && pytest -n auto --dist loadfile\n"
    assert command in blocks(README, "bash")


def test_the_readme_lists_the_packages_in_their_order() -> None:
    (tree,) = (block for block in blocks(README, "") if "app.py" in block)
    library = tree.partition("vae/")[2].partition("\ncheckpoints/")[0]
    assert tuple(re.findall(r"^  (\w+)/", library, re.MULTILINE)) == PACKAGES


@pytest.mark.parametrize("name", ["README.md", "docs/commands.md"])
def test_every_command_that_is_shown_is_one(name: str) -> None:
    lines = "".join(blocks((ROOT / name).read_text("utf-8"), "bash")).splitlines()
    shown = [shlex.split(line, comments=True) for line in lines if line.startswith(("python -m vae", "zscape"))]
    assert len(shown) > 5
    for words in shown:
        options = words[1:] if words[0] == "zscape" else words[3:]
        if "--help" not in options:
            build_parser().parse_args(options)  # or it ends the test
    if name == "docs/commands.md":
        commands = {words[3] for words in shown if words[0] == "python"}
        assert commands == {"train", "runs", "stop", "film", "evaluate", "report", "project", "export", "info"}


def test_the_example_in_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = (block for block in blocks(README, "python") if "vae.load" in block)
    monkeypatch.setattr("builtins.print", lambda *values: None)
    assert "epochs=100" in code
    known: dict[str, Any] = {}
    exec(compile(code.replace("epochs=100", "epochs=1"), "README.md", "exec"), known)
    assert tuple(known["picture"].shape) == (1, 1, 28, 28)
    assert tuple(known["mean"].shape) == (8, 2)


def test_the_citation_is_of_this_version() -> None:
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
