"""Texts of files: which may enter, and what is shown of those that may not."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save
from tiny import checkpoint, config, filmed_run

from benchmarks.texts import PARTS, as_read, names, unescaped, untold
from vae import DataError, VAEError
from vae.checkpoints.checkpoint import write
from vae.cli import main
from vae.latents import layouts
from vae.latents.layouts import lay_out
from vae.projections import TSNE
from vae.runs import store
from vae.runs.snapshots import ABOUT_STEM, FORMAT
from vae.runs.status import Status
from vae.texts import JOINER, is_showable, json_of, listed, markdown, plotly, printable

NAMES = names(2000)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_what_is_printed_is_one_line_that_can_be_encoded_and_may_enter():
    for name in NAMES:
        shown = printable(name)
        shown.encode()
        assert len(shown.splitlines()) <= 1
        assert is_showable(shown, len(shown))
        assert printable(shown) == shown
        assert len(printable(name, 20)) <= 20
        if is_showable(name, len(name)):
            assert shown == name


@pytest.mark.parametrize(
    "text", ["\0", "\x1b[2J", "\x7f", "\x9b2J", "a\nb", "\u2028", "\ud800", "\u202e", "\u2066", None, 3, ["a"]]
)
def test_what_can_not_be_shown_does_not_enter(text: object):
    assert not is_showable(text)


@pytest.mark.parametrize("text", ["", "ünï", "お", "\u05d0\u200f", "👩\u200d👧", "e\u0301", "![x](y)", "x" * 200])
def test_what_can_be_shown_enters_whatever_it_means_to_somebody_else(text: str):
    assert is_showable(text)
    assert not is_showable(text + "x" * 201)


def test_markdown_reads_as_what_is_printed():
    for name in NAMES:
        assert as_read(markdown(name)) == printable(name).strip(" \ufeff").replace(JOINER, "")


@pytest.mark.parametrize("text", [part for part in PARTS if re.search(r"[\[\]<*`$\\]|^[_#>-]|^\d", printable(part))])
def test_what_means_something_in_markdown_has_a_backslash(text: str):
    """That this is enough, Streamlit's own renderer is asked in a browser."""
    assert "\\" in markdown(text)


def test_a_name_that_nobody_escaped_is_found():
    assert unescaped(["Ŋ![x](y)ŋ and more"])
    assert not unescaped(["**" + markdown("Ŋ![x](y) :a: -- \\ŋ") + "** and more"])


@pytest.mark.parametrize("text", ["MNIST, 2-D, β 1", "a_b, no. 1,000", "/tmp/x-1/y.npz: damaged (bad)."])
def test_ordinary_text_stays_as_it_is(text: str):
    assert markdown(text) == text == plotly(text) == printable(text)


def test_plotly_gets_no_markup():
    for name in NAMES:
        assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", plotly(name))


def test_checkpoints_are_refused_for_what_can_not_be_shown_and_for_nothing_else():
    some = [*PARTS, *NAMES[-400:]]
    refused, wrongly, errors = untold(some)
    assert 50 < refused < len(some) - 50
    assert (wrongly, errors) == (0, 0)


def test_an_error_can_be_shown_whatever_it_quotes():
    for name in NAMES:
        for kind in (VAEError, DataError):
            said = str(kind(f"{name}: no such file"))
            said.encode()
            assert printable(said) == said
        assert str(DataError(name, "a = 1\nb = 2")) == f"{printable(name, 10_000)}\na = 1\nb = 2"


# --- Runs, whose files anybody may have written into

VALUES = ("a\ud800\x1b[2J", -1, 10**400, 1e400, None, [], {}, True, [["deep"]])


def write_json(path: Path, values: object) -> None:
    path.write_text(json.dumps(values))


def spoiled(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The same with each of its fields spoiled in each way, and with one that nobody knows."""
    return [values | {name: value} for name in (*values, "\ud800") for value in VALUES]


@pytest.fixture
def run() -> store.Run:
    return filmed_run([np.zeros((5, 2))] * 3, [0, 1, 2, 3, 4])


def test_a_status_says_nothing_that_can_not_be_shown(run: store.Run):
    for values in spoiled(Status("failed", 3, 9, 1.0, "broke off", True)._asdict()):
        write_json(run.folder / "status.json", values)
        status = run.status()
        assert status.state in ("queued", "starting", "running", "finished", "stopped", "failed")
        assert status.step >= 0
        assert status.steps >= 0
        assert status.seconds_left is None or 0 <= status.seconds_left < 1e13
        assert is_showable(status.message, 10_000)
        assert isinstance(status.resumable, bool)


def test_a_process_that_can_not_be_is_not_going(run: store.Run):
    write_json(run.folder / "status.json", Status("running")._asdict())
    for values in spoiled({"pid": 1, "created": 1.0}):
        write_json(run.folder / "process.json", values)
        assert run.status().state == "failed"


def test_a_line_that_can_not_be_drawn_is_left_out(run: store.Run):
    path = run.folder / "progress.jsonl"
    good, _ = path.read_text().splitlines()
    for values in spoiled(json.loads(good)):
        path.write_text(f"{good}\n{json.dumps(values)}\n")
        for progress in run.progress():
            kl_by_dim = progress.kl_by_dim or ()
            curves = [
                *progress.train.terms.values(),
                *(progress.validation.terms.values() if progress.validation else ()),
            ]
            for value in (progress.beta, progress.seconds, *curves, *kl_by_dim):
                assert math.isnan(value) or abs(value) >= 0
            assert progress.epoch + progress.epochs > 1
    path.write_text(f"{good}\n{'[' * 100_000}\n")
    assert len(run.progress()) == 1


def test_a_request_that_can_not_be_is_a_damaged_run(run: store.Run):
    path = run.folder / "request.json"
    for values in spoiled(json.loads(path.read_text())):
        write_json(path, values)
        (damaged,) = store.list_runs()
        damaged.title.encode()
    path.write_text("[" * 100_000)
    (damaged,) = store.list_runs()
    assert damaged.request is None


@pytest.mark.parametrize(
    "name", ["99999999-999999-999999", "20251399-000000-000000", "00010101-000000-000000", "२०२५०१०१-120000-000000"]
)
def test_a_folder_that_is_named_like_no_moment_is_no_run(name: str, run: store.Run):
    run.folder.with_name(name).mkdir()
    assert [listed.id for listed in store.list_runs()] == [run.id]
    with pytest.raises(VAEError, match="there is no run"):
        store.find(name)


def test_snapshots_whose_classes_can_not_be_shown_are_refused(run: store.Run):
    path = run.film.folder / f"{ABOUT_STEM}.safetensors"
    about = run.film.about
    tensors = {
        "images": about.images,
        "label": about.labels,
        "z": about.z,
        "rows": about.rows,
        "originals": about.originals,
    }
    words = {"format": FORMAT, "classes": json.dumps(about.classes), "per_epoch": "4", "decoders": "[]"}
    bad: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({}, {"classes": json.dumps(["a\ud800", *"bcde"])}),
        ({}, {"classes": json.dumps([1, 2, 3, 4, 5])}),
        ({}, {"classes": json.dumps(["a"])}),
        ({}, {"classes": "[" * 100_000}),
        ({}, {"per_epoch": "0"}),
        ({"z": np.zeros(3, np.float32)}, {}),
        ({"rows": about.rows + 9}, {}),
        ({"label": about.labels[:2].copy()}, {}),
    ]
    for changed, said in bad:
        path.write_bytes(save(tensors | changed, words | said))
        with pytest.raises(VAEError, match=r"about\.safetensors: not what snapshots are of"):
            assert store.get(run.id).film.about
    path.write_bytes(save(tensors, words))
    assert store.get(run.id).film.about.classes == about.classes


def test_a_plane_whose_words_can_not_be_shown_is_refused(tmp_path: Path):
    made = checkpoint(config(latent_dim=3), points=40)
    path = tmp_path / "plane.npz"
    layouts.write(path, layouts.measured(lay_out(made, TSNE(perplexity=5), 1.0), made), made)
    with np.load(path) as file:
        arrays = dict(file)
    about = json.loads(str(arrays["about"]))
    measured = about["measured"]
    for changed in (
        {"names": ["a\ud800", "b"]},
        {"names": ["\x1b[2J", "b"]},
        {"names": [1, 2]},
        {"measured": measured | {"knn_accuracy": "all"}},
        {"measured": measured | {"quality": measured["quality"] | {"continuity": "much"}}},
    ):
        np.savez(path, **(arrays | {"about": np.array(json.dumps(about | changed))}))
        with pytest.raises(VAEError, match="not a layout of these points"):
            layouts.read(path, made)
    np.savez(path, **arrays)
    layouts.read(path, made)


def test_a_terminal_gets_no_control_characters(
    root: Path, run: store.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write_json(
        run.folder / "status.json",
        Status("failed", message="broke \x1b[2J off\n\x1b]0;x\x07", resumable=True)._asdict(),
    )
    (tmp_path / "bad.safetensors").write_bytes(b"\x1b[2J")
    well = str(tmp_path / "\x1b[2J")
    write(Path(well), checkpoint())
    for arguments in (
        ["runs"],
        ["info", f"{tmp_path}/bad.safetensors"],
        ["info", "\x1b[2J"],
        ["evaluate", well, "--data", "digits"],
        ["report", well, "--data", "digits", "--html", well + ".html"],
        ["export", well, "--html", well + ".map.html"],
        ["stop", "~nobody-of-that-name\x1b"],
    ):
        assert main(arguments) in (0, 2)
    said = "".join(capsys.readouterr())
    assert run.id in said
    assert r"\x1b[2J" in said
    assert all(letter == "\n" or letter.isprintable() for letter in said)


def test_words_are_listed_as_in_a_sentence():
    assert [listed("abc"[:count]) for count in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert listed((word for word in ("PCA", "UMAP")), "or") == "PCA or UMAP"


def test_json_says_null_where_there_is_no_number():
    values = {"a": float("nan"), "b": [1.5, float("-inf")], "c": "NaN"}
    assert json.loads(json_of(values, indent=1), parse_constant=pytest.fail) == {
        "a": None,
        "b": [1.5, None],
        "c": "NaN",
    }
