"""Builds the web client with something wrong in it, into a folder of its own.

That takes Node, and the sources beside this package: a checkout has them, a wheel has not.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from .web_cast import Edit, WebFault

#: The web client's sources, in a checkout.
WEB: Final = Path(__file__).parents[3] / "reference_server" / "web"

#: Asks :mod:`.broken_client` for a view without a Content-Security-Policy.
BARE: Final = "--bare"

#: Seconds that a build may take on a loaded machine.
BUILD_TIMEOUT_S: Final = 60.0


class CannotBuild(Exception):
    """There is nothing to build from, or with; or the fault does not apply.  Says what to do."""


def build_web_client(fault: WebFault, folder: Path) -> None:
    """Build the web client with this fault into a folder, which is made; raises :class:`CannotBuild`."""
    if not (WEB / "node_modules").is_dir():
        raise CannotBuild("faults of the web client are built from its sources: run `make web` in a checkout")
    node = shutil.which("node")
    if node is None:
        raise CannotBuild("faults of the web client take Node 20 or newer")
    command = [node, "tools/build.mjs", "--out", str(folder.absolute()), "--fault", "--"]
    edits = (Edit(fault.file, fault.text, fault.instead), *fault.also)
    try:
        subprocess.run(  # noqa: S603 -- our own build script, and texts of our own list
            [*command, *(text for edit in edits for text in edit)],
            cwd=WEB,
            check=True,
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        raise CannotBuild(f"{fault.name}: {error.stderr.strip()[:500]}") from None
