"""Thin tasks: load, call, record."""

from worker.tasks import maintain, people, read

__all__ = ["maintain", "people", "read"]
