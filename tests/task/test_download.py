import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from lr_plugin.task.download import DownloadError, Remote, fetch, sha256

CONTENT = bytes(range(256)) * 1000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class BreaksOff(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:1000])

    def log_message(self, *_: object) -> None:
        pass


def serve(handler: object) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:  # type: ignore[arg-type] # a class or a partial of one
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "file.gz").write_bytes(CONTENT)
    yield from serve(partial(Quiet, directory=str(folder)))


@pytest.fixture
def broken() -> Iterator[str]:
    yield from serve(BreaksOff)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


def remote(base: str, content: bytes = CONTENT, name: str = "file.gz") -> Remote:
    return Remote(url=f"{base}/{name}", sha256=hashlib.sha256(content).hexdigest())


def test_a_file_arrives_whole_with_a_progress_bar_and_nothing_else_is_left(
    served: str, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = fetch(remote(served), target)
    assert path.read_bytes() == CONTENT
    assert sha256(path) == remote(served).sha256
    assert [file.name for file in target.iterdir()] == ["file.gz"]
    assert "file.gz" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_fetched_again(target: Path) -> None:
    target.mkdir(parents=True)
    (target / "file.gz").write_bytes(b"mine")
    unreachable = remote("http://127.0.0.1:9")
    assert fetch(unreachable, target).read_bytes() == b"mine"


def test_a_changed_file_is_refused_and_not_kept(served: str, target: Path) -> None:
    with pytest.raises(DownloadError, match="not the file that was meant: 256000 bytes arrived"):
        fetch(remote(served, content=b"something else"), target)
    assert list(target.iterdir()) == []


def test_a_download_that_breaks_off_leaves_nothing(broken: str, target: Path) -> None:
    with pytest.raises(DownloadError, match="1000 bytes arrived"):
        fetch(remote(broken), target)
    assert list(target.iterdir()) == []


def test_after_a_broken_download_the_next_one_succeeds(
    broken: str, served: str, target: Path
) -> None:
    with pytest.raises(DownloadError):
        fetch(remote(broken), target)
    assert fetch(remote(served), target).read_bytes() == CONTENT


def test_a_missing_file_and_an_unreachable_server_say_what_to_do(served: str, target: Path) -> None:
    for wrong in (remote(served, name="other.gz"), remote("http://127.0.0.1:9")):
        with pytest.raises(DownloadError, match=r"cannot download .* set data_dir"):
            fetch(wrong, target)
    assert list(target.iterdir()) == []
