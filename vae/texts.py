r"""Texts that come from files: what may enter, and how each is shown as the text that it is.

A name in a file can hold anything: half a character, which no page can be sent; a sequence that makes a terminal do something; a direction
that turns the rest of the line; a picture in Markdown, which every visitor's browser would fetch. `is_showable` is asked where a text
enters. `printable` makes a line of whatever is shown all the same, such as a path in an error. `markdown` and `plotly` are for what
Streamlit and Plotly show as that line. `json_of` is for other programs.
"""

__all__ = ["MAX_TEXT", "is_showable", "json_of", "listed", "markdown", "plotly", "printable", "printable_lines"]

import json
import re
from collections.abc import Iterable

MAX_TEXT = 200  # characters, where a field says nothing else

BREAKS = re.compile(r"[\t-\r\x1c-\x1e\x85\u2028\u2029]+")  # tabs and ends of lines
# Controls, halves of surrogate pairs, ends of lines, and what gives the text that follows another direction, even beyond its end.
UNSHOWABLE_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Has no width, and no line ends at it. It takes apart what is looked for once backslashes are gone, which are therefore of no help:
# shortcodes of icons and emoji, addresses, and the signs that Streamlit makes arrows and dashes of.
JOINER = "\u2060"
JOINTS = re.compile(
    r":(?=[\w+/-])|@(?=[\w-])|www(?=\.)|(?<!\S)[<~>-](?=(?:->|[>=-])(?!\S))",
    re.IGNORECASE,
)
# Punctuation that means something in Markdown: anywhere, and at the beginning of a line.
BLANKS = " \ufeff"  # at an end they would keep bold from being bold
MARKS = re.compile(
    r"[\\`*\[\]<~$]|(?<![a-z0-9])_|_(?![a-z0-9])|&(?=[#\w])|:(?=\S)|^[-+>#]|^\d+[.)](?=\s|$)", re.IGNORECASE
)


def is_showable(text: object, longest: int = MAX_TEXT) -> bool:
    """Whether it is a text that can be encoded, has no control characters, and has no more than `longest` characters."""
    return isinstance(text, str) and len(text) <= longest and UNSHOWABLE_CHARACTERS.search(text) is None


def printable(text: object, longest: int | None = None) -> str:
    r"""The text as one line that can be shown anywhere: a space for each end of a line, `\x1b` and the like for what can't be shown, and no
    more than `longest` characters."""
    shown = UNSHOWABLE_CHARACTERS.sub(
        lambda match: match[0].encode("unicode_escape").decode(), BREAKS.sub(" ", str(text))
    )
    return shown if longest is None or len(shown) <= longest else f"{shown[: longest - 1]}…"


def printable_lines(text: object, longest: int | None = None) -> str:
    r"""The same for a text whose lines, each ended by `\n`, are to stay lines."""
    return "\n".join(printable(line) for line in str(text)[:longest].split("\n"))


def markdown(text: object) -> str:
    """Markdown that Streamlit shows as `printable` has it: nothing in it is formatted, linked, fetched, or made a picture of."""
    jointed = JOINTS.sub(rf"\g<0>{JOINER}", printable(text).strip(BLANKS))
    return MARKS.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", jointed)


def plotly(text: object) -> str:
    """The same for Plotly, which knows some HTML."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as a sentence lists them, `last` being what stands before the last one: a, b and c."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


def json_of(fields: object, indent: int | None = None) -> str:
    """Fields as JSON. What is not a number, or infinite, is null, for JSON has no word for it."""
    return json.dumps(json.loads(json.dumps(fields), parse_constant=lambda _: None), indent=indent)
