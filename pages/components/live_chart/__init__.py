"""A Plotly figure that is redrawn in place.

`st.plotly_chart` builds a new chart for every new figure, so curves that grow once a second would blink.
"""

from __future__ import annotations

__all__ = ["live_chart"]

import plotly.graph_objects as go
from streamlit.components import v2 as components

from pages.components.server import assets
from vae.web.export import built

_component = components.component(
    "zscape_live_chart",
    js=built("live_chart.js"),
    isolate_styles=False,  # Plotly's own styles do not reach into a shadow root
)


def live_chart(figure: go.Figure, alt: str, *, key: str) -> None:
    """Draws a figure that has a height of its own, in the theme's colours; `alt` says what it shows."""
    _component(key=key, data={"figure": figure.to_dict(), "alt": alt, "plotly": assets.plotly_url()})
