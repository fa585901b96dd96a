"""Thin tasks: load, call, record."""

from worker.tasks import enlarge, maintain, people, read, train, turns, unpack

__all__ = ["enlarge", "maintain", "people", "read", "train", "turns", "unpack"]
