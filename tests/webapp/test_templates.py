"""Templates are read by people, too."""

from pathlib import Path

import pytest
from django.conf import settings

LONGEST_LINE = 160
TEMPLATES = settings.BASE_DIR / "webapp" / "templates"
ALL = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*"))


def long_lines(path: Path) -> list[int]:
    return [number for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > LONGEST_LINE]


@pytest.mark.parametrize("name", ALL)
def test_no_line_of_a_template_is_longer_than_a_screen_is_wide(name: str) -> None:
    assert long_lines(TEMPLATES / name) == []
