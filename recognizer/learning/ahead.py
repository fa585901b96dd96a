"""Batches that a thread prepares while the network learns from the one before."""

from concurrent.futures import Future, ThreadPoolExecutor

import keras
import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray[np.float32], NDArray[np.integer] | NDArray[np.float32]]


class Ahead(keras.utils.PyDataset):
    """What is in a batch depends on epoch and index alone, so that a training that goes on sees the same."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = 0
        self._hand = ThreadPoolExecutor(1)
        self._ahead: dict[tuple[int, int], Future[Batch]] = {}

    def __getitem__(self, index: int) -> Batch:
        waiting = self._ahead.pop((self.epoch, index), None)
        following = (self.epoch, index + 1) if index + 1 < len(self) else (self.epoch + 1, 0)
        self._ahead = {following: self._hand.submit(self.prepare, *following)}
        return waiting.result() if waiting else self.prepare(self.epoch, index)

    def prepare(self, epoch: int, index: int) -> Batch:
        raise NotImplementedError
