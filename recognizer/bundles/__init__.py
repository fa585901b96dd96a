"""A model as files: every graph, its alphabet, its calibration and its card under one checksum."""

from recognizer.bundles.bundle import FILES, SUMS, Bundle, Classifier, DamagedBundle, Golden, Sight
from recognizer.bundles.config import InvalidConfig, TrainConfig
from recognizer.bundles.folder import DEFAULT_MODEL, UnknownModel, available, checksums, load, publish

__all__ = [
    "DEFAULT_MODEL",
    "FILES",
    "SUMS",
    "Bundle",
    "Classifier",
    "DamagedBundle",
    "Golden",
    "InvalidConfig",
    "Sight",
    "TrainConfig",
    "UnknownModel",
    "available",
    "checksums",
    "load",
    "publish",
]
