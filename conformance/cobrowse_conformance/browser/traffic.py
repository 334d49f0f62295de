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
        """Whether a text was among what left a party's browser or reached it, in any encoding looked for."""
        capture = self._captures[party]
        capture.settle()
        return capture.sent(text) if leaving else capture.received(text)

    def see_that_all_was_read(self, party: Party) -> None:
        """Raises :class:`Unread` where not everything that a party's browser exchanged can be read."""
        blind = self._captures[party].blind
        if blind:
            raise Unread(f"what the {party}'s browser exchanges cannot all be read: {', '.join(blind)}")

    def strangers(self, party: Party) -> list[str]:
        """The hosts of the test site's other companies that a party's browser has asked for something."""
        capture = self._captures[party]
        capture.settle()
        hosts = (urlsplit(url).netloc.rpartition("@")[2] for url in capture.asked)
        return [host for host in hosts if self._addresses.holds(host) and not self._addresses.is_own(host)]
