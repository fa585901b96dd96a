"""How somebody wants to take answers away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from webapp.models import Batch


@dataclass(frozen=True, slots=True)
class Wanted:
    """`picked` are the words by which the pictures were picked out of their `batch`, where they are all of one."""

    by_number: bool = False
    thumbnails: bool = False
    semicolons: bool = False  # and commas for decimals, as spreadsheets of many languages have it
    earlier: bool = False  # what its pictures had the last time
    batch: Batch | None = None
    picked: tuple[str, ...] = ()

    @classmethod
    def asked(cls, query: Mapping[str, str], batch: Batch | None = None, picked: tuple[str, ...] = ()) -> Self:
        """What makes no sense in an address changes nothing."""
        return cls(
            by_number=query.get("rows") == "numbers",
            thumbnails="thumbnails" in query,
            semicolons=query.get("csv") == "semicolon",
            earlier=batch is not None and batch.earlier_values.exists(),
            batch=batch,
            picked=picked,
        )


ALL = Wanted()
