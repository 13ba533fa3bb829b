"""Where a benchmark ran, in words that go above its table."""

from __future__ import annotations

__all__ = ["machine"]

import os
import platform
from pathlib import Path


def machine() -> dict[str, str | int | bool]:
    """The processor and Python."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
    }
