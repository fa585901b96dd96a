"""How figures of a reading look on a page."""

import base64
import json
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from webapp import faults, figures
from webapp.figures import number
from webapp.models.image import picture_type
from webapp.notation import Value
from webapp.symbols import OTHERWISE, WRITTEN

register = template.Library()

# A narrow field has room for so many.
SIGNS_A_ROW = 32


@register.filter
def data_uri(data: bytes | memoryview) -> str:
    """A small picture that a worker has made as an address that needs no request of its own."""
    return f"data:{picture_type(data)};base64,{base64.b64encode(bytes(data)).decode()}"


@register.filter
def unlocalized(number: float) -> str:
    """For attributes that only take a decimal point."""
    return f"{number:.2f}"


@register.filter
def with_code(said: str) -> SafeString:
    """What stands between `backticks` as code."""
    parts = enumerate(said.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if i % 2 else part,) for i, part in parts))


@register.simple_tag
def written() -> str:
    """Every sign that an answer may have in it, for scripts."""
    return WRITTEN


@register.simple_tag
def typed_otherwise() -> str:
    """What people type for these signs, for scripts: an object in JSON."""
    return json.dumps(OTHERWISE)


@register.filter
def lines(text: str) -> int:
    return text.count("\n") + 1


@register.filter
def rows(text: str) -> int:
    """Of a field that shows all of it."""
    return sum(1 + len(line) // SIGNS_A_ROW for line in text.split("\n"))


@register.simple_tag
def prefilled(form: Any, said: Any, blind: Any) -> str:
    """What stands in a picture's field: what came back, else what was read; nothing where nobody is to know that."""
    if form:
        return "" if getattr(form, "said", "") else form["text"].value() or ("" if blind else said.text)
    return "" if blind else said.text


@register.filter
def rate(per_second: float) -> str:
    if per_second >= 1:
        return gettext("%(n)s pictures a second") % {"n": number(per_second, 0 if per_second >= 10 else 1)}
    a_minute = round(per_second * 60)
    return ngettext("%(n)s picture a minute", "%(n)s pictures a minute", a_minute) % {"n": number(a_minute)}


@register.filter
def lasting(seconds: float) -> str:
    """How long something takes or took; number and unit stay in one line."""
    if seconds < 120:
        said = gettext("%(n)s s") % {"n": number(seconds, 1 if seconds < 10 else 0)}
    elif seconds < 2 * 3600:
        said = gettext("%(n)s min") % {"n": number(seconds / 60)}
    else:
        said = gettext("%(n)s h") % {"n": number(seconds / 3600)}
    return said.replace(" ", "\u00a0")


@register.filter
def time_left(seconds: float) -> str:
    if seconds < 2:
        return gettext("almost done")
    if seconds < 90:
        return gettext("about %(n)s seconds left") % {"n": number(seconds)}
    if seconds < 90 * 60:
        return gettext("about %(n)s minutes left") % {"n": number(seconds / 60)}
    return gettext("about %(n)s hours left") % {"n": number(seconds / 3600)}


@register.filter
def plain_note(code: str) -> str:
    """What a reader notes about a picture, as its owner should read it."""
    return faults.sentence(code)


# A picture's mark, and what it says to whoever does not see its shape or does not know it yet.
STANDINGS = {
    "sure": ("✓", _("accepted")),
    "doubtful": ("?", _("to check")),
    "reviewed": ("✎", _("checked by a person")),
    "failed": ("✕", _("failed")),
    "cancelled": ("–", _("cancelled")),
}
NOT_READ_YET = ("…", _("not read yet"))


@register.filter
def standing_shape(standing: str) -> str:
    return STANDINGS.get(standing, NOT_READ_YET)[0]


@register.filter
def standing_word(standing: str) -> str:
    return str(STANDINGS.get(standing, NOT_READ_YET)[1])


@register.filter
def share(part: float) -> str:
    """A share of 0 to 1 in percent, with two digits behind the point."""
    return figures.percent(part)


@register.filter
def exactly(value: Value) -> str:
    return figures.exact(value)


@register.filter
def in_words(said: faults.Coded) -> str:
    """A fault or a reason, in the language of whoever reads the page."""
    return faults.in_words(said)
