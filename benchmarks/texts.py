r"""Does any text of a file stop a page or a command, or get rendered?

    python -m benchmarks.texts [--names N] [--seed N] [--json]

N names of any code points, lengths and directions, with Markdown, HTML, LaTeX, shortcodes, escape sequences and tricks with paths among
them, lie where files have texts: in checkpoints as data set, date, version, digest and classes, among them checkpoints that were never
checked; in data sets of one's own as classes; in runs as messages, requests and lines; and as the names of files and folders. Then every
page is drawn with every such model, by Streamlit's AppTest, and every command runs in terminals that know ASCII, cp1252 and UTF-8.

What is counted: files that were read although their texts can't be shown, errors that aren't `VAEError` or can't be shown themselves, pages
with an exception, names that stand in Markdown otherwise than escaped, and commands that end with a traceback, or with a control character
on the terminal.
"""

from __future__ import annotations

__all__ = ["Counts", "as_read", "hostile_checkpoint", "main", "markdowns", "names", "scatter", "unescaped", "untold"]

import argparse
import json
import logging
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks.machine import machine
from vae.checkpoints.checkpoint import Checkpoint, LatentPoints, TrainingSummary, read_bytes, write
from vae.errors import VAEError
from vae.limits import MAX_CLASS_NAME, MAX_CLASSES
from vae.models.config import ModelConfig, TrainConfig, to_dict
from vae.models.networks import MLP
from vae.models.vae import VAE
from vae.texts import JOINER, is_showable, markdown, printable

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("explore", "sample", "interpolate", "traverse", "diagnose", "compare", "train", "models")
ENCODINGS = ("ascii", "cp1252", "utf-8")
MODEL = ModelConfig((1, 8, 8), 2, MLP((4,)))
SCATTERED = 150  # names that have files of their own
# Before and after a name, so that it is found again wherever it is shown.
OPEN, CLOSE = "Ŋ", "ŋ"
FOREIGN = "zscape.invalid"
PARTS = (
    *(f"![x](http://{FOREIGN}/x.png)", f"[x](http://{FOREIGN})", f"[x]: http://{FOREIGN}", f"<http://{FOREIGN}>"),
    *(
        f"https://{FOREIGN}/a",
        f"www.{FOREIGN}",
        f"a@{FOREIGN}",
        f"mailto:a@{FOREIGN}",
        f"<img src=http://{FOREIGN}/y.png>",
    ),
    *(
        f'<a href="http://{FOREIGN}">x</a>',
        "<script>alert(1)</script>",
        "<b>x</b>",
        "<!-- x -->",
        "&amp;",
        "&#x41;",
        "&lt;",
    ),
    *(
        ":material/home:",
        ":streamlit:",
        ":smile:",
        ":+1:",
        ":red[x]",
        ":blue-badge[x]",
        ":small[x]",
        ":help[x]",
        ":name{a=b}",
    ),
    *(
        "::leaf[x]",
        ":::box",
        "$x^2$",
        "$$x$$",
        r"\(x\)",
        r"\[x\]",
        "`x`",
        "```x```",
        "~~~x",
        "**x**",
        "__x__",
        "_x_",
        "*x*",
    ),
    *(
        "~x~",
        "~~x~~",
        "# x",
        "> x",
        "- x",
        "+ x",
        "* x",
        "1. x",
        "1) x",
        "---",
        "***",
        "===",
        "| a | b |",
        "[ ] x",
        "[^1]",
    ),
    *(
        "a -> b",
        "->",
        "<-",
        "<->",
        "--",
        ">=",
        "<=",
        "~=",
        "\\",
        r"\*x\*",
        r"\$x$",
        "    x",
        "\tx",
        "{x}",
        "%{x}",
        "%s {0}",
    ),
    *(
        "a_b_c",
        "_",
        "*",
        ":",
        "::",
        "!",
        "![",
        "](",
        "../../etc/passwd",
        r"C:\x",
        "a/b",
        "~",
        "12:30:45",
        "=1+1",
        "$title",
    ),
    *(
        "\u200b",
        "\u2060",
        "\ufeff",
        "e\u0301\u0302" * 20,
        "\u05d0\u05d1",
        "\u0645\u0631",
        "\u65e5\u672c",
        "\U0001f469\u200d\U0001f467",
    ),
    *(
        "\x1b[31mx\x1b[0m",
        "\x1b]0;x\x07",
        "\x1b]8;;http://x\x07",
        "\x9b31m",
        "\x00",
        "\r\n",
        "\n\n# x",
        "\x0b",
        "\x85",
        "\u2028",
    ),
    *("\u202ex", "\u2066x", "\u200f", "\ud800", "\udfff", "\udcff", "\U0010ffff", "\ufffe", "x" * 300),
)
MARKS = "\\`*_{}[]()#+-.!|~<>$&:@/ \t\nabwww.1=^\"'%"


def names(count: int, seed: int = 0) -> list[str]:
    """So many names, the first ones being one trick each."""
    chance = random.Random(seed)
    made = list(PARTS)
    while len(made) < count:
        kind = chance.random()
        if kind < 0.5:
            glue = chance.choice(["", "", " ", "x", ":", "\\", "[", "`"])
            made.append(glue.join(chance.choice(PARTS) for _ in range(chance.randint(1, 4))))
        elif kind < 0.75:
            made.append("".join(chance.choice(MARKS) for _ in range(chance.randint(1, 40))))
        elif kind < 0.99:
            made.append("".join(chr(chance.randrange(0x110000)) for _ in range(chance.randint(1, 30))))
        else:
            made.append(chr(chance.randrange(0x20, 0x2FFF)) * 10 ** chance.randint(2, 5))
    return made[:count]


def hostile_checkpoint(classes: Sequence[str], **summary: Any) -> bytes:
    """The file of a tiny model, as somebody writes it who checks nothing."""
    from safetensors.numpy import save

    made = _checkpoint(["a"] * max(1, len(classes)))
    tensors: dict[str, Any] = {**made.weights, "points.mean": made.points.mean, "points.std": made.points.std}
    tensors["points.label"] = np.arange(len(made.points.labels)) if classes else made.points.labels * 0 - 1
    metadata = {
        "format": "zscape-vae",
        "version": "2",
        "config": json.dumps(to_dict(made.config)),
        "summary": json.dumps(to_dict(made.summary) | summary),
        "classes": json.dumps(list(classes)),
    }
    return save(tensors, metadata)


def _checkpoint(classes: Sequence[str], data: str = "digits", date: str = "2025-01-31T12:00:00+00:00") -> Checkpoint:
    model = VAE(MODEL, seed=0)
    generator = np.random.default_rng(0)
    count = len(classes)
    mean = generator.standard_normal((count, 2)).astype(np.float32)
    points = LatentPoints(mean, np.full_like(mean, 0.5), np.arange(count), tuple(classes))
    summary = TrainingSummary(data, 10, count, 1, TrainConfig(epochs=1), 20.0, 3.0, 23.0, 4, 1.0, date)
    weights = {name: tensor.numpy(force=True) for name, tensor in model.state_dict().items()}
    return Checkpoint(model.config, summary, weights, points)


def scatter(runs: Path, data: Path, hostile: Sequence[str]) -> list[str]:
    """Lays the names wherever files have texts, below the folders for runs and for data sets. Returns the names of models that can be read:
    some hold all the names that can be shown as classes, others have one as their data set."""
    uploads = runs / "uploads"
    uploads.mkdir(parents=True)
    good = list(dict.fromkeys(f"{OPEN}{name}{CLOSE}" for name in hostile))
    good = [name for name in good if is_showable(name, MAX_CLASS_NAME)]
    models = []
    for start in range(0, len(good), MAX_CLASSES):
        models.append(f"upload-classes-{start}")
        write(uploads / f"{models[-1]}.safetensors", _checkpoint(good[start : start + MAX_CLASSES], good[start]))
    for place, name in enumerate(good[:60]):
        write(uploads / f"upload-data-{place}.safetensors", _checkpoint(("a", "b"), name, name[:20]))
    for place, name in enumerate(hostile[:SCATTERED]):
        (uploads / f"bad-{place}.safetensors").write_bytes(hostile_checkpoint([], data=f"{name}\ud800"))
        (uploads / f"worse-{place}.safetensors").write_bytes(name.encode(errors="surrogatepass"))
        _try_write(uploads, f"{name}.safetensors", hostile_checkpoint(["a", name]))
        _try_write(data, f"{name}.npz", b"")
        _own_set(data / f"set-{place}.npz", np.array([name[:99], f"{OPEN}{place}{CLOSE}"]))
        _run(runs / f"20250101-120000-{place:06d}", name)
    for name in ("99999999-999999-999999", "20251399-000000-000000", "00010101-000000-000000"):
        _run(runs / name, name)
    return [*models, "upload-data-0", "upload-data-59"]


def _try_write(folder: Path, name: str, content: bytes) -> None:
    """A file of this name, if the system takes it. What would lie elsewhere isn't written."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if "/" not in name and len(os.fsencode(name)) < 255:
            (folder / name).write_bytes(content)
    except (OSError, ValueError):  # among them names that are no bytes
        pass


def _own_set(path: Path, classes: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((4, 8, 8), np.uint8)
    pixels[1::2] = 200
    labels = np.arange(4) % 2
    arrays: dict[str, Any] = {
        f"{split}_{kind}": array
        for split in ("train", "test")
        for kind, array in (("images", pixels), ("labels", labels))
    }
    arrays |= {"classes": classes, "\x1b[31m![x](http://x)": labels}
    np.savez(path, **arrays)


def _run(folder: Path, name: str) -> None:
    """A run's folder in which every text is this one."""
    folder.mkdir(parents=True)
    request = {"data": "digits", "model": to_dict(MODEL), "train": to_dict(TrainConfig(epochs=2))}
    chance = random.Random(folder.name)
    if chance.random() < 0.3:
        request[chance.choice(["data", "out", "model"])] = name
    status: dict[str, Any] = {"state": chance.choice(["failed", "stopped", "running", "finished", name])}
    status |= {"message": f"{OPEN}{name}{CLOSE}", "resumable": True}
    if chance.random() < 0.3:
        status[chance.choice(["step", "steps", "seconds_left", "message", "resumable", name])] = chance.choice(
            [name, -1, 1e400, None, []]
        )
    curves = [{"recon": 2, "kl": 1}, {"recon": 2, "kl": 1, name: 3}, [2, 1]]  # the last as an earlier Zscape wrote them
    line = {"epoch": 1, "epochs": 2, "beta": 1, "learning_rate": 0.1, "validation": None, "seconds": 1}
    line |= {"train": chance.choice(curves)}
    broken = line | {chance.choice(list(line)): chance.choice([name, [name, name], None, 10**400, float("nan")])}
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "status.json").write_text(json.dumps(status))
    (folder / "process.json").write_text(json.dumps({"pid": chance.choice([name, -1, 10**30]), "created": name}))
    (folder / "progress.jsonl").write_text(
        "\n".join([json.dumps(line), json.dumps(broken), name.encode(errors="replace").decode(), ""])
    )
    (folder / "snapshots").mkdir()
    (folder / "snapshots" / "about.safetensors").write_bytes(name.encode(errors="surrogatepass"))
    (folder / "snapshots" / "000000000.safetensors").write_bytes(b"")


def markdowns(app: Any) -> Iterator[str]:
    """All that a page that AppTest has drawn shows as Markdown."""
    for block in app._tree.children.values():
        for node in block:
            proto = getattr(node, "proto", None)
            for field in ("body", "label", "help", "text", "caption", "title"):
                value = getattr(proto, field, None)
                if isinstance(value, str):
                    yield value
    for shown in app.table:
        yield from (str(cell) for cell in shown.value.to_numpy().ravel())


def unescaped(values: Sequence[str]) -> list[str]:
    """The names in Markdown that would be rendered."""
    candidates = (name for value in values for name in re.findall(rf"{OPEN}.*?{CLOSE}", value, re.DOTALL))
    return [name for name in candidates if markdown(as_read(name)) != name]


def as_read(text: str) -> str:
    """Markdown without what `vae.texts.markdown` puts before marks and between them."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace(JOINER, "")


def untold(hostile: Sequence[str]) -> tuple[int, int, int]:
    """How many of the names a checkpoint is refused for, how many it should be and isn't, or the other way round, and how many errors are
    none of ours or can't be shown."""
    refused = wrong = bad = 0
    for place, name in enumerate(hostile):
        field = ("data", "date", "images", "versions", "classes")[place % 5]
        limit = MAX_CLASS_NAME if field == "classes" else 200
        given: dict[str, Any] = {} if field == "classes" else {field: {"x": name} if field == "versions" else name}
        try:
            read_bytes(hostile_checkpoint([name] if field == "classes" else ["a"], **given), name)
            wrong += not is_showable(name, limit)
        except VAEError as error:
            refused += 1
            wrong += is_showable(name, limit)
            bad += printable(error) != str(error)
        except Exception:
            bad += 1
    return refused, wrong, bad


class Counts(NamedTuple):
    """What became of the names."""

    names: int
    refused: int  # as a text of a checkpoint
    wrongly: int  # read or refused against the rule
    errors: int  # that are none of ours, or can't be shown
    pages: int
    exceptions: int  # on pages
    shown: int  # names in Markdown
    rendered: int  # of them
    commands: int
    tracebacks: int
    controls: int  # commands that sent control characters to the terminal


def draw_pages(models: Sequence[str]) -> tuple[int, int, int, int]:
    """Pages, exceptions, names in Markdown, and those among them that would be rendered."""
    from streamlit.testing.v1 import AppTest

    pages = exceptions = shown = rendered = 0
    for model in models:
        for page in PAGES:
            app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
            app.query_params["model"] = model
            app.query_params["run"] = "20250101-120000-000003"
            app.run()
            app.switch_page(f"pages/{page}.py").run()
            pages += 1
            for exception in app.exception:
                exceptions += 1
                print(f"{page} of {model}: {printable(exception.value, 500)}", file=sys.stderr)
            values = list(markdowns(app))
            shown += sum(value.count(OPEN) for value in values)
            unsafe = unescaped(values)
            rendered += len(unsafe)
            for name in unsafe[:3]:
                print(f"{page} of {model}: {name!a}", file=sys.stderr)
    return pages, exceptions, shown, rendered


def run_commands(runs: Path, data: Path, models: Sequence[str]) -> tuple[int, int, int]:
    """Commands, tracebacks, and commands that sent control characters."""
    uploads, out = runs / "uploads", runs.parent / "out"
    commands = tracebacks = controls = 0
    for encoding in ENCODINGS:
        todo: list[list[str]] = [["runs"], ["runs", "--json"]]
        for model in models:
            path = str(uploads / f"{model}.safetensors")
            todo += [
                ["info", path],
                ["info", path, "--json"],
                ["evaluate", path],
                ["export", path, f"--html={out}/{encoding}{model}.html"],
            ]
            todo += [["report", path], ["project", path, f"--out={out}/{encoding}{model}.npz", "--method=axes"]]
        todo += [["info", str(path)] for path in sorted(uploads.glob("*.safetensors"))[:40:2]]
        todo += [
            ["stop", "20250101-120000-000003"],
            ["film", "20250101-120000-000003", f"--out={out}/x.gif"],
            ["stop", "~\u202e"],
        ]
        todo += [
            ["train", f"--data=set-{place}", f"--out={out}/{encoding}{place}.safetensors", "--epochs=1"]
            for place in (0, 20)
        ]
        todo += [
            ["train", "--data=\x1b[31m![x](y)", f"--out={out}/y.safetensors"],
            ["run", str(runs / "20250101-120000-000004")],
        ]
        for arguments in todo:
            environment = os.environ | {
                "VAE_RUNS_DIR": str(runs),
                "VAE_DATA_DIR": str(data),
                "PYTHONIOENCODING": encoding,
            }
            done = subprocess.run(
                [sys.executable, "-m", "vae", *arguments], cwd=ROOT, env=environment, capture_output=True, check=False
            )
            commands += 1
            said = done.stdout + done.stderr
            if done.returncode not in (0, 2) or b"Traceback" in said:
                tracebacks += 1
                last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
                print(f"{encoding}: {' '.join(arguments)[:150]!a}: {done.returncode}, {last[:300]!a}", file=sys.stderr)
            if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", said):
                controls += 1
                print(f"{encoding}: {' '.join(arguments)[:150]!a}: control characters", file=sys.stderr)
    return commands, tracebacks, controls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)  # Streamlit warns in every process that is no server
    began, hostile = time.monotonic(), names(options.names, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        runs, data = Path(folder) / "runs", Path(folder) / "data"
        os.environ |= {"VAE_RUNS_DIR": str(runs), "VAE_DATA_DIR": str(data)}
        models = scatter(runs, data, hostile)
        counts = Counts(len(hostile), *untold(hostile), *draw_pages(models), *run_commands(runs, data, models[-3:]))
    if options.json:
        print(json.dumps({**machine(), "seconds": time.monotonic() - began, **counts._asdict()}))
        return
    print(f"{counts.names:,} names, {time.monotonic() - began:.0f} s")
    print(
        f"checkpoints: refused for {counts.refused:,}, {counts.wrongly} against the rule, {counts.errors} errors that are none of ours"
    )
    print(
        f"pages: {counts.pages} drawn, {counts.exceptions} exceptions; {counts.shown:,} names in Markdown, {counts.rendered} rendered"
    )
    print(f"commands: {counts.commands} run, {counts.tracebacks} tracebacks, {counts.controls} with control characters")


if __name__ == "__main__":
    main()
