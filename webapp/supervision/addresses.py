"""Where the site listens, and by which names it can be opened."""

import contextlib
import errno
import socket

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 (said by whoever starts it, never assumed)
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]


class CannotListen(Exception):
    """The address cannot be had; the text says what to do."""


def refuse_unusable(host: str, port: int) -> None:
    """Find out before anything starts whether the address is free.

    Raises:
        CannotListen: it is taken, not this machine's, or not allowed.
    """
    if not 0 < port < 65536:  # getaddrinfo takes off what is over that
        raise CannotListen(f"There is no port {port}: choose one from 1024 to 65535, such as make up PORT=8000")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except PermissionError:
        raise CannotListen(f"Port {port} needs more rights. Choose one above 1023: make up PORT=8000") from None
    except (socket.gaierror, OverflowError):
        raise CannotListen(f"{host}:{port} is not an address of this machine. Choose another HOST or PORT.") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CannotListen(f"Cannot listen on {host}: {error.strerror}. Choose another HOST.") from None
        other = port + 1 if port < 65535 else 8000
        raise CannotListen(f"Port {port} is taken by another program. Choose another: make up PORT={other}") from None


def bracketed(host: str) -> str:
    """As it stands in a URL, where IPv6 needs brackets."""
    return f"[{host}]" if ":" in host else host


def numeric(host: str) -> str:
    """The one address behind a name, the old kind where it has both."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


def network_addresses() -> list[str]:
    """This machine's addresses that others may reach it by, the likeliest first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, only a route looked up
        found.append(probe.getsockname()[0])
    with contextlib.suppress(socket.gaierror):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [address for address in dict.fromkeys(found) if not address.startswith("127.")]


def allowed_hosts(host: str) -> list[str]:
    """What a browser may call a site that listens on `host`."""
    if host not in EVERYWHERE:
        return list(dict.fromkeys([*LOOPBACK, bracketed(host)]))
    name = socket.gethostname().lower()
    return [*LOOPBACK, name, f"{name.partition('.')[0]}.local", *network_addresses()]


def urls(host: str, port: int, scheme: str = "http") -> list[str]:
    """What to type into a browser, on this machine first."""
    names = ["localhost", *network_addresses()] if host in EVERYWHERE else [bracketed(host)]
    return [f"{scheme}://{name}:{port}" for name in names]
