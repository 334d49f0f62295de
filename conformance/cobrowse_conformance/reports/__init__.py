"""The reports: every one is made from a :class:`~..results.Run` and from nothing else.

:mod:`.summary` has the words that all of them share and :mod:`.timeline` the picture of a trace; then
each report is one module: :mod:`.terminal`, :mod:`.html_report`, :mod:`.json_report`, :mod:`.junit`,
:mod:`.markdown`, :mod:`.badge` and :mod:`.cucumber`.  :mod:`.comparison` puts several runs side by side;
:mod:`.traces` is what ``cobrowse check-trace`` shows of one trace.
"""

from .badge import write_badge
from .cucumber import write_messages
from .html_report import write_html
from .json_report import ReportError, read_json, write_json
from .junit import write_junit
from .markdown import write_markdown
from .terminal import Progress, print_run
from .traces import print_check

__all__ = [
    "Progress",
    "ReportError",
    "print_check",
    "print_run",
    "read_json",
    "write_badge",
    "write_html",
    "write_json",
    "write_junit",
    "write_markdown",
    "write_messages",
]
