"""``python -m cobrowse_cli.faults.broken_client FOLDER -- serve …``: the server, with the web client of this folder.

For faults of the web client (:mod:`.web_cast`), which are built into folders of their own.  Everything after ``--`` is
what ``cobrowse`` takes.  With ``--bare`` before the folder the view's page has no Content-Security-Policy.
"""

import sys
from pathlib import Path

from cobrowse_server import pages, serve
from cobrowse_server.bundle import read_bundle

from ..main import main
from .tools import Patch
from .web_build import BARE


def run(arguments: list[str]) -> None:
    """Serve that web client, and exit."""
    split = arguments.index("--")
    broken = read_bundle(Path(next(one for one in arguments[:split] if one != BARE)))
    with Patch() as patch:
        patch.setattr(serve, "read_bundle", lambda: broken)
        if BARE in arguments[:split]:
            patch.setattr(pages, "_view_headers", lambda origins: ())
        main(arguments[split + 1 :])


if __name__ == "__main__":
    run(sys.argv[1:])
