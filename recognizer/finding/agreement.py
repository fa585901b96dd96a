"""Two looks at one picture: what both see is surer than what one sees."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recognizer.finding.scales import Look
from recognizer.finding.spots import Spot

SAME = 0.4  # two boxes that share so much of what both cover are of one mark


def agreed(best: Look, second: Look | None) -> list[Spot]:
    """The marks of the best look, each with how likely the second look holds it for the same sign."""
    if second is None:
        return [replace(spot, again=spot.heat * float(spot.symbols.max())) for spot in best.spots]
    shared = _shared(best.spots, second.spots, best.scale / second.scale)
    return [replace(spot, again=_again(spot, second.spots, row)) for spot, row in zip(best.spots, shared, strict=True)]


def _again(spot: Spot, others: Sequence[Spot], shared: NDArray[np.float64]) -> float:
    if not len(shared) or shared.max() < SAME:
        return 0.0
    other = others[int(shared.argmax())]
    return other.heat * float(other.symbols[spot.symbol])


def _shared(spots: Sequence[Spot], others: Sequence[Spot], factor: float) -> NDArray[np.float64]:
    """The share of the area that each two boxes cover which both of them do, [spots, others]; the others' pixels are so
    many times larger."""
    a, b = _corners(spots), _corners(others) * factor
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.prod(np.maximum(high - low, 0), axis=2)
    area_a, area_b = (np.prod(box[:, 2:] - box[:, :2], axis=1) for box in (a, b))
    return both / (area_a[:, None] + area_b[None] - both)


def _corners(spots: Sequence[Spot]) -> NDArray[np.float64]:
    return np.array([(s.x, s.y, s.x + s.width, s.y + s.height) for s in spots], float).reshape(-1, 4)
