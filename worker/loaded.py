"""The Reader that this process serves with: cached, and swapped when the champion changes.

It is loaded for the first chunk, which comes after the fork: an interpreter used before the fork hangs after it. That
takes some 0.2 s and 70 MB, and processes that read nothing (training, maintenance) spend neither time nor memory on it.
"""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import cv2
import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.bundles import SUMS, Bundle, DamagedBundle, UnknownModel, checksums, load
from recognizer.page import Reason
from recognizer.reader import Reader
from webapp.faults import Coded, coded
from webapp.models import ModelVersion
from webapp.models.model_version import MODELS
from worker.storage import STORAGE_ERRORS

log = structlog.get_logger(__name__)

# A champion that could not be loaded is tried again after so long; what read before reads on meanwhile.
SECONDS_BETWEEN_TRIES = 15.0


class NoChampion(Exception):
    """No model version is champion: `manage.py register_models` has not been run on this database."""


class WrongModel(Reason, Exception):
    """The files of a model are not those that were registered under its number, or are not to be had."""


UNUSABLE = (WrongModel, DamagedBundle, UnknownModel)


@dataclass
class Serving:
    """What this process reads with, and which champion it could last not load, and when."""

    reader: Reader | None = None
    version: ModelVersion | None = None
    refused: str = ""
    refused_at: float = 0.0

    def must_wait(self, version: ModelVersion) -> bool:
        return self.refused == version.sha256 and time.monotonic() < self.refused_at + SECONDS_BETWEEN_TRIES

    def take(self, version: ModelVersion, reader: Reader) -> None:
        self.reader, self.version, self.refused = reader, version, ""

    def refuse(self, version: ModelVersion) -> None:
        self.refused, self.refused_at = version.sha256, time.monotonic()


serving = Serving()


def champion() -> tuple[Reader, ModelVersion]:
    """The champion's reader, or while that cannot be loaded, the one that read before; always with its own version.

    A new one is loaded, verified and warmed beside the old one, which is let go only then.
    Raises:
        NoChampion: when no model is registered yet.
        WrongModel, recognizer.bundles.DamagedBundle, UnknownModel: when the first one cannot be loaded.
    """
    version = ModelVersion.objects.champion()
    if version is None:
        raise NoChampion(NoChampion.__doc__)
    if serving.version is None or (serving.version.sha256 != version.sha256 and not serving.must_wait(version)):
        swap(version)
    assert serving.reader is not None
    assert serving.version is not None
    if serving.version.sha256 == version.sha256:
        serving.version = version
    return serving.reader, serving.version


def swap(version: ModelVersion) -> None:
    try:
        serving.take(version, reader_of(version))
        version.loaded()
        log.info("model loaded", version=str(version), sha256=version.sha256[:12])
    except UNUSABLE as error:
        version.could_not_load(fault_of(error))
        if serving.reader is None:
            raise
        serving.refuse(version)
        log.exception("the champion cannot be loaded; the one before reads on", version=str(version))


def fault_of(error: Exception) -> Coded:
    """What staff read of a model that is UNUSABLE."""
    return error.as_json() if isinstance(error, WrongModel) else coded("damaged_model", error=str(error))


def reader_of(version: ModelVersion) -> Reader:
    """Any version's reader: loading runs its golden digits, which verifies and warms it."""
    cv2.setNumThreads(1)  # there is a process for each core already
    return Reader(bundle_of(version))


def bundle_of(version: ModelVersion) -> Bundle:
    """Raises WrongModel, DamagedBundle or UnknownModel."""
    bundle = load(folder_of(version))
    if bundle.sha256 != version.sha256:
        raise WrongModel("wrong_model", version=str(version), sha256=bundle.sha256)
    return bundle


def folder_of(version: ModelVersion) -> Path:
    """Where its files are on this machine, brought here from storage where it was trained on this site."""
    if version.shipped_as:
        return settings.SHIPPED_MODELS_DIR / version.shipped_as
    folder = settings.VAR_DIR / "models" / version.sha256
    if not (folder / SUMS).exists():
        fetch(version, folder)
    return folder


def fetch(version: ModelVersion, folder: Path) -> None:
    """Copy from storage to a folder beside, then rename: whoever loads sees all of it or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{folder.name[:12]}-", dir=folder.parent))
    try:
        sums = stored(version, SUMS)
        (draft / SUMS).write_bytes(sums)
        for name in checksums(sums):
            (draft / name).write_bytes(stored(version, name))
        draft.rename(folder)
    except STORAGE_ERRORS as error:
        if not (folder / SUMS).exists():  # where another process was quicker, all is well
            raise WrongModel("model_away", version=str(version), error=str(error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def stored(version: ModelVersion, name: str) -> bytes:
    with default_storage.open(version.storage_prefix + name) as file:
        return file.read()


def store(folder: Path, sha256: str) -> int:
    """Put a new model's files into storage under its checksum, SHA256SUMS last; returns how many bytes they are."""
    size = 0
    for name in (*checksums((folder / SUMS).read_bytes()), SUMS):
        content = (folder / name).read_bytes()
        key = f"{MODELS}{sha256}/{name}"
        if default_storage.exists(key):
            default_storage.delete(key)  # what a killed trainer has left of it
        default_storage.save(key, ContentFile(content))
        size += len(content)
    return size
