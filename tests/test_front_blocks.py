"""Blocks of arrays: JavaScript reads what Python wrote."""

from __future__ import annotations

import numpy as np
import pytest
from node import as_url, run

from vae.web.payloads import pack

READ = """
async (load, url) => {
    const { fetchBlock } = await load("shared/blocks.js");
    const { header, arrays } = await fetchBlock(url);
    return [header, Object.entries(arrays).map(([name, array]) => [name, array.constructor.name, Array.from(array)])];
}
"""
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "int64", "float64", "float16", "bool"]


@pytest.mark.parametrize("length", range(4))
def test_a_page_reads_what_was_packed(length: int) -> None:
    header = {"title": "β" * length, "numbers": [1, 2.5, None]}
    # Odd lengths, so that whatever followed them as it came would begin where no typed array can.
    arrays = {name: np.arange(2 * length + 1).astype(name) for name in TYPES}
    page_header, read = run(READ, as_url(pack(header, arrays)))
    assert page_header == header
    assert {name: values for name, _, values in read} == {name: array.tolist() for name, array in arrays.items()}
    kinds = {name: kind.removesuffix("Array").lower() for name, kind, _ in read}
    narrower = {"int64": "int32", "float64": "float32", "float16": "float32", "bool": "uint8"}
    assert kinds == {name: narrower.get(name, name) for name in TYPES}
