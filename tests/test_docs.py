"""What the documents show is what the tests run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = [path.read_text("utf-8") for path in sorted((ROOT / "tests" / "seams").glob("test_*.py"))]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "extending.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.lstrip("@").startswith(("dataclass", "class"))])
def test_an_example_of_how_to_extend_is_one_that_a_test_proves(block: str) -> None:
    assert any(block.rstrip() in example for example in EXAMPLES), (
        "docs/extending.md shows something else than tests/seams"
    )


def test_every_seam_has_an_example() -> None:
    assert len(BLOCKS) >= len(EXAMPLES) + 1


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "seams").glob("test_*.py")), ids=lambda path: path.stem)
def test_a_variant_takes_one_short_file(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 80
