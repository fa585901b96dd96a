import numpy as np

from recognizer.drawing.capture import captured

SIDE = 96


def scene(ink: float = 60, paper: float = 210) -> np.ndarray:
    grey = np.full((SIDE, SIDE), paper, np.float32)
    grey[30:66, 40:56] = ink
    return grey


def takes(count: int = 60, **tones: float) -> list[np.ndarray]:
    return [captured(scene(**tones), 36, 150, np.random.default_rng(seed)) for seed in range(count)]


def test_what_arrives_is_a_grey_picture_of_the_same_size() -> None:
    for grey in takes():
        assert (grey.shape, grey.dtype) == ((SIDE, SIDE), np.uint8)


def test_ink_stays_apart_from_paper_where_it_was() -> None:
    for grey in takes():
        ink, paper = grey[38:58, 44:52].mean(), grey[:20].mean()
        assert abs(ink - paper) > 40


def test_now_and_then_ink_is_light_and_paper_dark() -> None:
    light = np.mean([grey[38:58, 44:52].mean() > grey[:20].mean() for grey in takes(200)])
    assert 0.04 < light < 0.25


def test_the_scene_is_left_as_it_is_and_the_same_randomness_takes_the_same_picture() -> None:
    lies, before = scene(), scene()
    one, other = (captured(lies, 36, 150, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(lies, before)


def test_what_is_brighter_than_white_and_darker_than_black_is_clipped() -> None:
    for grey in takes(20, ink=-300, paper=700):
        assert abs(float(grey[38:58, 44:52].mean()) - float(grey[:20].mean())) > 100


def test_what_is_taken_well_is_sharper_and_has_less_noise() -> None:
    def roughness(well: bool) -> float:
        takes = (captured(scene(), 36, 150, np.random.default_rng(seed), well) for seed in range(80))
        return float(np.mean([np.abs(np.diff(grey[:20].astype(float), axis=1)).mean() for grey in takes]))

    assert roughness(well=True) < 0.7 * roughness(well=False)
