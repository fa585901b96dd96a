"""Thin tasks: load, call, record."""

from worker.tasks import maintain, read, unpack

__all__ = ["maintain", "read", "unpack"]
