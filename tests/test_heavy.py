"""What large imports cost: that they are put aside, and when."""

from __future__ import annotations

import gc

import pytest

from pages.components import heavy


def test_what_was_imported_is_put_aside_and_again_after_more(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    monkeypatch.setattr(heavy, "_frozen_at", [0])
    modules = {"torch": heavy} | {f"module{number}": heavy for number in range(heavy.MANY)}
    monkeypatch.setattr("sys.modules", modules)
    heavy.settle()
    heavy.settle()
    assert len(frozen) == 1
    modules |= {f"more{number}": heavy for number in range(heavy.MANY + 1)}
    heavy.settle()
    assert len(frozen) == 2


def test_without_torch_there_is_nothing_to_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    monkeypatch.setattr(heavy, "_frozen_at", [0])
    monkeypatch.setattr("sys.modules", {f"module{number}": heavy for number in range(2 * heavy.MANY)})
    heavy.settle()
    assert frozen == []
