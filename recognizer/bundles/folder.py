"""Bundles on disk: a folder that is whole and verified, or is not loaded; put there in one step, or not at all."""

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recognizer.bundles.bundle import FILES, FIRST_FILES, SECOND_FILES, SUMS, Bundle, DamagedBundle

WEIGHTS = Path(__file__).resolve().parent / "weights"
# The model that reads where no other is named.
DEFAULT_MODEL = "sapling"


class UnknownModel(LookupError):
    """There is no model of this name or at this place; the message lists those that ship."""


def available() -> list[str]:
    """The names of the models that ship."""
    return sorted(folder.name for folder in WEIGHTS.iterdir() if (folder / SUMS).is_file() and folder.name[0] != ".")


def load(path_or_name: str | Path) -> Bundle:
    """The model of a name that ships, or in a folder. Raises UnknownModel, or DamagedBundle where it is not whole."""
    places = [Path(os.path.abspath(path_or_name))]
    if Path(path_or_name).name == path_or_name:
        places.insert(0, WEIGHTS / path_or_name)
    damage: DamagedBundle | None = None
    # A publication moves the old folder aside, then the new one in. Killed between the two, the old one is still there;
    # and whoever reads just then may meet files of both, and reads again.
    for folder in places * 3:
        for place in (folder, _set_aside(folder)):
            try:
                if place.is_dir():
                    return _load_folder(place, folder.name)
            except DamagedBundle as error:
                damage = error
    raise damage or UnknownModel(f"There is no model {str(path_or_name)!r}; models that ship: {', '.join(available())}")


def publish(bundle: Bundle, destination: Path) -> Bundle:
    """Put a model at `destination` in one step and return it as loaded from there; a model already there is replaced.

    The files are written to a new folder beside it, brought to disk, loaded with all its parts and run on the golden
    digits; only then is the folder renamed. Killed at any moment, `load` finds the old model or the new one, whole.
    Raises DamagedBundle where the model does not answer as it should; nothing has changed then.
    """
    folder = Path(os.path.abspath(destination))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder.parent):
        _clear_up(folder)
        draft = _draft(folder)
        try:
            draft.mkdir()
            for file_name, content in bundle.files().items():
                _write_through(draft / file_name, content)
            _sync_folder(draft)
            _try(_load_folder(draft, folder.name))
            _swap(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return _load_folder(folder, folder.name)


def _try(bundle: Bundle) -> None:
    bundle.recogniser()
    bundle.finder()
    bundle.judge()


def _load_folder(folder: Path, name: str) -> Bundle:
    contents = _read_verified(folder, name)
    old = "finder.tflite" not in contents
    return Bundle.of_files(name, contents, load(DEFAULT_MODEL).sight if old else None)


def _read_verified(folder: Path, name: str) -> dict[str, bytes]:
    contents = {SUMS: _content(folder, SUMS, name)}
    sums = checksums(contents[SUMS])
    for file_name in _format(sums):
        contents[file_name] = _content(folder, file_name, name)
        if hashlib.sha256(contents[file_name]).hexdigest() != sums.get(file_name):
            raise DamagedBundle(f"Model {name!r} is damaged: {file_name} does not match its checksum in {SUMS}.")
    return contents


def _format(sums: dict[str, str]) -> tuple[str, ...]:
    """The files of a bundle that has these checksums."""
    if "finder.tflite" in sums:
        return FILES
    return SECOND_FILES if "pairs.tflite" in sums else FIRST_FILES


def _content(folder: Path, file_name: str, name: str) -> bytes:
    try:
        return (folder / file_name).read_bytes()
    except OSError as error:
        raise DamagedBundle(f"Model {name!r} has no readable {file_name}: {error.strerror}.") from error


def checksums(sums: bytes) -> dict[str, str]:
    """What SHA256SUMS says, by the names of a bundle's files; other names in it are none of ours."""
    lines = (line.partition("  ") for line in sums.decode(errors="replace").splitlines())
    known = {*FILES, *SECOND_FILES}
    return {file_name: digest for digest, _, file_name in lines if file_name in known}


def _draft(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.draft-{secrets.token_hex(4)}"


def _set_aside(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.replaced"


def _swap(draft: Path, folder: Path) -> None:
    # Two renames, because a folder with content cannot be renamed over on any system, and exchanging two is not
    # portable. Killed between them, `load` reads the old model where it was set aside, and the next `publish` moves it
    # back.
    if folder.exists():
        folder.rename(_set_aside(folder))
    draft.rename(folder)
    _sync_folder(folder.parent)
    shutil.rmtree(_set_aside(folder), ignore_errors=True)


def _clear_up(folder: Path) -> None:
    """What a publication that was killed has left."""
    if _set_aside(folder).exists():
        if folder.exists():
            shutil.rmtree(_set_aside(folder))
        else:
            _set_aside(folder).rename(folder)
    for draft in folder.parent.glob(f".{folder.name}.draft-*"):
        shutil.rmtree(draft)


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """One publication at a time in a folder; the lock goes with the process that held it."""
    handle = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
