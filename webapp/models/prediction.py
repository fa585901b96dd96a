import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.model_version import ModelVersion
from webapp.symbols import ALPHABET

GLYPH = 28  # pixels, a side of what the model sees
# A copy of at most this many bytes lies in the prediction's row: a file of its own costs more than it holds.
SMALL_COPY_BYTES = 4096
# 1,024 predictions took 105 ms in statements of 256 rows on PostgreSQL and 30 ms on SQLite; row by row 185 and 33 ms,
# with `bulk_create` 155 and 100 ms (two busy cores, November 2026).
ROWS_A_STATEMENT = 256
# Neither side of a copy has more pixels than this (recognizer.files.DISPLAY_SIDE).
COPY_SIDE = 640
# However sure its batch asks its answers to be, a mark or number surer than this is not what makes an answer doubtful.
SURE_PART = 0.99
# A text with more signs than this is a page rather than a number: it needs lines and room.
LONGEST_NUMBER = 24
# Of what the model saw, so many marks stay side by side where the others may go into the next line.
TOGETHER = 10


# So much of a mark's longer side stays free between it and its outline.
FREE = 0.12


@dataclass(frozen=True, slots=True)
class Mark:
    """The outline of a mark that was found, in pixels of the upright picture."""

    x: float
    y: float
    width: float
    height: float
    doubtful: bool

    @classmethod
    def around(cls, box: Sequence[float], doubtful: bool) -> Self:
        x, y, width, height = box
        free = round(FREE * max(width, height))
        return cls(x - free, y - free, width + 2 * free, height + 2 * free, doubtful)


@dataclass(frozen=True, slots=True)
class Piece:
    """Marks that lie side by side in the strip of glyphs: from which one, how many, and which of them are doubtful."""

    first: int
    count: int
    doubtful: tuple[int, ...]

    @property
    def view_box(self) -> str:
        return f"{GLYPH * self.first} 0 {GLYPH * self.count} {GLYPH}"

    @property
    def outlined(self) -> list[int]:
        return [GLYPH * place for place in self.doubtful]


@dataclass(frozen=True, slots=True)
class Number:
    """One of several numbers of a picture, and how sure the model is of it alone."""

    text: str
    confidence: float
    doubtful: bool

    @property
    def percent(self) -> int:
        return whole_percent(self.confidence)


def whole_percent(confidence: float) -> int:
    """Rounded down: 100 % is never claimed for less."""
    return int(100 * confidence)


def less_sure(sureness: Sequence[float], least: float) -> set[int]:
    """Of what makes a doubtful answer, the places that are less sure than `least`; where each is sure enough and only
    all together are not, the one that is least so."""
    below = {place for place, sure in enumerate(sureness) if sure < min(least, SURE_PART)}
    return below or {sureness.index(min(sureness))}


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def newest_first(self) -> Self:
        return self.order_by("-created_at")

    def unaided(self) -> Self:
        """By the model alone: of what is doubtful some is tried as checked answers are written, too."""
        return self.filter(patterns={})

    def upsert(self, predictions: Iterable["Prediction"]) -> None:
        """Insert these, or overwrite what the same version read on the same image, knowing the same.

        By hand, since `bulk_create` prepares values one by one, which is most of a tiny picture's time.
        """
        rows = [prediction.as_columns() for prediction in predictions]
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            self._upsert(rows[start : start + ROWS_A_STATEMENT])

    def _upsert(self, rows: list[dict[str, Any]]) -> None:
        names = list(rows[0])
        places = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(rows))
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        statement = (
            f"INSERT INTO {self.model._meta.db_table} ({', '.join(names)}) VALUES {places} "  # noqa: S608 (names alone)
            f"ON CONFLICT (image_id, model_version_id, hints, patterns) DO UPDATE SET {changes}"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for row in rows for value in row.values()])


class Prediction(models.Model):
    """What one model version read on one picture; its checksum, the hints and the patterns cover all that
    decides an answer."""

    class Outcome(models.TextChoices):
        READ = "read", _("Read")
        BLANK = "blank", _("Blank")
        UNCLEAR = "unclear", _("Unclear")

    image = models.ForeignKey("webapp.Image", models.CASCADE, verbose_name=_("image"), related_name="predictions")
    model_version = models.ForeignKey(
        ModelVersion, models.PROTECT, verbose_name=_("model version"), related_name="predictions"
    )
    hints = models.JSONField(
        _("hints"), default=dict, blank=True, help_text=_("What was known of the picture's numbers.")
    )
    patterns = models.JSONField(
        _("patterns"), default=dict, blank=True, help_text=_("How checked answers beside it were written.")
    )
    text = models.TextField(_("text"), blank=True)
    confidence = models.FloatField(_("confidence"), help_text=_("Calibrated probability that the whole text is right."))
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices)
    digits = models.JSONField(
        _("marks"),
        default=list,
        help_text=_("Per mark: box [x, y, w, h], symbol, digit where it is one, probabilities of all symbols."),
    )
    lines = models.JSONField(
        _("lines"), default=list, help_text=_("Per line its numbers: text, box [x, y, w, h], confidence.")
    )
    notes = models.JSONField(_("notes"), default=list)
    glyphs = models.BinaryField(_("glyphs"), help_text=_("PNG strip of the 28×28 glyphs that the model saw."))
    copy = models.BinaryField(
        _("copy"), default=b"", help_text=_("Small re-encoded copy of the picture, where it is tiny.")
    )
    width = models.PositiveIntegerField(
        _("width"), default=0, help_text=_("Of the upright picture, which the boxes lie in.")
    )
    height = models.PositiveIntegerField(_("height"), default=0)
    milliseconds = models.FloatField(_("milliseconds"), help_text=_("This picture's share of its chunk's time."))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        constraints = [
            models.UniqueConstraint(
                fields=["image", "model_version", "hints", "patterns"], name="prediction_once_a_model"
            ),
        ]
        indexes = [
            # All that the page about the models looks at: rows are wide, and it would visit every one (2.3 s without,
            # 0.7 s with it, of 200,000; benchmarks/pages.py).
            models.Index(
                fields=["created_at", "model_version", "outcome", "confidence", "patterns"], name="prediction_watched"
            ),
        ]

    def __str__(self) -> str:
        return self.text or self.get_outcome_display()

    def as_columns(self) -> dict[str, Any]:
        """Its values as the database takes them, by column."""
        return {
            "image_id": self.image_id,
            "model_version_id": self.model_version_id,
            "hints": json.dumps(self.hints),
            "patterns": json.dumps(self.patterns),
            "text": self.text,
            "confidence": self.confidence,
            "outcome": self.outcome,
            "digits": json.dumps(self.digits),
            "lines": json.dumps(self.lines),
            "notes": json.dumps(self.notes),
            "glyphs": self.glyphs,
            "copy": self.copy,
            "width": self.width,
            "height": self.height,
            "milliseconds": self.milliseconds,
            "created_at": connection.ops.adapt_datetimefield_value(self.created_at),
        }

    def is_sure(self, least: float) -> bool:
        return self.outcome == self.Outcome.READ and self.confidence >= least

    @property
    def is_long(self) -> bool:
        return "\n" in self.text or len(self.text) > LONGEST_NUMBER

    @property
    def takes_lines(self) -> bool:
        """Whether its answer may well have several lines: where nothing was read on a large picture, nobody knows."""
        return self.is_long or (not self.text and self.is_reduced)

    @property
    def is_reduced(self) -> bool:
        """Whether the copy that pages show has fewer pixels than the picture."""
        return max(self.width, self.height) > COPY_SIDE

    def doubtful_places(self, least: float) -> set[int]:
        """Which marks, from 0 on, make an answer doubtful that should be as sure as `least`."""
        if self.is_sure(least) or not self.digits:
            return set()
        return less_sure([max(found["probabilities"]) for found in self.digits], least)

    def numbers(self, least: float) -> list[list[Number]]:
        """Line by line, where there are several; `doubtful` are those that make an answer so."""
        words = [word for line in self.lines for word in line]
        if len(words) < 2:
            return []
        doubtful = set() if self.is_sure(least) else less_sure([word["confidence"] for word in words], least)
        places = itertools.count()
        return [
            [Number(word["text"], word["confidence"], next(places) in doubtful) for word in line] for line in self.lines
        ]

    def marks(self, least: float) -> list[Mark]:
        doubtful = self.doubtful_places(least)
        return [Mark.around(found["box"], place in doubtful) for place, found in enumerate(self.digits)]

    def strip(self, least: float) -> list[list[Piece]]:
        """What the model saw, line by line as the text has them, in pieces that may be wrapped."""
        doubtful = self.doubtful_places(least)
        lines, place = [], 0
        for words in self.word_lengths():
            line = []
            for length in words:
                for first in range(place, place + length, TOGETHER):
                    count = min(TOGETHER, place + length - first)
                    line.append(Piece(first, count, tuple(sorted(doubtful & set(range(first, first + count))))))
                place += length
            lines.append(line)
        return lines

    def word_lengths(self) -> list[list[int]]:
        """How many marks each word of each line has; one word where the text does not say."""
        lines = [[len(word) for word in line.split()] for line in self.text.split("\n")]
        return lines if sum(map(sum, lines)) == len(self.digits) else [[len(self.digits)]]

    @property
    def symbols(self) -> str:
        """What was found, mark by mark; in rows of before there were signs only digits were."""
        return "".join(found.get("symbol") or str(found["digit"]) for found in self.digits)

    @property
    def percent(self) -> int:
        return whole_percent(self.confidence)

    @property
    def top_three(self) -> list[dict[str, Any]]:
        """Per mark, in reading order, its three likeliest symbols with their probabilities in percent."""
        rows = []
        for place, found in enumerate(self.digits, 1):
            ranked = sorted(zip(ALPHABET, found["probabilities"], strict=False), key=lambda pair: -pair[1])[:3]
            top = [(symbol, 100 * p) for symbol, p in ranked]
            rows.append({"place": place, "offset": GLYPH * (place - 1), "top": top})
        return rows

    @property
    def strip_width(self) -> int:
        return GLYPH * len(self.digits)
