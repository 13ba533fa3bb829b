"""Which array of a file is what, by their names, types and shapes."""

from __future__ import annotations

__all__ = ["roles_of"]

import re
from collections.abc import Mapping

from vae.data.npy import Header
from vae.data.repair.layout import square_sides
from vae.data.repair.script import UnknownError

SPLIT = {"train": "train|training|tr", "test": "test|testing|te", "validation": "val|valid|validation|dev|eval"}
KIND = {
    "images": "x|image|images|img|imgs|data|pixels?|pics?|pictures?|faces|samples?|inputs?|features?",
    "labels": "y|label|labels|lbls?|targets?|class|categor(?:y|ies)",
}
NAMES = re.compile(r"classes|class_?names|label_?names|names", re.IGNORECASE)
POSITION = re.compile(r"arr_([0-9]{1,3})")  # of an array that was saved without a name
ROLES = {
    (split, kind): re.compile(
        rf"(?:{splits})[_. -]?(?:{kinds}){'?' if kind == 'images' else ''}|(?:{kinds})[_. -]?(?:{splits})",
        re.IGNORECASE,
    )
    for split, splits in SPLIT.items()
    for kind, kinds in KIND.items()
} | {("", kind): re.compile(kinds, re.IGNORECASE) for kind, kinds in KIND.items()}


def roles_of(headers: Mapping[str, Header]) -> dict[str, str]:
    """Names of arrays, by what they are: `train_images` and `test_images`, or `images` of both; their labels; `classes`."""
    by_role: dict[tuple[str, str], str] = {}
    for name in headers:
        for role, pattern in ROLES.items():
            # A name that is right already comes first.
            if pattern.fullmatch(name) and (role not in by_role or name == "_".join(role)):
                by_role[role] = name
    images = {split: name for (split, kind), name in by_role.items() if kind == "images" and headers[name].shape}
    labels = {split: name for (split, kind), name in by_role.items() if kind == "labels"}
    if not images:
        images, labels = _by_position(headers, labels)
    train = next((split for split in ("train", "") if split in images), None)
    test = next((split for split in ("test", "validation") if split in images), None)
    if train is None:
        raise UnknownError
    chosen = [("", train)] if test is None else [("train_", train), ("test_", test)]
    roles = {f"{prefix}images": images[split] for prefix, split in chosen}
    roles |= {f"{prefix}labels": labels[split] for prefix, split in chosen if split in labels}
    names = [name for name in headers if NAMES.fullmatch(name)]
    if names:
        roles["classes"] = "classes" if "classes" in names else names[0]
    return roles


def _by_position(headers: Mapping[str, Header], labels: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Arrays that were saved without names, in their order: training images first, and labels in the order of the images. Or the one array
    that can be images."""
    pictures = [name for name, header in headers.items() if len(header.shape) > 2 or square_sides(header.shape)]
    numbered = sorted((int(place[1]), name) for name in headers if (place := POSITION.fullmatch(name)))
    if not numbered:
        if len(pictures) != 1:
            raise UnknownError
        return {"": pictures[0]}, {split: name for split, name in labels.items() if not split}
    images = [name for _, name in numbered if name in pictures]
    others = [name for _, name in numbered if name not in pictures]
    splits = {1: [""], 2: ["train", "test"], 3: ["train", "validation", "test"]}.get(len(images))
    if splits is None or len(others) not in (0, len(images)):
        raise UnknownError
    return dict(zip(splits, images, strict=True)), dict(zip(splits, others, strict=False))
