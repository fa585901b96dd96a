"""The public face: pictures in, texts out.

For example:

    reader = Reader.load("sapling")
    for reading in reader.read([decode(data)]):
        print(reading.text, reading.confidence)
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from recognizer.bundles import Bundle, load
from recognizer.judging.judge import SURE
from recognizer.page import NO_HINTS, Box, Hints, Picture, Reading
from recognizer.recognising.candidate import Prepared
from recognizer.recognising.line_reader import LineReader, Opinion
from recognizer.recognising.recogniser import Recognised


class Reader:
    """A model that reads: decode (`files`), find, recognise, judge. Make one per process, after the fork; it may be
    shared by threads.

    Raises DamagedBundle where its parts cannot be used, or its digit network answers otherwise than it should.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        self.name = bundle.name
        self.sha256 = bundle.sha256
        self._finder = bundle.finder(threads)
        self._recogniser = bundle.recogniser(threads)
        self._judge = bundle.judge()
        self._lines = LineReader(threads)

    @classmethod
    def load(cls, path_or_name: str | Path) -> "Reader":
        """A model that ships, by its name, or any model's folder."""
        return cls(load(path_or_name))

    def read(self, pictures: Iterable[Picture], hints: Hints = NO_HINTS) -> list[Reading]:
        """The readings of pictures, in their order; the hints are of all of them."""
        return self.answer([self.prepare(picture, hints) for picture in pictures])

    def prepare(self, picture: Picture, hints: Hints = NO_HINTS) -> Prepared:
        """Find the marks of a picture and make them ready for the digit network; its pixels can be let go then."""
        return Prepared.of(self._finder.find(picture), picture, hints)

    def answer(self, prepared: Sequence[Prepared]) -> list[Reading]:
        """The readings of prepared pictures, in their order, from one pass over all their marks together.

        Of what is doubtful then a tiny picture is looked at by the finder, and a number by a reader of lines.
        """
        readings = self._answered(prepared)
        doubtful = [n for n, one in enumerate(prepared) if one.is_tiny and 0 < readings[n].confidence < SURE]
        again = self._answered([self._looked_for(prepared[number]) for number in doubtful])
        for number, reading in zip(doubtful, again, strict=True):
            if reading.confidence > readings[number].confidence:
                readings[number] = reading
        return readings

    def _looked_for(self, one: Prepared) -> Prepared:
        assert one.view is not None
        picture = Picture.drawn(one.view.grey)
        return replace(Prepared.of(self._finder.look_for(picture), picture, one.hints), notes=one.notes)

    def _answered(self, prepared: Sequence[Prepared]) -> list[Reading]:
        recognised = iter(self._recogniser.recognise([one for picture in prepared for one in picture.candidates]))
        return [self._read(picture, [next(recognised) for _ in picture.candidates]) for picture in prepared]

    def _read(self, picture: Prepared, recognised: Sequence[Recognised]) -> Reading:
        def ask(box: Box) -> Opinion:
            assert picture.view is not None
            return self._lines.read(picture.view.crop(box))

        return self._judge.reading(picture, recognised, ask)
