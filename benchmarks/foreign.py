"""What it costs to open foreign files in a process of their own: beside the same decoders in this process, in turns.

    python -m benchmarks.foreign [FILE...]

Prints for pictures as they come in bulk the milliseconds of each way, what the process adds, and their ratio; how long
the process takes to start and what it holds then. Of files that are named: their seconds, what became of their pages,
and the most that this process and the other held, in MB (the system's high-water marks, which need not fall together).
"""

import argparse
import io
import os
import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from recognizer.files import decode, pages
from recognizer.files.formats import picture_format
from recognizer.files.pillow import decode_foreign
from recognizer.files.png import decode_plain, without_metadata
from recognizer.files.sandbox import Sandbox, sandbox
from recognizer.page import Fault

ROUNDS, FILES = 5, 100


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", type=Path, nargs="*")
    files = options.parse_args().files
    if files:
        for path in files:
            measure(path)
        return
    began = time.perf_counter()
    ours = Sandbox()
    ours.start()
    ours._ready_line()
    print(f"start: {time.perf_counter() - began:.2f} s, {held(ours.pid)} MB")
    ours.close()
    for kind, side in (("PNG", 28), ("JPEG", 28), ("JPEG", 200), ("PNG", 200), ("WEBP", 200), ("JPEG", 1200)):
        compare(kind, side)


def picture(kind: str, side: int) -> bytes:
    noise = np.random.default_rng(side).integers(0, 256, (side, side), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise // 8 + 200).save(file, kind)
    return file.getvalue()


def here(data: bytes) -> None:
    """As `decode`, but in this process whatever it is."""
    kind = picture_format(data[:512])
    if kind == "PNG":
        data, plain = without_metadata(data)
        if plain:
            decode_plain(data)
            return
    decode_foreign(data, kind)


def compare(kind: str, side: int) -> None:
    data = picture(kind, side)
    both = [(seconds(here, data), seconds(decode, data)) for _ in range(ROUNDS)]
    within, apart = (1000 * statistics.median(times) for times in zip(*both, strict=True))
    print(
        f"{kind} of {side} × {side}: {within:.2f} ms here, {apart:.2f} ms apart, {apart - within:+.2f} ms, "
        f"ratio {apart / within:.2f}",
        flush=True,
    )


def seconds(way: Callable[[bytes], object], data: bytes) -> float:
    way(data)
    began = time.perf_counter()
    for _ in range(FILES):
        way(data)
    return (time.perf_counter() - began) / FILES


def measure(path: Path) -> None:
    data, ends, most = path.read_bytes(), threading.Event(), [0]

    def watch() -> None:
        while not ends.wait(0.005):
            most[0] = max(most[0], held(sandbox().pid, "VmHWM"))

    watching = threading.Thread(target=watch)
    sandbox().close()  # so that the high-water mark is this file's
    watching.start()
    began = time.perf_counter()
    became = Counter(page.code if isinstance(page, Fault) else "picture" for page in pages(data))
    took = time.perf_counter() - began
    ends.set()
    watching.join()
    print(f"{path.name}: {took:.1f} s, {dict(became)}; {held(os.getpid(), 'VmHWM')} + {most[0]} MB", flush=True)


def held(pid: int | None, what: str = "VmRSS") -> int:
    try:
        said = re.search(rf"{what}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(said[1]) // 1024 if said else 0


if __name__ == "__main__":
    main()
