"""A training as it stood after an epoch, so that one that was killed is taken up again instead of begun anew.

One file, written beside its place and moved there in one step: it holds the last epoch that ended, or the one before.
"""

import json
import os
import secrets
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = list[NDArray[Any]]
DAMAGE = (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass
class Checkpoint:
    """`training` says which training this is (its config and data); only that one may go on from here.

    `network` and `optimizer` are their variables, `best` the weights of the epoch that validated best so far, `history`
    what each epoch said, `seconds` how long they took together.
    """

    training: str
    network: Arrays = field(default_factory=list)
    optimizer: Arrays = field(default_factory=list)
    best: Arrays = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        about = json.dumps({"training": self.training, "history": self.history, "seconds": self.seconds})
        groups = {"network": self.network, "optimizer": self.optimizer, "best": self.best}
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with draft.open("xb") as file:
                np.savez(file, allow_pickle=False, **_named(groups), about=np.array(about))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, training: str) -> "Checkpoint":
        """What was saved there for this training; a new one where there is nothing, another training, or damage."""
        try:
            with np.load(path, allow_pickle=False) as archive:
                about = json.loads(str(archive["about"]))
                if about["training"] != training:
                    return cls(training)
                groups = {name: _numbered(archive, name) for name in ("network", "optimizer", "best")}
                return cls(training, **groups, history=about["history"], seconds=about["seconds"])
        except DAMAGE:
            return cls(training)


def _named(groups: dict[str, Arrays]) -> dict[str, NDArray[Any]]:
    return {f"{name}/{number}": array for name, arrays in groups.items() for number, array in enumerate(arrays)}


def _numbered(archive: Any, name: str) -> Arrays:
    count = sum(key.startswith(f"{name}/") for key in archive.files)
    return [archive[f"{name}/{number}"] for number in range(count)]
