"""Thin tasks: load, call, record."""

from worker.tasks import maintain, people, read, train, unpack

__all__ = ["maintain", "people", "read", "train", "unpack"]
