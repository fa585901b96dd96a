"""How settings are read from the environment and the disk: what cannot be used ends the start with a sentence that says
the mend, in place of a traceback."""

import contextlib
import os
import re
import secrets
import zoneinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ


class CannotUse(SystemExit):
    """Ends whatever program was reading its settings; not an `Exception`, so that nobody takes it for one of theirs."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"Will not start: {what}\n  {mend}")


class Environment(environ.Env):
    FALSE_WORDS = ("false", "off", "n", "no", "0", "")

    @classmethod
    def parse_value(cls, value: Any, cast: Any) -> Any:
        """As the library does, which takes for false whatever is not one of its words for true."""
        if cast is bool and value.strip().lower() not in (*cls.BOOLEAN_TRUE_STRINGS, *cls.FALSE_WORDS):
            raise ValueError
        return super().parse_value(value, cast)

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError:
            wanted = "true or false" if kwargs.get("cast") is bool else "a number"
            raise CannotUse(
                f"{var} is “{os.environ.get(var)}”, which is not {wanted}.",
                f"Set {var} to {wanted}, or unset it; docs/running.md says what it is.",
            ) from None

    def names_no(self, var: str, what: str, like: str) -> CannotUse:
        """A URL that cannot be used, shown without the name and the password in it."""
        given = re.sub(r"^(.*//)?.*@", r"\1…@", os.environ.get(var, ""))
        return CannotUse(f"{var} is “{given}”, which names no {what}.", f"Set {var} to {like}, or unset it.")

    def address(self, var: str, schemes: tuple[str, ...], what: str, like: str, default: str = "") -> str:
        """A URL of one of these schemes, with a host; of a socket, with a path."""
        given: str = self.str(var, default="")
        if not given:
            return default
        with contextlib.suppress(ValueError):
            parts = urlsplit(given)
            place = parts.path if parts.scheme.endswith("socket") else parts.hostname
            if parts.scheme in schemes and place and parts.port != 0:
                return given
        raise self.names_no(var, what, like)

    def db(self, var: str, default: str) -> dict[str, Any]:  # type: ignore[override]
        with contextlib.suppress(ValueError):
            found: dict[str, Any] = self.db_url_config(self.str(var, default=default))
            if found.get("ENGINE"):
                return found
        raise self.names_no(var, "database", "postgres://user:password@host/name")

    def email(self, var: str, default: str) -> dict[str, Any]:  # type: ignore[override]
        try:
            found: dict[str, Any] = self.email_url_config(self.str(var, default=default))
        except Exception:
            raise self.names_no(var, "mail server", "smtp+tls://user:password@host:587") from None
        return found

    def port(self, var: str, default: int) -> int:
        number = self.int(var, default=default)
        if not 0 < number < 65536:
            raise CannotUse(f"{var} is {number}; ports are 1 to 65535.", f"Choose another: {var}=8000, or unset it.")
        return int(number)

    def time_zone(self, var: str, default: str) -> str:
        name: str = self.str(var, default=default)
        if name not in zoneinfo.available_timezones():
            raise CannotUse(
                f"{var} is “{name}”, which is no time zone that this machine knows.",
                f"Set {var} to one such as Europe/Berlin or UTC, or unset it.",
            )
        return name

    def one_of(self, var: str, choices: tuple[str, ...], default: str) -> str:
        word: str = self.str(var, default=default).upper()
        if word not in choices:
            raise CannotUse(f"{var} is “{word}”.", f"Set {var} to one of {', '.join(choices)}, or unset it.")
        return word


def private_folder(path: Path) -> Path:
    """This folder, made on first use, once it is sure that files can be kept in it."""
    probe = path / f".probe-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        what = "is a file" if path.is_file() else f"cannot be written to ({error.strerror})"
        raise CannotUse(
            f"VAR_DIR, where everything is kept, is {path}, and that {what}.",
            "Give it to the user who starts the site (chown, chmod u+rwx), or name another folder: VAR_DIR=/path",
        ) from None
    return path


def kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use and readable by its owner alone.

    Two processes may start at once: the first link wins and both read the same secret.
    """
    try:
        if not path.exists():
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
            draft.unlink()
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise CannotUse(
            f"{path}, which signs sessions and links, is empty or cannot be read.",
            "Put it back from a copy of the folder. Or remove it: the site makes another, and everybody signs in anew.",
        )
    return secret
