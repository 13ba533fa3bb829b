"""Modules of the front end run in Node, for tests that hold them against Python: a browser would take seconds to start."""

from __future__ import annotations

__all__ = ["SOURCE", "as_url", "run"]

import atexit
import base64
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "pages" / "components" / "src"
# A line of JSON for each call, and one for its answer. Arrays go over as { type, bytes in base64 }, for JSON has no NaN and numbers one by
# one take long.
SCRIPT = """
import { createInterface } from "node:readline";
const ARRAY_TYPES = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
const typed = ({ type, bytes }) => new ARRAY_TYPES[type](Uint8Array.from(Buffer.from(bytes, "base64")).buffer);
const revive = (_, value) => (value && value.type in ARRAY_TYPES ? typed(value) : value);
const packed = (value) => {
  const type = Object.keys(ARRAY_TYPES).find((name) => value instanceof ARRAY_TYPES[name]);
  return { type, bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
};
const [source, kernel] = process.argv.slice(1);
globalThis.ZSCAPE_KERNEL = kernel;
const load = (name) => import(new URL(name, source));
for await (const line of createInterface({ input: process.stdin })) {
  const answer = {};
  try {
    const [code, values] = JSON.parse(line, revive);
    answer.result = await (0, eval)(`(${code})`)(load, ...values);
  } catch (error) {
    answer.error = String(error?.stack ?? error);
  }
  console.log(JSON.stringify(answer, (_, value) => (ArrayBuffer.isView(value) ? packed(value) : value)));
}
"""


def run(function: str, *values: Any, kernel: bool = True) -> Any:
    """What the JavaScript `async (load, ...values) => ...` returns, where `load("nn/decoder.js")` is a promise of that module.

    Typed arrays and NumPy's, of float32, float64, int32 and uint8, become each other, flat; everything else goes as JSON. `kernel` says
    whether networks run on WebAssembly. Skips the test where there is no Node.
    """
    questions, answers = _node(kernel)
    questions.write(json.dumps([function, values], default=_packed) + "\n")
    questions.flush()
    answer = json.loads(answers.readline(), object_hook=_unpacked)
    assert "error" not in answer, answer["error"]
    return answer.get("result")


@cache
def _node(kernel: bool) -> tuple[IO[str], IO[str]]:
    """Where a Node that runs functions takes them, and where it answers. It goes on until the tests end, for to start one takes longer than
    most of what it does."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here; get it with apt-get install nodejs npm (or your system's package)")
    code = base64.b64encode((SOURCE / "nn" / "kernel.wasm").read_bytes()).decode() if kernel else ""
    process = subprocess.Popen(
        [node, "--input-type=module", "--eval", SCRIPT, f"{SOURCE.as_uri()}/", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    atexit.register(process.communicate)
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def as_url(content: bytes) -> str:
    """A block as something that can be fetched without a server."""
    return "data:application/octet-stream;base64," + base64.b64encode(content).decode()


def _packed(array: Any) -> dict[str, str]:
    assert isinstance(array, np.ndarray)
    return {"type": array.dtype.name, "bytes": base64.b64encode(array.tobytes()).decode()}


def _unpacked(value: dict[str, Any]) -> Any:
    if set(value) != {"type", "bytes"}:
        return value
    return np.frombuffer(base64.b64decode(value["bytes"]), value["type"])
