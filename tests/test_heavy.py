"""What large imports cost: that they are put aside, and when."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import pytest

from pages.components import heavy


def test_what_was_imported_is_put_aside_and_again_after_more(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    monkeypatch.setattr(heavy, "_frozen_at", [0])
    modules = {f"module{number}": heavy for number in range(heavy.MANY)}
    monkeypatch.setattr(heavy, "sys", SimpleNamespace(modules=modules))
    heavy.settle()
    assert frozen == [], "so few are looked at in no time"
    modules["one more"] = heavy
    heavy.settle()
    heavy.settle()
    assert len(frozen) == 1
    modules |= {f"more{number}": heavy for number in range(heavy.MANY + 1)}
    heavy.settle()
    assert len(frozen) == 2
