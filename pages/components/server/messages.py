"""Messages for visitors: without the server's paths, which they can't use and which tell how the server is set up."""

from __future__ import annotations

__all__ = ["DATA_FOLDER", "sentences_of", "without_paths"]

import re
import tempfile
from pathlib import Path

from vae.checkpoints.checkpoint import SHIPPED_FOLDER
from vae.data.sources import root_folder
from vae.runs.store import runs_folder

DATA_FOLDER = "the data folder"
MENDING_NOTE = "The Train page has lines of Python that mend it."
FOLDERS = r"(?:[^\s\\/:;,]+[\\/])*"  # those between a folder of ours and a file in it
# A folder in one of ours: a name without a dot.
INNER_FOLDER = r"((?:[^\s\\/:;,]+[\\/])*[^\s\\/:;,.]+)(?=[\s:;,]|\.\s|\.?$)"
FOREIGN_PATH = re.compile(r"(?<![\w:./\\~-])(?:[A-Za-z]:[\\/]|[\\/])(?:[^\s\\/:;,]+[\\/]+)*([^\s\\/:;,]+)")


def without_paths(message: object) -> str:
    """A message with files by their names alone, and the app's own folders in words. Command lines show the same messages whole."""
    text = str(message)
    named = {
        root_folder(): DATA_FOLDER,
        runs_folder(): "the runs folder",
        SHIPPED_FOLDER: "the folder of shipped models",
        Path(tempfile.gettempdir()): "the folder for temporary files",
    }
    # The longest first, for one may lie in another. A relative one is only known by its absolute form, or any word could be meant.
    spelt = {str(form): words for folder, words in named.items() for form in (folder.absolute(), folder.resolve())}
    for folder in sorted(spelt, key=len, reverse=True):
        if spelt[folder] == DATA_FOLDER:
            text = re.sub(
                rf"(?<![\w./\\-])into {re.escape(folder)}[\\/]+{INNER_FOLDER}",
                rf"into the folder \1 in {DATA_FOLDER}",
                text,
            )
        text = re.sub(rf"(?<![\w./\\-]){re.escape(folder)}[\\/]+{FOLDERS}(?=[^\s\\/])", "", text)
        text = re.sub(rf"(?<![\w./\\-]){re.escape(folder)}(?![\w-]|\.\w)[\\/]*", spelt[folder], text)
    text = FOREIGN_PATH.sub(r"\1", text)
    return text[0].upper() + text[1:] if text.startswith(tuple(named.values())) else text


def sentences_of(message: object) -> str:
    """The sentences alone, where there is no room for more."""
    sentences, _, code = str(message).partition("\n")
    sentences = without_paths(sentences)
    return f"{sentences.removesuffix('These lines of Python mend it:')}{MENDING_NOTE}" if code else sentences
