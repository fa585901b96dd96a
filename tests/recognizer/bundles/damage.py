"""What is done to a model's files."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from recognizer.bundles import FILES, SUMS


def spoil(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (folder / name).write_bytes(content)


def seal(folder: Path, names: Sequence[str] = FILES) -> None:
    """Checksums that match whatever is in the folder."""
    sums = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in names)
    (folder / SUMS).write_text("\n".join(sums))
