"""Where a benchmark ran, in words that go above its table."""

from __future__ import annotations

__all__ = ["load", "machine"]

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


def load() -> float:
    """What the machine was doing over the last minute, in processes that want to run; -1 where nobody counts them."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else -1
