"""Modules of the front end run in Node, for tests that hold them against Python: a browser would take seconds to start."""

from __future__ import annotations

__all__ = ["SOURCE", "as_url", "run"]

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "pages" / "components" / "src"
# Arrays go over as { type, bytes in base64 }, for JSON has no NaN and numbers one by one take long.
SCRIPT = """
import { readFileSync } from "node:fs";
const KINDS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
const typed = ({ type, bytes }) => new KINDS[type](Uint8Array.from(Buffer.from(bytes, "base64")).buffer);
const revive = (_, value) => (value && value.type in KINDS ? typed(value) : value);
const packed = (value) => {
  const type = Object.keys(KINDS).find((name) => value instanceof KINDS[name]);
  return { type, bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
};
const { kernel, source, values } = JSON.parse(readFileSync(0, "utf8"), revive);
globalThis.ZSCAPE_KERNEL = kernel;
const load = (name) => import(new URL(name, source));
const found = await (FUNCTION)(load, ...values);
process.stdout.write(JSON.stringify(found, (_, value) => (ArrayBuffer.isView(value) ? packed(value) : value)));
"""


def run(function: str, *values: Any, kernel: bool = True) -> Any:
    """What the JavaScript `async (load, ...values) => ...` returns, where `load("nn/decoder.js")` is a promise of that module.

    Typed arrays and NumPy's, of float32, float64, int32 and uint8, become each other, flat; everything else goes as JSON. `kernel` says
    whether networks run on WebAssembly. Skips the test where there is no Node.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here; get it with apt-get install nodejs npm (or your system's package)")
    code = (SOURCE / "nn" / "kernel.wasm").read_bytes() if kernel else b""
    given = {"kernel": base64.b64encode(code).decode(), "source": f"{SOURCE.as_uri()}/", "values": values}
    ended = subprocess.run(
        [node, "--input-type=module", "--eval", SCRIPT.replace("FUNCTION", function)],
        input=json.dumps(given, default=_packed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout, object_hook=_unpacked)


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
