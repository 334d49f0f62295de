"""``python -m cobrowse_cli``: the same as ``cobrowse``."""

from .main import main

main()
