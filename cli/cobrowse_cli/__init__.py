"""The one command, `cobrowse`."""
