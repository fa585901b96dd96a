from typing import NamedTuple

from django import template
from django.http import QueryDict
from django.template import Context

from webapp.exports import FORMATS, Way, Words

register = template.Library()

# Of an address, what only says which part of a list is shown, or how something was taken away.
NOT_ASKED = ("page", "before", "after", "tab", "rows", "csv", "thumbnails")
ONE_ROW_A_NUMBER = {"rows": "numbers"}


class Link(NamedTuple):
    kind: str
    query: str
    label: Words


@register.simple_tag(takes_context=True)
def ways_to_take_away(context: Context) -> list[Link]:
    """All that the page shows, in each format."""
    return [Link(kind, query(context, way, {}), way.label) for kind, format in FORMATS.items() for way in format.ways]


@register.simple_tag(takes_context=True)
def ways_to_take_numbers_away(context: Context) -> list[Link]:
    """The same with one row a number, as far as that has a short name."""
    return [
        Link(kind, query(context, way, ONE_ROW_A_NUMBER), way.short)
        for kind, format in FORMATS.items()
        for way in format.ways
        if way.short
    ]


def query(context: Context, way: Way, more: dict[str, str]) -> str:
    shown: QueryDict = context["request"].GET.copy()
    for name in NOT_ASKED:
        shown.pop(name, None)
    shown.update({**way.asked, **more})
    return f"?{shown.urlencode()}" if shown else ""
