"""The web client as it was built: its files, read into memory once, and what each is served with.

What is not in memory cannot be served, so no address leads out of the folder.  Knows no web framework.
"""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

#: What to do where the folder is empty: a checkout that nobody has built; wheels carry it.
NOT_BUILT: Final = (
    "The web client is not built: run `make web` in the project's folder, then start the server again."
)

#: The media types of what the build leaves in the folder; anything else there is not served.
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
#: Bodies below this many bytes are not worth compressing.
_WORTH_COMPRESSING_BYTES: Final = 1024


class Representation(NamedTuple):
    """One body that a file can be sent as."""

    body: bytes
    etag: str


class Asset:
    """One file of the web client."""

    def __init__(self, media_type: str, body: bytes) -> None:
        self.media_type = media_type
        self._tag = hashlib.sha256(body).hexdigest()[:24]
        self.plain = Representation(body, f'"{self._tag}"')

    @cached_property
    def gzipped(self) -> Representation | None:
        """The same compressed with gzip, when it is first asked for; None where that is not worth it."""
        body = self.plain.body
        if len(body) < _WORTH_COMPRESSING_BYTES:
            return None
        return Representation(gzip.compress(body, mtime=0), f'"{self._tag}-gz"')


def read_bundle(folder: Traversable | None = None) -> Mapping[str, Asset]:
    """The web client's files by name; none where it has not been built."""
    folder = files("cobrowse_server") / "static" if folder is None else folder
    if not folder.is_dir():
        return {}
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {
        file.name: Asset(media_type, file.read_bytes())
        for file in found
        if file.is_file() and (media_type := _MEDIA_TYPES.get(_suffix(file.name)))
    }


def fill_in(page: Asset, values: Mapping[str, Iterable[str]]) -> Asset:
    """The page with these contents in those of its ``<meta name=… content="">`` that ask for them."""
    text = page.plain.body.decode()
    for name, contents in values.items():
        head = f'<meta name="{name}" content="'
        text = text.replace(f'{head}">', f'{head}{" ".join(contents)}">')
    return Asset(page.media_type, text.encode())


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]
