"""Thin tasks: load, call, record."""

from worker.tasks import maintain, people, read, unpack

__all__ = ["maintain", "people", "read", "unpack"]
