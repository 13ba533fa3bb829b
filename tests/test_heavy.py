"""What large imports cost: that they are put aside, and when."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import pytest

from pages.components.server import imports


def test_what_was_imported_is_put_aside_and_again_after_more(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    monkeypatch.setattr(imports, "_frozen_at", [0])
    modules = {f"module{number}": imports for number in range(imports.FREEZE_AFTER)}
    monkeypatch.setattr(imports, "sys", SimpleNamespace(modules=modules))
    imports.freeze_imported_modules()
    assert frozen == [], "so few are looked at in no time"
    modules["one more"] = imports
    imports.freeze_imported_modules()
    imports.freeze_imported_modules()
    assert len(frozen) == 1
    modules |= {f"more{number}": imports for number in range(imports.FREEZE_AFTER + 1)}
    imports.freeze_imported_modules()
    assert len(frozen) == 2
