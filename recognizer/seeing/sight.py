"""The learned reader, from pictures to texts: a finder, a model's digit network, and the judge of what both say."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from recognizer.page import NO_HINTS, Hints, Picture, Reading
from recognizer.recognising.digit_network import DigitNetwork
from recognizer.seeing import tiny
from recognizer.seeing.candidate import Prepared
from recognizer.seeing.finder import Finder
from recognizer.seeing.judge import Judge
from recognizer.seeing.network import FinderNetwork
from recognizer.seeing.recogniser import Recogniser
from recognizer.symbols import DIGITS

SHIPPED = Path(__file__).resolve().parent / "weights"
# A tiny picture of which the digit network is less sure than that is looked at by the finder, too. It costs a
# millisecond, so the sure ones, which are nearly all, are spared it.
SURE = 0.95


class DamagedSight(Exception):
    """A finder's or a judge's file is missing, altered or unusable; the message says which."""


class Sight:
    """Reads numbers with signs, on pages with print and lines, too. It may be shared by threads."""

    def __init__(self, finder: Finder, recogniser: Recogniser, judge: Judge) -> None:
        self.finder, self._recogniser, self._judge = finder, recogniser, judge

    @classmethod
    def load(cls, digits: DigitNetwork, alphabet: str = DIGITS, folder: Path = SHIPPED, threads: int = 1) -> "Sight":
        """With the finder and judge of a folder, as `train-finder` and `train-judge` leave it. Raises DamagedSight."""
        try:
            graph, card = (folder / "finder.tflite").read_bytes(), json.loads((folder / "finder.json").read_text())
            if hashlib.sha256(graph).hexdigest() != card["sha256"]:
                raise ValueError("finder.tflite is not the one that finder.json names")
            judge = Judge.from_json((folder / "judge.json").read_bytes())
            return cls(Finder(FinderNetwork(graph, threads)), Recogniser(digits, alphabet), judge)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise DamagedSight(f"The finder in {folder} cannot be used: {error}.") from error

    def read(self, pictures: Iterable[Picture], hints: Hints = NO_HINTS) -> list[Reading]:
        """The readings of pictures, in their order; the hints are of all of them."""
        prepared = [self.prepare(picture) for picture in pictures]
        return self.answer(prepared, [hints] * len(prepared))

    def prepare(self, picture: Picture) -> Prepared:
        """Find the marks of a picture and make them ready for the digit network; its pixels can be let go then."""
        kept = picture.grey if tiny.is_tiny(picture.grey) else None
        return Prepared.of(self.finder.find(picture), picture.notes, kept)

    def answer(self, prepared: Sequence[Prepared], hints: Sequence[Hints]) -> list[Reading]:
        """The readings of prepared pictures, in their order, from one pass over all their marks together; there are as
        many hints."""
        readings = self._answered(prepared, hints)
        doubtful = [n for n, one in enumerate(prepared) if one.grey is not None and 0 < readings[n].confidence < SURE]
        again = [self._looked_for(prepared[number]) for number in doubtful]
        for number, reading in zip(doubtful, self._answered(again, [hints[n] for n in doubtful]), strict=True):
            if reading.confidence > readings[number].confidence:
                readings[number] = reading
        return readings

    def _looked_for(self, one: Prepared) -> Prepared:
        assert one.grey is not None
        return Prepared.of(self.finder.look_for(Picture.drawn(one.grey)), one.notes)

    def _answered(self, prepared: Sequence[Prepared], hints: Sequence[Hints]) -> list[Reading]:
        recognised = iter(self._recogniser.recognise([one for picture in prepared for one in picture.candidates]))
        return [
            self._judge.reading(picture, [next(recognised) for _ in picture.candidates], said)
            for picture, said in zip(prepared, hints, strict=True)
        ]
