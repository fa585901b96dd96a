"""The sentences that were stored before there were codes, and which code and values each of them is now.

Frozen: for 0018 alone, whatever is said today. A name in a sentence stands for the value of that name.
"""

import re
from functools import lru_cache

SENTENCES = {
    "This file is empty.": ("empty", {}),
    "This file is %(size)s MB; the limit is %(most)s MB.": ("file_too_large", {}),
    "This file is not a picture we can read.": ("not_a_picture", {"looks_like": ""}),
    "This file is not a picture we can read (it looks like a PDF: hand in its pages as pictures).":
        ("not_a_picture", {"looks_like": "pdf"}),
    "This file is not a picture we can read (it looks like PostScript).": ("not_a_picture", {"looks_like": "postscript"}),
    "This file is not a picture we can read (it looks like a zip archive: unpack it and hand in the folder).":
        ("not_a_picture", {"looks_like": "zip"}),
    "This file is not a picture we can read (it looks like an SVG drawing).": ("not_a_picture", {"looks_like": "svg"}),
    "This file is not a picture we can read (it looks like XML).": ("not_a_picture", {"looks_like": "xml"}),
    "This file is not a picture we can read (it looks like a web page).": ("not_a_picture", {"looks_like": "html"}),
    "This file is not a picture we can read (it looks like a video).": ("not_a_picture", {"looks_like": "video"}),
    "This file is not a picture we can read (it looks like text).": ("not_a_picture", {"looks_like": "text"}),
    "Only the first %(most)s pages of a file are read.": ("too_many_pages", {}),
    "This picture is larger than we can open.": ("too_large", {}),
    "This picture is damaged: its header makes no sense.": ("damaged_header", {}),
    "This picture is damaged and cannot be opened.": ("damaged", {}),
    "This picture is incomplete: the end of the file is missing.": ("truncated", {}),
    "This picture is damaged: it has no width or no height.": ("no_size", {}),
    "This picture is %(width)s × %(height)s pixels; the limit is %(most)s megapixels.": ("too_many_pixels", {}),
    "This picture is damaged: a checksum inside it is wrong.": ("wrong_checksum", {}),
    "This picture is damaged: it is made of too many pieces.": ("too_many_chunks", {}),
    "This picture carries more hidden text than picture.": ("too_much_metadata", {}),
    "This picture is stored in more passes than we can follow.": ("too_many_scans", {}),
    "The stored file of this picture is missing, so it cannot be read.": ("file_lost", {}),
    "The stored file of this picture could not be opened. Try again later.": ("file_closed", {}),
    "Something went wrong on our side while reading this picture. It has been written down; try again later.":
        ("reader_broke", {}),
    "Something went wrong on our side while unpacking this file. It has been written down; try again later.":
        ("unpacking_broke", {}),
    "This file is not a PDF, whatever its name says.": ("not_a_pdf", {}),
    "This file is not a zip archive, whatever its name says.": ("not_an_archive", {}),
    "There is no picture in this archive.": ("archive_empty", {}),
    "This archive is damaged or incomplete: its table of contents cannot be read.": ("archive_damaged", {}),
    "This archive would unpack to far more than pictures need.": ("archive_too_large", {}),
    "This archive is locked with a password. Pack it without one.": ("archive_locked", {}),
    "An archive inside an archive is not opened.": ("archive_nested", {}),
    "This file is larger than %(most)s MB.": ("entry_too_large", {}),
    "This entry of the archive is damaged.": ("entry_damaged", {}),
    "This PDF is locked with a password. Save it without one.": ("pdf_locked", {}),
    "This PDF is damaged and cannot be opened.": ("pdf_damaged", {}),
    "This PDF has %(count)s pages; at most %(most)s are read.": ("pdf_too_many_pages", {}),
    "This PDF has no pages.": ("pdf_empty", {}),
    "This page of the PDF is damaged and cannot be drawn.": ("page_damaged", {}),
    "Drawing this page of the PDF takes more than %(seconds)s seconds. Hand it in as a picture.": ("page_too_slow", {}),
    "This page was not drawn, because another page of the same file took too long.": ("page_not_drawn", {}),
    "This file holds more than %(most)s pictures. Hand it in in parts.": ("too_many_pictures", {}),
    "This archive is refused: an entry has no name.": ("archive_hostile", {"why": "no_name"}),
    "This archive is refused: an entry's name leads out of its folder.": ("archive_hostile", {"why": "leads_out"}),
    "This archive is refused: it holds a link or a device instead of a file.": ("archive_hostile", {"why": "link"}),
    "This archive is refused: its entries overlap.": ("archive_hostile", {"why": "overlap"}),
    "labels.csv gives one text for this file, which has several pages. Hand them in as pictures.":
        ("label_for_several_pages", {"table": "labels.csv"}),
    "Nothing was taken in, because of labels.csv: %(why)s.": ("labels", {"table": "labels.csv"}),
    "Your pictures take up %(used)s of your %(most)s. Delete batches that you no longer need first.": ("share_full", {}),
    "%(waiting)s of your pictures still wait to be read, and %(most)s may. Hand these in later.": ("queue_full", {}),
    "A batch has at most %(most)s pictures. Hand in the rest as another.": ("batch_too_large", {}),
    "This batch already has all its pictures, or was closed. Hand in the others as a new batch.": ("batch_full", {}),
    "Reading this picture stopped the reader again and again, so it was set aside.": ("gave_up", {}),
    "Unpacking this file stopped the worker again and again, so it was set aside.": ("unpacking_gave_up", {}),
    "Reading this picture again stopped the reader again and again, so it was left as it is.":
        ("rereading_gave_up", {}),
    "This training stopped its trainer again and again, so it was set aside. The champion still reads.":
        ("training_gave_up", {}),
    "There are %(count)s answered pictures held out to judge by; %(fewest)s are needed. About one in four answered "
    "batches is held out, as a whole: answer pictures of more batches.": ("few_held_out", {}),
    "There are %(count)s corrections to learn from; %(fewest)s are needed.": ("few_corrections", {}),
    "%(missing)s more correction is needed (%(count)s of %(fewest)s).": ("few_corrections", {}),
    "%(missing)s more corrections are needed (%(count)s of %(fewest)s).": ("few_corrections", {}),
    "%(missing)s more answered picture must be held out to judge by (%(count)s of %(fewest)s).": ("few_held_out", {}),
    "%(missing)s more answered pictures must be held out to judge by (%(count)s of %(fewest)s).": ("few_held_out", {}),
    "Answer pictures of another batch, or hand in another zip with a labels.csv: what models may have learned from is "
    "never held out afterwards.": ("how_to_hold_out_more", {}),
    "Nothing is new since Run %(run)s: the same answers and the same champion.": ("nothing_new", {}),
    "Run %(run)s learned from answers that have been deleted or changed since, so it cannot be repeated.":
        ("not_the_same", {}),
    "The model could not be stored: %(error)s": ("storage_away", {}),
    "Only 1 answered picture is held out; %(fewest)s are needed to judge by.": ("too_few_to_judge", {"count": 1}),
    "Only %(count)s answered pictures are held out; %(fewest)s are needed to judge by.": ("too_few_to_judge", {}),
    "Better on the site's own pictures: %(challenger)s instead of %(champion)s of %(count)s held-out pictures right.":
        ("better", {}),
    "Not shown to be better on the site's own pictures: %(challenger)s instead of %(champion)s of %(count)s held-out "
    "pictures right (p = %(p)s).": ("not_better", {}),
    "On %(suite)s it reads %(challenger)s instead of %(champion)s, and may lose %(loss)s, more than %(most)s.":
        ("may_lose", {}),
    "On %(suite)s it reads %(challenger)s instead of %(champion)s, more than %(most)s.": ("worse", {}),
    "Not worse than the margins on %(suites)s or on any digit.": ("not_worse", {}),
    "The champion reads %(answer)s with %(sure)s, a person says %(said)s, and no similar correction agrees.":
        ("contradicted_alone", {}),
    "Another champion was made meanwhile, so this one was not promoted.": ("another_champion", {}),
    "Cancelled before it was judged.": ("cancelled", {}),
    "No model version is champion: `manage.py register_models` has not been run on this database.": ("no_champion", {}),
    "%(version)s is not the model that was registered: its SHA-256 is %(sha256)s.": ("wrong_model", {}),
    "The files of %(version)s cannot be had from storage: %(error)s": ("model_away", {}),
    "It came with this release.": ("came_with_release", {}),
    # Written by the web, in the language of whoever pressed the button.
    "Promoted by hand.": ("promoted_by_hand", {}),
    "Von Hand befördert.": ("promoted_by_hand", {}),
    "%(version)s was rolled back.": ("rolled_back", {}),
    "%(version)s wurde zurückgenommen.": ("rolled_back", {}),
}  # fmt: skip
# What stood in the place of `why`, one after the other.
LABELS = {
    "there are %(count)s of them, and one names all pictures": ("labels_several", {}),
    "it is larger than %(most)s MB": ("labels_too_large", {}),
    "it is not text in UTF-8; save it as “CSV UTF-8”": ("labels_not_utf8", {}),
    "its columns are “%(columns)s”; they must be “file” and “text”": ("labels_columns", {}),
    "line %(line)s has %(count)s cells instead of %(columns)s": ("labels_cells", {}),
    "line %(line)s cannot be read as CSV (%(fault)s)": ("labels_not_csv", {}),
    "line %(line)s names %(name)s once more": ("label_twice", {}),
    "line %(line)s has no text for %(name)s; write “blank” where nothing is written on it":
        ("label_without_text", {"blank": "blank"}),
    "line %(line)s has “%(text)s” for %(name)s; a text is digits, spaces and line breaks, or “blank”":
        ("label_not_digits", {"blank": "blank"}),
    "%(name)s is not in the archive": ("label_without_file", {}),
    "%(name)s has no line": ("file_without_label", {}),
    "%(name)s is in the archive %(count)s times": ("file_several_times", {}),
    "and %(count)s more": ("labels_more", {}),
}  # fmt: skip
LEFT_OUT = {
    "not aligned": "not_aligned",
    "MNIST test": "mnist_test",
    "refused at a second look": "refused",
    "waits for a second look": "waits",
    "like a held-out picture": "like_held_out",
    "over one person's share": "over_share",
}
NOTES = {
    "light ink on dark paper": "light_ink",
    "low contrast": "low_contrast",
    "touches the edge": "touches_edge",
    "ruled lines were removed": "ruled",
    "turned as the camera noted": "turned_by_camera",
    "the page was turned": "turned_page",
    "fully transparent": "fully_transparent",
}
# Of these the sentence was another program's, and the code says more.
DETAILED = {"no_mnist", "damaged_model", "bad_recipe"}

TEXTS = {"name", "text", "columns", "fault", "error", "version", "sha256"}
SIZES = {"byte": 1, "bytes": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40, "PB": 2**50}
SIZE = re.compile(rf"([\d.,]+)\s({'|'.join(SIZES)})")
NAMED = re.compile(r"%\((\w+)\)s")
BETWEEN_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z0-9])")


@lru_cache
def pattern(sentence):
    """The sentence's words as they stand, and its names as groups."""
    parts = enumerate(NAMED.split(sentence))
    pieces = (rf"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in parts)
    return re.compile("".join(pieces), re.DOTALL)


def coded(said, known=SENTENCES):
    """The code and values of one sentence, or None."""
    if said in known:
        code, fixed = known[said]
        return {"code": code, "values": dict(fixed)}
    for sentence, (code, fixed) in known.items():
        if NAMED.search(sentence) and (match := pattern(sentence).fullmatch(said)):
            try:
                values = {name: value(name, text) for name, text in match.groupdict().items()}
            except ValueError:  # more than one sentence stands here
                continue
            if code.startswith("few_"):  # the oldest named what there was and what is needed, not what is missing
                fixed = {"missing": max(values["fewest"] - values["count"], 0)}
            return {"code": code, "values": fixed | values}
    return None


def other(said):
    return {"code": "other", "values": {"text": said}}


def several(said):
    """The codes of sentences that stand one after the other."""
    return one_by_one(BETWEEN_SENTENCES.split(said), " ", SENTENCES) if said else []


def one_by_one(parts, between, known):
    """As few parts together as are known; some sentences have inside what stands between them."""
    done, held = [], ""
    for part in parts:
        held = between.join([held, part]) if held else part
        if fault := coded(held, known):
            done.append(fault)
            held = ""
    return [*done, other(held)] if held else done


def fault(code, said):
    """What one stored fault is now."""
    return coded(said) or ({"code": code, "values": {"error": said}} if code in DETAILED else other(said))


def value(name, text):
    if name == "why":
        return one_by_one(text.split("; "), "; ", LABELS)
    if name == "suite":
        return suite(text)
    if name == "suites":
        return [suite(one) for one in text.split(", ")]
    return text if name in TEXTS else figure(text)


def suite(name):
    """What both models had answered: the name of one digit's ended in that digit."""
    if name.startswith("the digit "):
        return {"code": "digit", "values": {"digit": int(name[-1])}}
    return {"code": "held_out" if name == "held-out pictures" else name, "values": {}}


def figure(text):
    """A number, as it was written in English: counted, a share, or so many bytes. Raises ValueError."""
    if match := SIZE.fullmatch(text):
        return round(float(match[1].replace(",", "")) * SIZES[match[2]])
    plain = text.replace(",", "")
    if plain.endswith("%"):
        return float(plain[:-1]) / 100
    return float(plain) if "." in plain else int(plain)
