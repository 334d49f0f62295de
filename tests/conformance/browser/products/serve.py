"""Serves the pages of this folder on a free port; says so in one line of JSON; stops when its standard input closes.

Run by the profiles beside it, from the root of the project.
"""

import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from typing_extensions import override


class _Pages(SimpleHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


def main() -> None:
    """Serve until standard input closes."""
    pages = partial(_Pages, directory=str(Path(__file__).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)  # noqa: T201 -- the ready line
        sys.stdin.read()
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    main()
