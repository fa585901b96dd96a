"""Draw the rooms and who may know whom, from the import contracts in pyproject.toml: `python -m docs.architecture`."""

import tomllib
from collections.abc import Iterator
from html import escape
from itertools import chain
from pathlib import Path
from textwrap import wrap
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "architecture.svg"

# Narrow, so that it can be read on a phone: on 358 pixels its small print is 8 pixels high.
WIDTH, MARGIN, GAP = 560, 10, 10
LINE, SPACE, WAY = 16, 5, 30  # a line of text; between two layers; between two rows of rooms
LETTER, SMALL_LETTER = 7.3, 6.5  # at 12 pixels, at least as wide as in the fonts that there are
# Of the recognizer, this and what is below it answers pictures; what is above learns, examines or is run by hand.
SERVES = "reader"

STYLE = """
.paper { fill: #ffffff } .room { fill: #f2f5f7; stroke: #b9c3cb } .part { fill: #ffffff; stroke: #8795a1 }
.serves { fill: #dff3ef; stroke: #0b6e66 } text { fill: #1c2733; font: 12px ui-monospace, Menlo, Consolas, monospace }
.name { font-size: 16px; font-weight: bold } .row { text-anchor: middle }
.said { fill: #4a5763; font: 12px system-ui, sans-serif }
.way { stroke: #4a5763; stroke-width: 1.5; fill: none } .tip { fill: #4a5763 }
@media (prefers-color-scheme: dark) {
.paper { fill: #11171d } .room { fill: #1a232b; stroke: #46535f } .part { fill: #11171d; stroke: #70808e }
.serves { fill: #10332f; stroke: #4fb8ab } text { fill: #e4eaef } .said { fill: #a9b6c1 }
.way { stroke: #a9b6c1 } .tip { fill: #a9b6c1 }
}
"""

Contract = dict[str, Any]
Layer = list[str]  # side by side


def main() -> None:
    PICTURE.write_text(drawn(contracts()))
    print(PICTURE)


def contracts() -> list[Contract]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return list(settings["tool"]["importlinter"]["contracts"])


def drawn(contracts: list[Contract]) -> str:
    """The rooms as the contract of layers without a container has them, and in each what the contracts say of it."""
    parts, top = [], float(MARGIN)
    for number, beside in enumerate(next(layers(one) for one in contracts if is_outermost(one))):
        width = (WIDTH - 2 * MARGIN - GAP * (len(beside) - 1)) / len(beside)
        lefts = [MARGIN + (width + GAP) * i for i in range(len(beside))]
        rooms = [room(name, contracts, left + GAP, width - 2 * GAP) for name, left in zip(beside, lefts, strict=True)]
        height = max(bottom for _, bottom in rooms) + GAP
        for left, (shapes, _) in zip(lefts, rooms, strict=True):
            if number:
                parts.append(arrow(left + width / 2, top - WAY + 4, top))
            parts += [f'<g transform="translate(0 {top:g})">', box("room", left, 0, width, height), *shapes, "</g>"]
        top += height + WAY
    parts += [text("said", MARGIN, top - 8 + LINE * i, line) for i, line in enumerate(LEGEND)]
    return sheet(parts, top - 8 + LINE * len(LEGEND))


def is_outermost(contract: Contract) -> bool:
    return contract["type"] == "layers" and "containers" not in contract


def sheet(parts: list[str], height: float) -> str:
    size = f'width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    said = "<title>The rooms, and which may know of which</title>"
    paper = box("paper", 0, 0, WIDTH, height)
    return "\n".join([head, said, f"<style>{STYLE}</style>", paper, *parts, "</svg>"]) + "\n"


LEGEND = (
    "Every arrow and every row: may import what is below, nothing that is above.",
    "Side by side, or a bar between: know nothing of each other. A comma: of each other.",
)


def layers(stack: Contract) -> list[Layer]:
    """From the top. What a colon joins may know of each other, and is one."""
    return [[name.strip().replace(" : ", ", ") for name in layer.split("|")] for layer in stack["layers"]]


def room(name: str, contracts: list[Contract], left: float, width: float) -> tuple[list[str], float]:
    """Its shapes from 0 down, and how far down they reach."""
    shapes, y = [text("name", left, 24, name)], 24.0
    for said in chain.from_iterable(refused(contract, name) for contract in contracts):
        for line in wrap(said, int(width / SMALL_LETTER)):
            y += LINE
            shapes.append(text("said", left, y, line))
    for contract in contracts:
        for container in contract.get("containers", []):
            if container.partition(".")[0] == name:
                more, y = stacked(container, layers(contract), left, y + 24, width)
                shapes += more
    return shapes, y


def refused(contract: Contract, name: str) -> Iterator[str]:
    """What a room, or one in it, may never load."""
    if contract["type"] == "forbidden":
        for source in contract["source_modules"]:
            if source.partition(".")[0] == name:
                who = "" if source == name else source.rpartition(".")[2] + " "
                yield f"{who}may never load {', '.join(last(module) for module in contract['forbidden_modules'])}"


def stacked(container: str, rows: list[Layer], left: float, top: float, width: float) -> tuple[list[str], float]:
    """Layers from the top, and how far down they reach; what answers pictures stands apart."""
    serves = rows.index([SERVES]) if [SERVES] in rows else len(rows)
    above = f"{last(container)}:" if serves == len(rows) else "what learns, examines, is run by hand:"
    shapes, y = [text("said", left, top, above)], top + 8
    for number, names in enumerate(rows):
        if number == serves:
            y += LINE
            shapes.append(text("said", left, y, "what serves:"))
            y += 8
        lines = wrap("\u00a0| ".join(names), int((width - 8) / LETTER))
        height = 8 + LINE * len(lines)
        shapes.append(box("serves" if number >= serves else "part", left, y, width, height))
        for i, line in enumerate(lines, start=1):
            shapes.append(text("row", left + width / 2, y + LINE * i, line))
        y += height + SPACE
    return shapes, y - SPACE


def last(module: str) -> str:
    return module.rpartition(".")[2]


def box(kind: str, left: float, top: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{width:.5g}" height="{height:g}" rx="4"/>'


def text(kind: str, left: float, top: float, said: str) -> str:
    return f'<text class="{kind}" x="{left:g}" y="{top:g}">{escape(said)}</text>'


def arrow(x: float, top: float, bottom: float) -> str:
    tip = f"{x:g},{bottom:g} {x - 5:g},{bottom - 9:g} {x + 5:g},{bottom - 9:g}"
    return f'<path class="way" d="M{x:g} {top:g}V{bottom - 8:g}"/><polygon class="tip" points="{tip}"/>'


if __name__ == "__main__":
    main()
