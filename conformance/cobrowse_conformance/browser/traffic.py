"""Traffic: what goes over the network of both browsers of a pair, for the length of one story.

Order: what cannot be read, the traffic.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from cobrowse_spec.terms import Party

from .capture import BrowserCapture
from .site.addresses import Addresses


class Unread(Exception):
    """Something went over the network that cannot be read, so that silence there proves nothing."""


class Traffic:
    """What has left and reached each browser.  Synchronous: call it in the thread of the pair."""

    def __init__(self, captures: Mapping[Party, BrowserCapture], addresses: Addresses) -> None:
        self._captures = captures
        self._addresses = addresses

    def forget(self) -> None:
        """A new story begins."""
        for capture in self._captures.values():
            capture.settle()
            capture.reset()

    def carries(self, party: Party, text: str, *, leaving: bool) -> bool:
        """Whether a text was among what left a party's browser or reached it, in any encoding looked for.

        Raises :class:`Unread` where it was not found, and not everything can be read.
        """
        capture = self._captures[party]
        capture.settle()
        found = capture.sent(text) if leaving else capture.received(text)
        if not found and capture.blind:
            raise Unread(
                f"what the {party}'s browser exchanges cannot all be read: {', '.join(capture.blind)}"
            )
        return found

    def strangers(self, party: Party) -> list[str]:
        """The hosts of the test site's other companies that a party's browser has asked for something."""
        capture = self._captures[party]
        capture.settle()
        hosts = (urlsplit(url).netloc.rpartition("@")[2] for url in capture.asked)
        return [host for host in hosts if self._addresses.holds(host) and not self._addresses.is_own(host)]
