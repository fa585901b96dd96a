from django import template

from webapp.exports import FORMATS, Format

register = template.Library()


@register.simple_tag
def export_formats() -> dict[str, Format]:
    return FORMATS
