"""What went wrong, or was decided, in sentences: from a code and its values to the language that is active.

Readers, unpackers, trainers and the site itself write codes and values into the database; here stands every sentence
that these make, with the values' names in it, and in `file_faults.py` those of files (tests/webapp/test_faults.py holds
them to what is raised).
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from webapp.figures import number, percent
from webapp.file_faults import ARCHIVES, PICTURES, OneOf, Values

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# A fault or a reason as it is stored: its `code` and its `values`.
Coded = dict[str, Any]


def coded(code: str, **values: Any) -> Coded:
    return {"code": code, "values": values}


class Count(int):
    """Chooses between one and several as a number, and looks as the language writes it."""

    def __str__(self) -> str:
        return number(int(self))


class Sentence:
    """Words with values' names in them; `shown` says how those look that are neither text, counts nor faults."""

    def __init__(self, words: "str | _StrPromise", **shown: Callable[[Any], object]) -> None:
        self.words = words
        self.shown = shown

    def of(self, values: Values) -> str:
        return str(self.words % {name: self.shown.get(name, shown)(value) for name, value in values.items()})


def shown(value: Any) -> object:
    if isinstance(value, int):
        return Count(value)
    return in_words(value) if isinstance(value, dict) else value


def one_by_one(faults: Iterable[Coded], between: str) -> str:
    return between.join(in_words(fault) for fault in faults)


tenths, hundredths = partial(percent, places=1), partial(percent, places=2)

# What is wrong with the table of answers that came with its pictures; those without a capital follow the first.
LABELS = {
    "labels": Sentence(
        _("Nothing was taken in, because of %(table)s: %(why)s."), why=partial(one_by_one, between="; ")
    ),
    "label_for_several_pages": _(
        "%(table)s gives one text for this file, which has several pages. Hand them in as pictures."
    ),
    "labels_several": _("there are %(count)s of them, and one names all pictures"),
    "labels_too_large": _("it is larger than %(most)s MB"),
    "labels_not_utf8": _("it is not text in UTF-8; save it as “CSV UTF-8”"),
    "labels_columns": _("its columns are “%(columns)s”; they must be “file” and “text”"),
    "labels_cells": ngettext_lazy(
        "line %(line)s has %(count)s cell instead of %(columns)s",
        "line %(line)s has %(count)s cells instead of %(columns)s",
        "count",
    ),
    "labels_not_csv": _("line %(line)s cannot be read as CSV (%(fault)s)"),
    "label_twice": _("line %(line)s names %(name)s once more"),
    "label_without_text": _("line %(line)s has no text for %(name)s; write “%(blank)s” where nothing is written on it"),
    "label_not_a_number": _(
        "line %(line)s has “%(text)s” for %(name)s; a text is digits, the signs %(signs)s, spaces and line breaks (no "
        "apostrophes), or “%(blank)s”"
    ),
    "label_without_file": _("%(name)s is not in the archive"),
    "file_without_label": _("%(name)s has no line"),
    "file_several_times": _("%(name)s is in the archive %(count)s times"),
    "labels_more": _("and %(count)s more"),
}
# What is wrong with the table of earlier values; whole sentences, each told by itself.
EARLIER = {
    "earlier_too_large": _("It is larger than the table of any batch: at most %(most)s lines."),
    "earlier_not_utf8": _("It is not text in UTF-8; save it as “CSV UTF-8”."),
    "earlier_not_csv": _("Line %(line)s cannot be read as CSV (%(fault)s)."),
    "earlier_cells": ngettext_lazy(
        "Line %(line)s has %(count)s cell instead of %(columns)s: the name of a file, then its value.",
        "Line %(line)s has %(count)s cells instead of %(columns)s: the name of a file, then its value.",
        "count",
    ),
    "earlier_twice": _("Line %(line)s names %(name)s once more."),
    "earlier_too_long": _("Line %(line)s has a value of more than %(most)s characters."),
    "earlier_empty": _("It has no line with the name of a file and a value."),
}
NO_ROOM = {
    "share_full": Sentence(
        _("Your pictures take up %(used)s of your %(most)s. Delete batches that you no longer need first."),
        used=filesizeformat,
        most=filesizeformat,
    ),
    "queue_full": ngettext_lazy(
        "%(waiting)s of your pictures still waits to be read, and %(most)s may. Hand these in later.",
        "%(waiting)s of your pictures still wait to be read, and %(most)s may. Hand these in later.",
        "waiting",
    ),
    "batch_too_large": _("A batch has at most %(most)s pictures. Hand in the rest as another."),
    "batch_full": _("This batch already has all its pictures, or was closed. Hand in the others as a new batch."),
}
TRAININGS = {
    "few_corrections": ngettext_lazy(
        "%(missing)s more correction is needed (%(count)s of %(fewest)s).",
        "%(missing)s more corrections are needed (%(count)s of %(fewest)s).",
        "missing",
    ),
    "few_held_out": ngettext_lazy(
        "%(missing)s more answered picture must be held out to judge by (%(count)s of %(fewest)s).",
        "%(missing)s more answered pictures must be held out to judge by (%(count)s of %(fewest)s).",
        "missing",
    ),
    "how_to_hold_out_more": _(
        "Answer pictures of another batch, or hand in another zip with a labels.csv: what models may have learned from "
        "is never held out afterwards."
    ),
    "nothing_new": Sentence(_("Nothing is new since Run %(run)s: the same answers and the same champion."), run=str),
    "not_the_same": Sentence(
        _("Run %(run)s learned from answers that have been deleted or changed since, so it cannot be repeated."),
        run=str,
    ),
    "cancelled": _("Cancelled before it was judged."),
    "training_gave_up": _(
        "This training stopped its trainer again and again, so it was set aside. The champion still reads."
    ),
    "storage_away": _("The model could not be stored: %(error)s"),
    "no_mnist": _("MNIST, which every training rehearses, is not to be had: %(error)s"),
    "bad_recipe": _("The recipe of this training cannot be followed: %(error)s"),
    "contradicted_alone": Sentence(
        _("The champion reads %(answer)s with %(sure)s, a person says %(said)s, and no similar correction agrees."),
        sure=tenths,
    ),
}
VERDICTS = {
    "too_few_to_judge": ngettext_lazy(
        "Only %(count)s answered picture is held out; %(fewest)s are needed to judge by.",
        "Only %(count)s answered pictures are held out; %(fewest)s are needed to judge by.",
        "count",
    ),
    "better": Sentence(
        _(
            "Better on the site's own pictures: %(challenger)s instead of %(champion)s of %(count)s held-out "
            "pictures right."
        ),
        challenger=tenths,
        champion=tenths,
    ),
    "not_better": Sentence(
        _(
            "Not shown to be better on the site's own pictures: %(challenger)s instead of %(champion)s of %(count)s "
            "held-out pictures right (p = %(p)s)."
        ),
        challenger=tenths,
        champion=tenths,
        p=partial(number, places=2),
    ),
    "may_lose": Sentence(
        _("On %(suite)s it reads %(challenger)s instead of %(champion)s, and may lose %(loss)s, more than %(most)s."),
        challenger=hundredths,
        champion=hundredths,
        loss=hundredths,
        most=hundredths,
    ),
    "worse": Sentence(
        _("On %(suite)s it reads %(challenger)s instead of %(champion)s, more than %(most)s."),
        challenger=hundredths,
        champion=hundredths,
        most=hundredths,
    ),
    "not_worse": Sentence(
        _("Not worse than the margins on %(suites)s or on any digit."), suites=partial(one_by_one, between=", ")
    ),
    "another_champion": _("Another champion was made meanwhile, so this one was not promoted."),
}
# What both models have answered.
SUITES = {
    "held_out": _("held-out pictures"),
    "clean": _("clean digits"),
    "corruptions": _("corrupted digits"),
    "numbers": _("drawn numbers"),
    "digit": _("the digit %(digit)s"),
}
MODELS = {
    "no_champion": _("No model version is champion: none has been registered yet."),
    "damaged_model": _("A model is damaged or missing: %(error)s"),
    "wrong_model": _("%(version)s is not the model that was registered: its SHA-256 is %(sha256)s."),
    "model_away": _("The files of %(version)s cannot be had from storage: %(error)s"),
    "promoted_by_hand": _("Promoted by hand."),
    "rolled_back": _("%(version)s was rolled back."),
    "came_with_release": _("It came with this release."),
}
# Why an answer is neither learned from nor judged by.
LEFT_OUT = {
    "not_aligned": _("not aligned"),
    "no_digit": _("signs without a digit"),
    "mnist_test": _("MNIST test"),
    "duplicate": _("duplicate"),
    "refused": _("refused at a second look"),
    "waits": _("waits for a second look"),
    "like_held_out": _("like a held-out picture"),
    "over_share": _("over one person's share"),
}
# What a reader notes about a picture, as its owner should read it.
NOTES = {
    "light_ink": _("Light ink on dark paper."),
    "low_contrast": _("Faint: the ink hardly differs from the paper."),
    "touches_edge": _("A mark touches the picture's edge; part of it may be missing."),
    "more_marks": _("More marks than are read of one picture; what lies further down was left out."),
    "turned_by_camera": _("Turned upright, as the camera noted."),
    "turned_page": _("The page lay on its side and was turned to be read."),
    "transparent": _("See-through parts were laid on paper."),
    "fully_transparent": _("The picture is see-through everywhere: there is nothing to see."),
}
# Of releases before: where nobody knew the sentence, before there were signs, and when ruled lines were taken out.
OTHER = {
    "ruled": _("The paper is ruled; its lines were taken out before reading."),
    "other": Sentence("%(text)s"),
    "label_not_digits": _(
        "line %(line)s has “%(text)s” for %(name)s; a text is digits, spaces and line breaks, or “%(blank)s”"
    ),
}
ALL: dict[str, Any] = {
    **PICTURES, **ARCHIVES, **LABELS, **EARLIER, **NO_ROOM, **TRAININGS, **VERDICTS, **SUITES, **MODELS, **LEFT_OUT,
    **NOTES, **OTHER,
}  # fmt: skip
SENTENCES: dict[str, Sentence | OneOf] = {
    code: said if isinstance(said, Sentence | OneOf) else Sentence(said) for code, said in ALL.items()
}


def sentence(code: str, values: Values | None = None) -> str:
    """In the language that is active; the code itself where this release has no sentence for it and its values."""
    try:
        return SENTENCES[code].of(values or {})
    except KeyError:
        return code


def in_words(said: Coded | Iterable[Coded]) -> str:
    """One fault or reason, or several after another."""
    if isinstance(said, dict):
        return sentence(said["code"], said["values"])
    return one_by_one(said, between=" ")
