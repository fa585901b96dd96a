"""Thin tasks: load, call, record."""

from worker.tasks import maintain, read

__all__ = ["maintain", "read"]
