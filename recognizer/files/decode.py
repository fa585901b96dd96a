"""Bytes of a picture file in, one upright picture out.

Nothing here trusts the file: its name is never looked at, its header is measured before a pixel is unpacked, and what
is not ours opens it in a process apart, from which whatever goes wrong leaves as one `Fault`.
"""

from typing import Any

import cv2
import numpy as np

from recognizer.files.budget import PICTURE_SECONDS
from recognizer.files.formats import HEAD, Format, picture_format
from recognizer.files.limits import check_bytes, faults_named
from recognizer.files.pixels import WORK_SIDE
from recognizer.files.png import decode_plain, is_small, without_metadata
from recognizer.files.sandbox import Answer, Broken, Crashed, OutOfTime, sandbox
from recognizer.page import Fault, Picture

# OpenCV would tell the terminal about each damaged PNG; the picture's owner is told instead.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


def decode(data: bytes) -> Picture:
    """The first page or frame of a file's bytes. Raises Fault; and Broken, where nothing foreign can be opened here."""
    kind, plain = format_of_picture(data), False
    if kind == "PNG":
        with faults_named():
            data, plain = without_metadata(data)
            if plain and is_small(data):
                return decode_plain(data)
    return asked_for_picture("picture", data, kind=kind, is_plain=plain)


def format_of_picture(data: bytes) -> Format:
    if not data:
        raise Fault("empty")
    check_bytes(len(data))
    return picture_format(data[:HEAD])


def asked_for_picture(job: str, *given: Any, **values: Any) -> Picture:
    return picture_in(asked(job, *given, **values))


def asked(job: str, *given: Any, **values: Any) -> Answer:
    """What the sandbox makes of a picture. Raises Fault."""
    try:
        return sandbox().ask(job, PICTURE_SECONDS, *given, **values)
    except OutOfTime:
        raise Fault("picture_too_slow", seconds=PICTURE_SECONDS) from None
    except Crashed:
        raise Fault("crashed") from None


def picture_in(answer: Answer) -> Picture:
    """The picture as its pixels came: RGB or grey, no larger than is worked with."""
    try:
        said = answer.values
        pixels = np.frombuffer(answer.body, np.uint8).reshape(said["shape"])
        notes, width, height = tuple(map(str, said["notes"])), int(said["width"]), int(said["height"])
        if max(pixels.shape[:2]) > WORK_SIDE or not pixels.size or pixels.shape[2:] not in ((), (3,)):
            raise ValueError(pixels.shape)
    except (KeyError, TypeError, ValueError) as error:
        raise Broken("the sandbox answers what it does not say") from error
    if pixels.ndim == 2:
        return Picture(pixels, None, notes, width, height)
    return Picture(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), pixels, notes, width, height)
