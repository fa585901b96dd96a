"""What somebody who knows says of the numbers of a batch before they are read. The reader is told of it, which has the
same (recognizer.page.Hints); a test compares."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True)
class Hints:
    """`signs` are those that may stand beside digits, in the order of `symbols.SIGNS`: "" for none, None for any."""

    signs: str | None = None
    digits: int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**stored)

    def __bool__(self) -> bool:
        return self != NO_HINTS

    def stored(self) -> dict[str, Any]:
        """Only what is said, as it lies in the batch's row; the same hints are always stored alike."""
        unsaid = asdict(NO_HINTS)
        return {name: value for name, value in asdict(self).items() if value != unsaid[name]}

    def summary(self) -> list[str]:
        """Each hint in words."""
        said = {
            "signs": _("no signs but “%(signs)s”") if self.signs else _("only digits"),
            "digits": ngettext("%(digits)s digit in each number", "%(digits)s digits in each number", self.digits or 0),
        }
        values = asdict(self) | {"signs": " ".join(self.signs or "")}
        return [said[name] % values for name in self.stored()]


NO_HINTS = Hints()
