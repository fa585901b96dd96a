"""Templates are read by people, too."""

from pathlib import Path

import pytest
from django.conf import settings

LONGEST_LINE = 160
TEMPLATES = settings.BASE_DIR / "webapp" / "templates"
# Whose lines are still to be broken.
NOT_YET_BROKEN = (
    "admin/index.html",
    "admin/webapp/trainingrun/_live.html",
    "admin/webapp/trainingrun/_report.html",
    "admin/webapp/trainingrun/watch.html",
    "admin/workers.html",
    "webapp/_answer_field.html",
    "webapp/_batch_progress.html",
    "webapp/_image_detail.html",
    "webapp/_mark.html",
    "webapp/_review_left.html",
    "webapp/_review_picture.html",
    "webapp/_uploads.html",
    "webapp/batch.html",
    "webapp/home.html",
    "webapp/image.html",
    "webapp/review.html",
    "webapp/review_grid.html",
    "webapp/reviews.html",
)
ALL = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*"))


def long_lines(path: Path) -> list[int]:
    return [number for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > LONGEST_LINE]


@pytest.mark.parametrize("name", [name for name in ALL if name not in NOT_YET_BROKEN])
def test_no_line_of_a_template_is_longer_than_a_screen_is_wide(name: str) -> None:
    assert long_lines(TEMPLATES / name) == []
