"""Fetch a file once, check what arrived, and never leave half a file under its final name."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.error import URLError
from urllib.request import urlopen

from tqdm import tqdm  # type: ignore[import-untyped] # it ships no types

__all__ = ["DownloadError", "Remote", "fetch", "sha256"]

_TIMEOUT_SECONDS = 30


class DownloadError(RuntimeError):
    """A file could not be fetched, or is not the file that was meant."""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A file on a server and the SHA-256 of its content.

    Parameters
    ----------
    url : str
        Where it is.
    sha256 : str
        What it must be: 64 hexadecimal digits.
    """

    url: str
    sha256: str

    @property
    def name(self) -> str:
        """The last part of the URL."""
        return self.url.rsplit("/", 1)[-1]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(remote: Remote, folder: Path) -> Path:
    """Return the path of the file in `folder`, downloading it if it is not there.

    A file that is there is taken as it is: only what arrives over a network is checked. Two
    processes may fetch the same file at the same time.

    Parameters
    ----------
    remote : Remote
        What to fetch.
    folder : pathlib.Path
        Where to keep it; made if needed.

    Raises
    ------
    DownloadError
        If the server cannot be reached, the connection breaks, or the content is not what was
        meant.
    """
    path = folder / remote.name
    if path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _download(remote, path)
    except (OSError, URLError) as error:
        raise DownloadError(
            f"cannot download {remote.url} to {str(path)!r}: {error}. Fetch it "
            f"by hand into that folder, or set data_dir to a folder that holds it"
        ) from error


def _download(remote: Remote, path: Path) -> Path:
    # a name of its own per process, beside the target: renaming within one folder is atomic
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
        arriving = Path(part.name)
    try:
        _copy(remote, arriving)
        _verify(remote, arriving)
        return arriving.replace(path)
    finally:
        arriving.unlink(missing_ok=True)


def _copy(remote: Remote, target: Path) -> None:
    with urlopen(remote.url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - URLs are constants of ours
        size = int(answer.headers.get("Content-Length", 0)) or None
        with (
            target.open("wb") as file,
            tqdm.wrapattr(file, "write", total=size, desc=remote.name, leave=False) as counted,
        ):
            shutil.copyfileobj(answer, counted)


def _verify(remote: Remote, arrived: Path) -> None:
    found = sha256(arrived)
    if found != remote.sha256:
        raise DownloadError(
            f"{remote.url} is not the file that was meant: {arrived.stat().st_size} bytes arrived, "
            f"SHA-256 {found}, expected {remote.sha256}. The download broke off or the file was "
            f"changed; nothing was kept. Try again, or set data_dir to a folder that holds it"
        )
