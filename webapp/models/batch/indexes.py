"""Which index a file has in its batch.

What is handed in together has indexes side by side. The pictures of an archive among it come after all of them: by the
archive's own index and their number in it, so that unpacking again finds them already there. What is added after
archives begins a generation of its own, so that the order of indexes is the order in which all of it was handed in.
"""

SPAN = 1_000_000
GENERATION = 10_000_000_000_000
MOST = 900 * GENERATION  # readers of JSON tell numbers apart up to 2 ** 53


def is_for_a_file(index: int) -> bool:
    """Whether a client may give it; the others are for what is in archives."""
    return index < MOST and index % GENERATION < SPAN


def generation_of(index: int) -> int:
    """Where its generation begins."""
    return index - index % GENERATION


def of_pieces(index: int) -> range:
    """Those of the pictures in the archive with this index."""
    start = generation_of(index) + SPAN * (index % GENERATION + 1)
    return range(start, start + SPAN)
