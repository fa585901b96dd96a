import threading

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.finding import network as network_module
from recognizer.finding.finder import Finder
from recognizer.finding.network import CELL, OTHER, RIM, TILE, FinderNetwork, Seen
from recognizer.learning.mnist import Digits
from tests.recognizer.paper import sheet, write


@pytest.fixture(scope="module")
def network(finder: Finder) -> FinderNetwork:
    return finder.network


def seen_alike(one: Seen, other: Seen) -> bool:
    return all(
        np.allclose(getattr(one, name), getattr(other, name), atol=1e-3) for name in ("centre", "way", "symbols")
    )


@pytest.mark.parametrize("shape", [(1, 1), (8, 300), (31, 33), (64, 96), (97, 130)])
def test_a_picture_of_any_size_is_seen_cell_by_cell_and_its_ink_pixel_by_pixel(
    network: FinderNetwork, shape: tuple[int, int]
) -> None:
    seen = network.see(np.random.default_rng(4).integers(0, 256, shape).astype(np.uint8))
    cells = -(-shape[0] // CELL), -(-shape[1] // CELL)
    assert (seen.centre.shape, seen.way.shape, seen.symbols.shape) == (cells, (*cells, 2), (*cells, OTHER + 1))
    assert (seen.ink.shape, seen.ink.dtype) == (shape, np.uint8)
    assert seen.centre.min() >= 0
    assert seen.centre.max() <= 1
    np.testing.assert_allclose(seen.symbols.sum(axis=2), 1, atol=1e-5)
    assert seen.own.min() >= -1e-5
    assert np.isfinite(seen.way).all()


def test_ink_lies_where_somebody_wrote(network: FinderNetwork, digits: Digits) -> None:
    paper = sheet(96, 160)
    (box,) = write(paper, [digits.images[1]], 60, 70, tall=40)
    rows, columns = np.nonzero(network.see(paper).ink > 127)
    assert (columns.min(), columns.max()) == pytest.approx((box.x, box.right), abs=4)
    assert (rows.min(), rows.max()) == pytest.approx((box.y, box.bottom), abs=4)


def test_what_is_seen_does_not_depend_on_what_was_seen_before(network: FinderNetwork, digits: Digits) -> None:
    paper = sheet(96, 160)
    write(paper, digits.images[:2], 30, 70, tall=40)
    first = network.see(paper)
    network.see(sheet(40, 300, tone=90))
    assert seen_alike(network.see(paper), first)


def test_threads_that_share_a_network_see_each_its_own_picture(network: FinderNetwork, digits: Digits) -> None:
    papers = [sheet(64 + 32 * number, 160) for number in range(4)]
    for number, paper in enumerate(papers):
        write(paper, [digits.images[number]], 60, 50, tall=40)
    alone = [network.see(paper) for paper in papers]
    alike: dict[int, bool] = {}

    def look(number: int) -> None:
        alike[number] = all(seen_alike(network.see(papers[number]), alone[number]) for _ in range(8))

    threads = [threading.Thread(target=look, args=(number,)) for number in range(len(papers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert alike == dict.fromkeys(range(len(papers)), True)


def test_a_graph_that_reads_digits_finds_none() -> None:
    with pytest.raises(ValueError, match="it turns"):
        FinderNetwork(load(DEFAULT_MODEL).graph)


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises((ValueError, RuntimeError)):
        FinderNetwork(b"no graph")


@pytest.mark.parametrize("side", [32, TILE, TILE + 32, 2 * TILE, 2080])
def test_tiles_say_everything_along_a_side_once_and_have_seen_beyond_it(side: int) -> None:
    said = list(network_module._tiles(side))
    assert [low for _, low, _ in said] == [0, *(high for _, _, high in said[:-1])]
    assert said[-1][2] == side
    for start, low, high in said:
        assert 0 <= start <= max(0, side - TILE)
        assert low == 0 or low >= start + RIM
        assert high == side or high <= start + TILE - RIM


def test_a_large_picture_is_seen_tile_by_tile_as_at_once(
    network: FinderNetwork, digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = sheet(700, 1500)
    for line in range(8):
        write(paper, digits.images[12 * line : 12 * line + 12], 40, 85 * line + 75, tall=40, gap=70)
    by_tiles = network.see(paper)
    monkeypatch.setattr(network_module, "TILE", 4096)
    at_once = network.see(paper)
    assert np.mean(np.abs(by_tiles.centre - at_once.centre) > 0.05) < 0.005
    assert np.mean(by_tiles.symbols.argmax(axis=2) != at_once.symbols.argmax(axis=2)) < 0.005
    assert np.mean(np.abs(by_tiles.ink.astype(int) - at_once.ink) > 20) < 0.005
