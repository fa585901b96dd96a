from dataclasses import replace

import numpy as np
import pytest

from recognizer.bundles import Bundle, load


@pytest.fixture(scope="module")
def seed() -> Bundle:
    return load("seed")


@pytest.fixture(scope="module")
def light(seed: Bundle) -> Bundle:
    """The seed without most of its weights.npz, which takes a while to pack."""
    return replace(seed, weights={"bias": np.zeros(3, np.float32)})
