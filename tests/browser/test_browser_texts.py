"""Texts of files as a real browser shows them: as what they are, whatever they mean to Markdown, HTML or LaTeX."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Watched, start
from playwright.sync_api import Page, expect
from tiny import checkpoint

from benchmarks.servers import ROOT, serve
from benchmarks.texts import FOREIGN, hostile_checkpoint, names
from vae.checkpoints.checkpoint import write
from vae.cli import main
from vae.texts import JOINER, markdown, printable

SCRIPT = f"""
import json, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from vae.texts import markdown
for place, name in enumerate(json.loads(Path("names.json").read_text())):
    with st.container(key=f"name_{{place}}"):
        if place % 3 == 0:
            st.markdown(f"{{markdown(name)}}")
        elif place % 3 == 1:
            st.caption(f":material/warning: {{markdown(name)}}: so")
        else:
            st.button(f"{{markdown(name)}} so", key=f"button_{{place}}")
st.text("the end")
"""
SHOWN = """() => [...document.querySelectorAll('[class*="st-key-name_"]')].map(place => {
    const text = place.querySelector('[data-testid="stMarkdownContainer"] p, [data-testid="stCaptionContainer"] p, button p');
    return [
        Number(place.className.match(/st-key-name_(\\d+)/)[1]),
        text?.textContent ?? "",
        text ? [...text.querySelectorAll("*")].map(part => part.tagName).join() : "",
    ];
})"""
# What a page would fetch, link to, or draw instead of a text.
ACTIVE = f"""() => [...document.querySelectorAll("*")].filter(element =>
    ["src", "href", "xlink:href", "srcset"].some(name => (element.getAttribute(name) ?? "").includes("{FOREIGN}"))
        || element.matches(".katex, math")).map(element => element.outerHTML.slice(0, 200))"""
SLOW = 60_000  # milliseconds that a busy machine may take to draw something
HOSTILE = (
    f"![x](http://{FOREIGN}/x.png) :material/home: :smile: :red[x] $x^2$",
    f"<img src=http://{FOREIGN}/y.png> <b>x</b> https://{FOREIGN} www.{FOREIGN}",
    f'<a href="http://{FOREIGN}">x</a> [x](http://{FOREIGN}) `x` **x** &amp;',
)


def plain(text: str) -> str:
    return " ".join(text.replace(JOINER, "").replace("\ufeff", "").split())


def test_streamlit_shows_what_is_printed(page: Page, tmp_path: Path) -> None:
    made = [name[:200] for name in names(240, seed=2)]
    (tmp_path / "names.json").write_text(json.dumps(made))
    (tmp_path / "script.py").write_text(SCRIPT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with serve(tmp_path / "script.py") as server:
        page.goto(server.url)
        page.get_by_text("the end").wait_for()
        page.wait_for_function("() => !document.querySelector('[data-testid=\"stSkeleton\"]')")
        rows = page.evaluate(SHOWN)
    assert len(rows) == len(made)
    for place, text, parts in rows:
        before, after = [("", ""), ("warning ", ": so"), ("", " so")][place % 3]
        assert plain(text) == plain(before + printable(made[place]).strip(" \ufeff") + after), ascii(made[place])
        assert parts == ("SPAN" if place % 3 == 1 else ""), ascii(made[place])
    assert not any(FOREIGN in url for url in asked)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Folder of uploads that name their data set and their classes in every way that means something else."""
    uploads = tmp_path / "runs" / "uploads"
    for place, name in enumerate(HOSTILE):
        for second in (0, 1):
            made = checkpoint(points=40)
            summary = replace(made.summary, data=name, recon=20.0 + second)
            points = made.points._replace(classes=tuple(f"{hostile[:90]}{second}" for hostile in HOSTILE))
            write(uploads / f"upload-{place}-{second}.safetensors", made._replace(summary=summary, points=points))
    (uploads / "upload-bad.safetensors").write_bytes(hostile_checkpoint([], data=f"{HOSTILE[0]}\ud800"))
    return uploads


def test_no_page_fetches_links_or_formats_what_a_file_says(watched: Watched, models: Path, tmp_path: Path) -> None:
    page = watched.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with start(tmp_path) as server:
        for place, name in enumerate(HOSTILE):
            model = f"upload-{place}-0"
            page.goto(f"{server.url}/models?model={model}")
            expect(page.get_by_text("Delete", exact=True)).to_have_count(7, timeout=SLOW)
            assert plain(name) in plain(page.inner_text("body"))
            assert page.evaluate(ACTIVE) == []
            page.goto(f"{server.url}/?model={model}")
            page.wait_for_selector(".zs[data-ready]")
            expect(page.get_by_text("40 test images of")).to_be_visible(timeout=SLOW)
            assert plain(f"40 test images of {name}") in plain(page.inner_text("body"))
            assert page.evaluate(ACTIVE) == []
            page.goto(f"{server.url}/compare?model={model}")
            legend = page.locator(".legendtext")
            expect(legend).to_have_count(2, timeout=SLOW)
            assert plain(name) in plain(legend.first.text_content() or "")
            expect(page.get_by_test_id("stTable").first).to_contain_text("Reconstruction", timeout=SLOW)
            assert plain(name) in plain(page.get_by_test_id("stTable").first.inner_text())
            assert page.evaluate(ACTIVE) == []
    assert not any(FOREIGN in url for url in asked)


@pytest.mark.parametrize("name", HOSTILE[1:])
def test_no_file_that_is_made_of_it_does_either(name: str, page: Page, models: Path, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    file = models / "upload-1-0.safetensors"
    assert main(["export", str(file), "--html", str(tmp_path / "map.html"), "--title", name]) == 0
    assert main(["report", str(file), "--data", "digits", "--iwae", "1", "--html", str(tmp_path / "report.html")]) == 0
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_selector(".zs[data-ready]")
    assert page.get_by_role("heading").first.text_content() == name
    assert plain(HOSTILE[1]) in plain(page.inner_text("body"))
    assert page.evaluate(ACTIVE) == []
    page.goto((tmp_path / "report.html").as_uri())
    assert page.get_by_role("heading").first.text_content() == "upload-1-0"
    assert page.evaluate(ACTIVE) == []
    assert not any(FOREIGN in url for url in asked)
    assert markdown(name) != name
