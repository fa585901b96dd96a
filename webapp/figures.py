"""Figures as the language of whoever reads them writes them."""

from django.utils.formats import number_format


def number(value: float, places: int = 0) -> str:
    return number_format(f"{value:.{places}f}", force_grouping=True)


def percent(share: float, places: int = 2) -> str:
    """A share of 0 to 1."""
    return f"{number(100 * share, places)}%"
