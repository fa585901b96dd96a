"""Counters in the queue server, the same for all processes on all machines."""

from django.core.cache import cache
from redis.exceptions import RedisError


def count(key: str, by: int, seconds: int) -> int | None:
    """Add to a counter that begins at 0 and is kept for so many seconds; what it says then. None where the queue server
    is away, or the counter ran out between two steps."""
    try:
        cache.add(key, 0, timeout=seconds)
        return int(cache.incr(key, by))
    except (RedisError, ValueError):
        return None
