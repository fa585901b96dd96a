"""What the reader, the unpacker and the trainer write down, for people of every language.

They know one language, and write into the database what they say; the pages turn it into the visitor's. Each sentence
they can say stands here, with names where it has numbers (tests/test_languages.py holds the list to what is said).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from webapp.models.package import SENTENCES as DOCUMENTS

PICTURES = [
    _("This file is empty."),
    _("This file is %(size)s MB; the limit is %(most)s MB."),
    _("This file is not a picture we can read."),
    _("This file is not a picture we can read (it looks like a PDF: hand in its pages as pictures)."),
    _("This file is not a picture we can read (it looks like PostScript)."),
    _("This file is not a picture we can read (it looks like a zip archive: unpack it and hand in the folder)."),
    _("This file is not a picture we can read (it looks like an SVG drawing)."),
    _("This file is not a picture we can read (it looks like XML)."),
    _("This file is not a picture we can read (it looks like a web page)."),
    _("This file is not a picture we can read (it looks like a video)."),
    _("This file is not a picture we can read (it looks like text)."),
    _("Only the first %(count)s pages of a file are read."),
    _("This picture is larger than we can open."),
    _("This picture is damaged: its header makes no sense."),
    _("This picture is damaged and cannot be opened."),
    _("This picture is incomplete: the end of the file is missing."),
    _("This picture is damaged: it has no width or no height."),
    _("This picture is %(width)s × %(height)s pixels; the limit is %(most)s megapixels."),
    _("This picture is damaged: a checksum inside it is wrong."),
    _("This picture is damaged: it is made of too many pieces."),
    _("This picture carries more hidden text than picture."),
    _("This picture is stored in more passes than we can follow."),
    _("The stored file of this picture is missing, so it cannot be read."),
    _("The stored file of this picture could not be opened. Try again later."),
    _("Something went wrong on our side while reading this picture. It has been written down; try again later."),
    _("Something went wrong on our side while unpacking this file. It has been written down; try again later."),
]
ARCHIVES = [
    _("This file is not a PDF, whatever its name says."),
    _("This file is not a zip archive, whatever its name says."),
    _("There is no picture in this archive."),
    _("This archive is damaged or incomplete: its table of contents cannot be read."),
    _("This archive would unpack to far more than pictures need."),
    _("This archive is locked with a password. Pack it without one."),
    _("An archive inside an archive is not opened."),
    _("This file is larger than %(most)s MB."),
    _("This entry of the archive is damaged."),
    _("This PDF is locked with a password. Save it without one."),
    _("This PDF is damaged and cannot be opened."),
    _("This PDF has %(count)s pages; at most %(most)s are read."),
    _("This PDF has no pages."),
    _("This page of the PDF is damaged and cannot be drawn."),
    _("Drawing this page of the PDF takes more than %(count)s seconds. Hand it in as a picture."),
    _("This page was not drawn, because another page of the same file took too long."),
    _("This file holds more than %(most)s pictures. Hand it in in parts."),
    _("This archive is refused: an entry has no name."),
    _("This archive is refused: an entry's name leads out of its folder."),
    _("This archive is refused: it holds a link or a device instead of a file."),
    _("This archive is refused: its entries overlap."),
]
# What is wrong with the table of answers that came with its pictures: one of these, or several in a row.
LABELS = [
    _("labels.csv gives one text for this file, which has several pages. Hand them in as pictures."),
    _("Nothing was taken in, because of labels.csv: %(why)s."),
    _("there are %(count)s of them, and one names all pictures"),
    _("it is larger than %(most)s MB"),
    _("it is not text in UTF-8; save it as “CSV UTF-8”"),
    _("its columns are “%(columns)s”; they must be “file” and “text”"),
    _("line %(line)s has %(count)s cells instead of %(columns)s"),
    _("line %(line)s cannot be read as CSV (%(fault)s)"),
    _("line %(line)s names %(name)s once more"),
    _("line %(line)s has no text for %(name)s; write “blank” where nothing is written on it"),
    _("line %(line)s has “%(text)s” for %(name)s; a text is digits, spaces and line breaks, or “blank”"),
    _("%(name)s is not in the archive"),
    _("%(name)s has no line"),
    _("%(name)s is in the archive %(count)s times"),
    _("and %(count)s more"),
]
# Said by the site itself, by a worker that unpacks.
NO_ROOM = [
    _("Your pictures take up %(used)s of your %(most)s. Delete batches that you no longer need first."),
    _("%(waiting)s of your pictures still wait to be read, and %(most)s may. Hand these in later."),
    _("A batch has at most %(most)s pictures. Hand in the rest as another."),
    _("This batch already has all its pictures, or was closed. Hand in the others as a new batch."),
    _("This stopped the worker again and again, so it was set aside."),
    _("Reading this picture stopped the reader again and again, so it was set aside."),
    _("Unpacking this file stopped the worker again and again, so it was set aside."),
    _("Reading this picture again stopped the reader again and again, so it was left as it is."),
    _("This training stopped its trainer again and again, so it was set aside. The champion still reads."),
]
TRAININGS = [
    _(
        "There are %(count)s answered pictures held out to judge by; %(fewest)s are needed. About one in four answered "
        "batches is held out, as a whole: answer pictures of more batches."
    ),
    _("There are %(count)s corrections to learn from; %(fewest)s are needed."),
    _("Nothing is new since Run %(run)s: the same answers and the same champion."),
    _("Run %(run)s learned from answers that have been deleted or changed since, so it cannot be repeated."),
    _("The model could not be stored: %(error)s"),
    _("Only 1 answered picture is held out; %(fewest)s are needed to judge by."),
    _("Only %(count)s answered pictures are held out; %(fewest)s are needed to judge by."),
    _(
        "Better on the site's own pictures: %(challenger)s instead of %(champion)s of %(count)s held-out pictures "
        "right."
    ),
    _(
        "Not shown to be better on the site's own pictures: %(challenger)s instead of %(champion)s of %(count)s "
        "held-out pictures right (p = %(p)s)."
    ),
    _("On %(suite)s it reads %(challenger)s instead of %(champion)s, and may lose %(loss)s, more than %(most)s."),
    _("On %(suite)s it reads %(challenger)s instead of %(champion)s, more than %(most)s."),
    _("Not worse than the margins on %(suites)s or on any digit."),
    _("The champion reads %(answer)s with %(sure)s, a person says %(said)s, and no similar correction agrees."),
    _("Another champion was made meanwhile, so this one was not promoted."),
    _("Cancelled before it was judged."),
    _("Promoted by hand."),
    _("%(version)s was rolled back."),
]
LEFT_OUT = [
    _("not aligned"),
    _("MNIST test"),
    _("duplicate"),
    _("refused at a second look"),
    _("waits for a second look"),
    _("like a held-out picture"),
    _("over one person's share"),
]
SENTENCES = [*PICTURES, *ARCHIVES, *DOCUMENTS.values(), *LABELS, *NO_ROOM, *TRAININGS, *LEFT_OUT]

NAMED = re.compile(r"%\((\w+)\)s")
BETWEEN_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z0-9])")
BETWEEN_FAULTS = "; "


@lru_cache
def patterns() -> list[tuple[re.Pattern[str], str]]:
    """Of the sentences with names in them, how they look with values there."""
    named = [sentence for sentence in SENTENCES if NAMED.search(sentence)]
    return [(re.compile("".join(pieces(sentence)), re.DOTALL), sentence) for sentence in named]


def pieces(sentence: str) -> Iterator[str]:
    """A sentence's words as they stand, and its names as groups."""
    for place, part in enumerate(NAMED.split(sentence)):
        yield rf"(?P<{part}>.+?)" if place % 2 else re.escape(part)


def in_words(said: str) -> str:
    """One sentence or several, in the language that is active; as they came where they are none of ours."""
    known = translated(said)
    if known is None:
        known = " ".join(translated(one) or one for one in BETWEEN_SENTENCES.split(said))
    return known


def translated(said: str) -> str | None:
    if said in SENTENCES:
        return gettext(said)
    for pattern, sentence in patterns():
        if match := pattern.fullmatch(said):
            return gettext(sentence) % {name: value_in_words(name, value) for name, value in match.groupdict().items()}
    return None


def value_in_words(name: str, value: str) -> str:
    """What stands in a name's place: as it came, but for reasons, which are sentences in their turn."""
    if name != "why":
        return value
    done, held = [], ""
    for part in value.split(BETWEEN_FAULTS):  # some of them have such a mark inside
        held = BETWEEN_FAULTS.join([held, part]) if held else part
        if known := translated(held):
            done.append(known)
            held = ""
    return BETWEEN_FAULTS.join([*done, held] if held else done)
