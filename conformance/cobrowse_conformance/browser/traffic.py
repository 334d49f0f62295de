"""Traffic: what goes over the network of both browsers of a pair, for the length of one story.

A text is looked for as :mod:`..tap` looks for it.  What the test site itself serves and is sent is no
traffic of the product's.

Order: the traffic.
"""

import base64
import json
from typing import Any

from cobrowse_simulator.browsers.chromium import Browser
from cobrowse_spec.terms import Party

from ..tap import encodings
from .site.addresses import Addresses


class Traffic:
    """What has left and reached each browser.  Synchronous: call it in the thread of the pair."""

    def __init__(self, browsers: dict[Party, Browser], addresses: Addresses) -> None:
        self._browsers = browsers
        self._addresses = addresses
        self._sent: dict[Party, list[bytes]] = {party: [] for party in browsers}
        self._received: dict[Party, list[bytes]] = {party: [] for party in browsers}
        self._asked: dict[Party, list[str]] = {party: [] for party in browsers}

    def forget(self) -> None:
        """A new story begins."""
        for party in self._browsers:
            self._gather(party)
            self._sent[party].clear()
            self._received[party].clear()
            self._asked[party].clear()

    def carries(self, party: Party, text: str, *, leaving: bool) -> bool:
        """Whether a text was among what left a party's browser or reached it, in any encoding looked for."""
        self._gather(party)
        messages = (self._sent if leaving else self._received)[party]
        forms = list(encodings(text))
        return any(form in message for message in messages for form in forms)

    def strangers(self, party: Party) -> list[str]:
        """The hosts of the test site's other companies that a party's browser has asked for something."""
        self._gather(party)
        return [host for host in self._asked[party] if self._is_stranger(host)]

    def _is_stranger(self, host: str) -> bool:
        return self._addresses.holds(host) and not self._addresses.is_own(host)

    def _gather(self, party: Party) -> None:
        entries: list[dict[str, Any]] = self._browsers[party].driver.get_log("performance")  # type: ignore[no-untyped-call]
        for entry in entries:
            event = json.loads(entry["message"])["message"]
            self._take(party, event["method"], event["params"])

    def _take(self, party: Party, method: str, params: dict[str, Any]) -> None:
        if method == "Network.webSocketFrameSent":
            self._sent[party].append(_payload(params))
        elif method == "Network.webSocketFrameReceived":
            self._received[party].append(_payload(params))
        elif method == "Network.requestWillBeSent":
            request = params["request"]
            host = str(request["url"]).partition("://")[2].partition("/")[0]
            self._asked[party].append(host)
            if not self._addresses.holds(host):
                self._sent[party].append(str(request["url"]).encode())
                self._sent[party].append(str(request.get("postData", "")).encode())


def _payload(params: dict[str, Any]) -> bytes:
    response = params["response"]
    data = str(response["payloadData"])
    if response["opcode"] != 2:
        return data.encode()
    return base64.b64decode(data)
