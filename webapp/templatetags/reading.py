"""How figures of a reading look on a page."""

import base64

from django import template

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
        return f"{per_second:,.0f} pictures a second"
    if per_second >= 1:
        return f"{per_second:.1f} pictures a second"
    return f"{per_second * 60:.0f} pictures a minute"


@register.filter
def time_left(seconds: float) -> str:
    if seconds < 2:
        return "almost done"
    if seconds < 90:
        return f"about {seconds:.0f} seconds left"
    if seconds < 90 * 60:
        return f"about {seconds / 60:.0f} minutes left"
    return f"about {seconds / 3600:.0f} hours left"
