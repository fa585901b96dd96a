"""The public face: pictures in, texts out.

For example:

    reader = Reader.load("seed")
    for reading in reader.read([decode(data)]):
        print(reading.text, reading.confidence)
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from recognizer.bundles import Bundle, load
from recognizer.finding import find_marks
from recognizer.judging import judge
from recognizer.page import Picture, Reading
from recognizer.recognising.candidate import Prepared


class Reader:
    """A model that reads: decode (`files`), find, recognise, judge. Make one per process, after the fork; it may be
    shared by threads.

    Raises DamagedBundle where its graphs answer otherwise than they should.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        self.name = bundle.name
        self.sha256 = bundle.sha256
        self._recogniser = bundle.recogniser(threads)

    @classmethod
    def load(cls, path_or_name: str | Path) -> "Reader":
        """A model that ships, by its name, or any model's folder."""
        return cls(load(path_or_name))

    def read(self, pictures: Iterable[Picture]) -> list[Reading]:
        """The readings of pictures, in their order."""
        return self.answer([self.prepare(picture) for picture in pictures])

    def prepare(self, picture: Picture) -> Prepared:
        """Find the marks of a picture and make them ready for the networks; its pixels can be let go then."""
        return Prepared.of(find_marks(picture), picture.notes)

    def answer(self, prepared: Sequence[Prepared]) -> list[Reading]:
        """The readings of prepared pictures, in their order, from one pass over all their marks together.

        Numbers that make no sense as they lie are looked at once more, turned to either side: phones forget how they
        were held.
        """
        readings = self._as_they_lie(prepared)
        for number, (one, reading) in enumerate(zip(prepared, readings, strict=True)):
            if judge.is_turnable(one, reading):
                turned = max(self._as_they_lie([one.turned(1), one.turned(3)]), key=judge.mean_certainty)
                readings[number] = turned if judge.is_upright(turned) else reading
        return [judge.settled(reading) for reading in readings]

    def _as_they_lie(self, prepared: Sequence[Prepared]) -> list[Reading]:
        recognised = iter(self._recogniser.recognise([one for picture in prepared for one in picture.candidates]))
        return [judge.reading(picture, [next(recognised) for _ in picture.candidates]) for picture in prepared]
