"""How figures of a reading look on a page."""

import base64

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from webapp.models.image import picture_type

register = template.Library()


@register.filter
def data_uri(data: bytes | memoryview) -> str:
    """A small picture that a worker has made as an address that needs no request of its own."""
    return f"data:{picture_type(data)};base64,{base64.b64encode(bytes(data)).decode()}"


@register.filter
def unlocalized(number: float) -> str:
    """For attributes that only take a decimal point."""
    return f"{number:.2f}"


@register.filter
def lines(text: str) -> int:
    return text.count("\n") + 1


@register.filter
def rate(per_second: float) -> str:
    if per_second >= 10:
        return _("%(n)s pictures a second") % {"n": f"{per_second:,.0f}"}
    if per_second >= 1:
        return _("%(n)s pictures a second") % {"n": f"{per_second:.1f}"}
    return _("%(n)s pictures a minute") % {"n": f"{per_second * 60:.0f}"}


@register.filter
def time_left(seconds: float) -> str:
    if seconds < 2:
        return _("almost done")
    if seconds < 90:
        return _("about %(n)s seconds left") % {"n": f"{seconds:.0f}"}
    if seconds < 90 * 60:
        return _("about %(n)s minutes left") % {"n": f"{seconds / 60:.0f}"}
    return _("about %(n)s hours left") % {"n": f"{seconds / 3600:.0f}"}


# What a reader notes about a picture, as its owner should read it.
NOTES = {
    "light ink on dark paper": _lazy("Light ink on dark paper."),
    "low contrast": _lazy("Faint: the ink hardly differs from the paper."),
    "touches the edge": _lazy("A mark touches the picture's edge; part of it may be missing."),
    "ruled lines were removed": _lazy("The paper is ruled; its lines were taken out before reading."),
    "turned as the camera noted": _lazy("Turned upright, as the camera noted."),
    "the page was turned": _lazy("The page lay on its side and was turned to be read."),
    "transparent": _lazy("See-through parts were laid on paper."),
    "fully transparent": _lazy("The picture is see-through everywhere: there is nothing to see."),
}


@register.filter
def plain_note(note: str) -> str:
    return str(NOTES.get(note, note[:1].upper() + note[1:]))


@register.filter
def share(part: float) -> str:
    """A share of 0 to 1 in percent, with two digits behind the point."""
    return f"{part:.2%}"
