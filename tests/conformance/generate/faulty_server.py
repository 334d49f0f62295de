"""The reference server with faults of the cast in it, as a process of its own: `python faulty_server.py NAME`.

A fault is a change of the machine, and stories are written by the machine too, so the two must not live in
one process.  Prints what `cobrowse serve --ready-json` prints, and stops when its standard input closes.
"""

import sys
from importlib.resources import as_file, files

from cobrowse_cli.faults.cast import CAST
from cobrowse_cli.faults.tools import Patch
from cobrowse_cli.main import main

if __name__ == "__main__":
    cast = {fault.name: fault for fault in CAST}
    with Patch() as patch, as_file(files("cobrowse_conformance") / "embedded.toml") as config:
        for name in sys.argv[1:]:
            cast[name].apply(patch)
        serving = ["serve", "--port", "0", "--config", str(config), "--journal", "memory"]
        main([*serving, "--ready-json", "--until-stdin-closes"])
