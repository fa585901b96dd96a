"""The Reader that this process serves with: cached, and swapped when the champion changes.

It is loaded for the first chunk, which comes after the fork: an interpreter used before the fork hangs after it. That
takes some 60 ms, and processes that read nothing (training, maintenance) spend neither time nor memory on it.
"""

import cv2
import structlog
from django.conf import settings

from recognizer.reading import Reader
from webapp.models import ModelVersion

log = structlog.get_logger(__name__)

_readers: dict[str, Reader] = {}  # by SHA-256; one entry, two while a swap is under way


class NoChampion(Exception):
    """No model version is champion: `manage.py register_models` has not been run on this database."""


class WrongModel(Exception):
    """The files of a model are not those that were registered under its number."""


def champion() -> tuple[Reader, ModelVersion]:
    """The champion's reader, loaded on first use.

    Raises:
        NoChampion: when no model is registered yet.
        WrongModel, recognizer.artifacts.DamagedArtifact: when its files are not what was registered.
    """
    version = ModelVersion.objects.champion()
    if version is None:
        raise NoChampion(NoChampion.__doc__)
    if version.sha256 not in _readers:
        cv2.setNumThreads(1)  # there is a process for each core already
        reader = Reader.load(settings.SHIPPED_MODELS_DIR / version.shipped_as)
        if reader.sha256 != version.sha256:
            raise WrongModel(f"{version} is not the model that was registered: its SHA-256 is {reader.sha256}.")
        _readers.clear()
        _readers[version.sha256] = reader
        log.info("model loaded", version=str(version), sha256=version.sha256[:12])
    return _readers[version.sha256], version
