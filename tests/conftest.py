"""What every test starts from."""

from __future__ import annotations

import pytest
import torch
from tiny import NETWORKS

from vae.data import ImageSet, load

# Networks this small wait longer for a second thread than it saves, above all where the cores are busy.
torch.set_num_threads(1)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    """The name of each kind of network in turn."""
    return request.param


@pytest.fixture(scope="session")
def digits() -> ImageSet:
    """A few of scikit-learn's digits to train on."""
    return load("digits", "train").subset(torch.arange(300))


@pytest.fixture(scope="session")
def test_digits() -> ImageSet:
    """A few that training doesn't see."""
    return load("digits", "test").subset(torch.arange(100))
