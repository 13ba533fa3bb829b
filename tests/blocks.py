"""What the page reads of a block, for tests of what it is sent."""

from __future__ import annotations

__all__ = ["unpack"]

import json
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load


def unpack(block: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and the arrays of a block."""
    end = 8 + int.from_bytes(block[:8], "little")
    return json.loads(json.loads(block[8:end])["__metadata__"]["header"]), load(block)
