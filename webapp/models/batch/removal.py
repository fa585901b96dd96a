"""Deleting a batch, however many pictures it has: nobody sees it from then on, and a worker deletes it in pieces."""

import time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from webapp.models.batch.columns import Columns

# Deleted in one transaction, which others wait for: 0.1 s on SQLite, 0.2 s on PostgreSQL, both beside other work.
PIECE = 100


class Removal(Columns):
    class Meta:
        abstract = True

    def delete_soon(self) -> None:
        self.itself.delete_soon()

    def erase(self, seconds: float) -> bool:
        """Delete it for about so long. Returns whether all of it is gone; if not, go on later, here or elsewhere."""
        end = time.monotonic() + seconds
        while self.erase_piece():
            if time.monotonic() > end:
                return False
        self.delete()
        return True

    def erase_piece(self) -> int:
        """Delete some of its files and their rows; returns how many."""
        return erase_some(self.images) or erase_some(self.uploads)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """All of it, now. A worker that finishes one of its pictures later finds no row and discards its result."""
        self.itself.close_for_good()  # no more pictures from here on
        while self.erase_piece():
            pass
        return super().delete(*args, **kwargs)


def erase_some(rows: QuerySet[Any]) -> int:
    """Delete the first of these pictures or uploads; returns how many.

    The bytes go first: whoever dies between the two leaves rows that are found again, not bytes that are not.
    """
    piece = list(rows.order_by("index").only("pk", "file")[:PIECE])
    for original in piece:
        original.delete_bytes()
    if piece:
        with transaction.atomic():
            chosen = rows.filter(pk__in=[original.pk for original in piece])
            # Locked first, in one order, as a finishing worker does; it may just be storing a prediction.
            list(chosen.select_for_update().order_by("pk").values_list("pk"))
            chosen.delete()
    return len(piece)
