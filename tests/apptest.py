"""The app without a browser: what the tests of its pages share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from blocks import unpack
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.testing.v1 import AppTest
from tiny import checkpoint, config

import vae.checkpoints
from benchmarks.texts import as_read
from pages.components.server import assets
from vae.checkpoints.checkpoint import Checkpoint

APP = str(Path(__file__).parent.parent / "app.py")


def labelled(labels: list[int], classes: tuple[str, ...] = ("one", "two"), **changes: Any) -> Checkpoint:
    """A tiny model whose points have these labels."""
    made = checkpoint(config(**changes), points=len(labels))
    return made._replace(points=made.points._replace(labels=np.array(labels, np.int64), classes=classes))


# Every kind of model that a page has to cope with.
MODELS = {
    "plane": checkpoint(),
    "five": checkpoint(config(latent_dim=5)),
    "line": checkpoint(config(latent_dim=1)),
    "conv": checkpoint(config("conv", (1, 28, 28))),
    "colour": checkpoint(config("conv", (3, 16, 8))),
    "range": checkpoint(config("mlp-range")),
    "five-range": checkpoint(config("mlp-range", latent_dim=5)),
    "unlabelled": labelled([-1] * 4, ()),
    "one-class": labelled([1] * 4),
    "one-point": labelled([0]),
}


def save(model: Checkpoint, runs: Path, name: str) -> Path:
    """Lays a model among the uploads; its name in the app is then `name`."""
    path = runs / "uploads" / f"{name}.safetensors"
    vae.checkpoints.write(path, model)
    return path


def open_page(page: str, model: str | None = None) -> AppTest:
    """A new session on a page, with the model in its address."""
    app = AppTest.from_file(APP, default_timeout=60)
    if model is not None:
        app.query_params["model"] = model
    return go(checked(app.run()), page)


def go(app: AppTest, page: str) -> AppTest:
    return checked(app.switch_page(f"pages/{page}.py").run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    return app


def texts(app: AppTest) -> str:
    """Everything that the page says in words, as it is read."""
    kinds = (app.markdown, app.caption, app.error, app.info, app.warning)
    return as_read("\n".join(element.value for kind in kinds for element in kind))


def shown(app: AppTest) -> dict[str, Any]:
    """What the page gave to its map."""
    (element,) = app.get("bidi_component")
    return json.loads(element.proto.json)


def fetched(url: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of the block that the browser gets from this URL."""
    digest = url.rpartition("/")[2]
    return unpack(next(content for name, content in assets._blocks.values() if name == digest))


def report(app: AppTest, **state: object) -> AppTest:
    """The map reports its state, as its script does with `setStateValue`."""
    (element,) = app.get("bidi_component")
    return _run(app, WidgetState(id=element.proto.id, json_value=json.dumps(state)))


def trigger(app: AppTest, event: str, value: object) -> AppTest:
    """The map reports an event, as its script does with `setTriggerValue`."""
    (element,) = app.get("bidi_component")
    payload = json.dumps([{"event": event, "value": value}])
    name = f"$$STREAMLIT_INTERNAL_KEY_{element.proto.id}__events"
    return _run(app, WidgetState(id=name, json_trigger_value=payload))


class Downloads:
    """What the download buttons of the last page that was drawn hand out."""

    def __init__(self) -> None:
        self.manager: MediaFileManager | None = None

    def make(self, storage: MemoryMediaFileStorage) -> MediaFileManager:
        """Stands in for the class, which AppTest creates anew for every run and keeps to itself."""
        self.manager = MediaFileManager(storage)
        return self.manager

    def content(self, app: AppTest, label: str) -> bytes:
        """The file behind the button whose label begins like this."""
        (button,) = (button for button in app.download_button if button.label.startswith(label))
        assert self.manager is not None
        url = button.proto.url or self.manager.execute_deferred(button.proto.deferred_file_id)
        file = self.manager.read_file(Path(url).stem)
        assert file is not None
        return file.content


def _run(app: AppTest, state: WidgetState) -> AppTest:
    # AppTest has no way to speak for a component, so this is what its own widgets do.
    states = app._tree.get_widget_states()
    states.widgets.append(state)
    return checked(app._run(states))
