"""What numbers were the last time: a table `earlier.csv` among pictures. Only carried on: who compares, reads it."""

from collections.abc import Callable

from recognizer.files.piece import Piece, shown_name

TABLE = "earlier.csv"
# One byte more is carried on of what is larger: enough to be refused, and no more in memory.
MOST_BYTES = 16 * 2**20


def is_table(name: str) -> bool:
    return name.replace("\\", "/").rpartition("/")[2].lower() == TABLE


def table_piece(name: str, load: Callable[[], bytes]) -> Piece:
    return Piece(0, 0, shown_name(name), load, is_table=True)
