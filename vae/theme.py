"""The colours of Zscape, each named once: of pages and of what is exported, of classes, of charts and of films.

What can't import them says the same, and `tests/test_theme.py` watches over it: `.streamlit/config.toml`, from which Streamlit gives pages
theirs as CSS properties, and `pages/components/src/render/colours.js`.
"""

from __future__ import annotations

__all__ = [
    "BLUE",
    "CLASSES",
    "CLASSES_ON_DARK",
    "DARK",
    "FILM",
    "FILM_ON_DARK",
    "GREY",
    "LIGHT",
    "ORANGE",
    "REPORT",
    "SERIES",
    "Paper",
    "Theme",
    "clear",
]

from typing import NamedTuple


class Theme(NamedTuple):
    """The colours of a page."""

    primary: str  # the accent
    background: str
    secondary: str  # the ground of what stands out from the background
    text: str
    border: str

    def css(self) -> str:
        """The properties that Streamlit gives to a component, for a page without Streamlit."""
        return (
            f"--st-primary-color: {self.primary}; --st-link-color: {self.primary}; --st-background-color: {self.background}; "
            f"--st-secondary-background-color: {self.secondary}; --st-text-color: {self.text}; --st-border-color: {self.border};"
        )


class Paper(NamedTuple):
    """The colours of what is looked at elsewhere: a film, a report."""

    ground: str
    panel: str
    ink: str
    muted: str
    line: str


# Captions are the text at 60 %, and what is chosen is written in the accent colour on a tenth of it: both keep 4.5:1.
LIGHT = Theme("#2560c6", "#ffffff", "#f4f5f7", "#111827", "#dfe3ea")
DARK = Theme("#7aa5ff", "#12151c", "#1b202b", "#e6e9f0", "#2c3342")

FILM = Paper("#f6f7f9", LIGHT.background, "#1d2433", "#667085", "#d3d8e1")
FILM_ON_DARK = Paper(DARK.background, "#191e28", DARK.text, "#98a1b3", "#38404f")
REPORT = Paper(LIGHT.background, LIGHT.background, FILM.ink, "#5b6475", LIGHT.border)

# Ten classes that keep apart with colour-blindness as well, in an order made for that, and on a dark ground, where red, violet and slate
# would sink, those that are lighter there.
#
# Accessible Color Sequences for Data Visualization (Petroff, 2021)
# https://arxiv.org/abs/2107.02270
CLASSES = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
CLASSES_ON_DARK = {2: "#f0503a", 4: "#b77be0", 8: "#9a9fae"}

# Blue and orange stay apart for every kind of colour vision, and both are over 3:1 on our white and on our black.
BLUE = "#3f7fe0"
ORANGE = "#d9731a"
GREY = "#8a93a3"
# The others too, and every two of them lie at least 0.08 apart in OKLab as people with any one kind of cone missing see them.
SERIES = (BLUE, ORANGE, "#007848", "#9048a8", "#d80000", "#a89078", "#787890")


def clear(colour: str, opacity: float) -> str:
    """The colour as CSS and Plotly write it with an opacity."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{round(opacity, 2):g})"
