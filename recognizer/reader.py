"""The public face: pictures in, texts out.

For example:

    reader = Reader.load("sapling")
    for reading in reader.read([decode(data)]):
        print(reading.text, reading.confidence)
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from recognizer.bundles import Bundle, load
from recognizer.finding import tiny
from recognizer.page import NO_HINTS, Hints, Picture, Reading
from recognizer.recognising.candidate import Prepared

# A tiny picture of which the digit network is less sure than that is looked at by the finder, too. It costs a
# millisecond, so the sure ones, which are nearly all, are spared it.
SURE = 0.95


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

    @classmethod
    def load(cls, path_or_name: str | Path) -> "Reader":
        """A model that ships, by its name, or any model's folder."""
        return cls(load(path_or_name))

    def read(self, pictures: Iterable[Picture], hints: Hints = NO_HINTS) -> list[Reading]:
        """The readings of pictures, in their order; the hints are of all of them."""
        return self.answer([self.prepare(picture) for picture in pictures], hints)

    def prepare(self, picture: Picture) -> Prepared:
        """Find the marks of a picture and make them ready for the digit network; its pixels can be let go then."""
        kept = picture.grey if tiny.is_tiny(picture.grey) else None
        return Prepared.of(self._finder.find(picture), picture.notes, kept)

    def answer(self, prepared: Sequence[Prepared], hints: Hints = NO_HINTS) -> list[Reading]:
        """The readings of prepared pictures, in their order, from one pass over all their marks together."""
        readings = self._answered(prepared, hints)
        doubtful = [n for n, one in enumerate(prepared) if one.grey is not None and 0 < readings[n].confidence < SURE]
        again = self._answered([self._looked_for(prepared[number]) for number in doubtful], hints)
        for number, reading in zip(doubtful, again, strict=True):
            if reading.confidence > readings[number].confidence:
                readings[number] = reading
        return readings

    def _looked_for(self, one: Prepared) -> Prepared:
        assert one.grey is not None
        return Prepared.of(self._finder.look_for(Picture.drawn(one.grey)), one.notes)

    def _answered(self, prepared: Sequence[Prepared], hints: Hints) -> list[Reading]:
        recognised = iter(self._recogniser.recognise([one for picture in prepared for one in picture.candidates]))
        return [
            self._judge.reading(picture, [next(recognised) for _ in picture.candidates], hints) for picture in prepared
        ]
