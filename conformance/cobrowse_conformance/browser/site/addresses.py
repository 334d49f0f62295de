"""The addresses that stories speak of, and where they are on this machine.

Stories are told on `https://bank.example` and on other names under `.example` and `.test`.  Here each of them is the
same name under `.localhost`, which browsers take for this machine by themselves, without any set-up, and take for
secure; so look-alikes, subdomains and user names keep the shape by which they deceive.

Order: the addresses, hosts, texts with addresses in them.
"""

import re
from typing import Final, NamedTuple

#: The names that browsers take for this machine by themselves.
TOP: Final = "localhost"

#: An address: its scheme, what comes before the path, and the rest.
_ADDRESS: Final = re.compile(
    r"^(?P<before>(?:blob|view-source):)?(?P<scheme>https?)://(?P<place>[^/?#\\]*)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
#: The last part of a made-up name; it stands in the midst of look-alikes, too.
_MADE_UP: Final = re.compile(r"(?<=\.)(example|test)(?=\.|$)", re.IGNORECASE)
#: An origin in a policy.
_ORIGIN: Final = re.compile(r"https://(?P<host>(?:\*\.)?(?:[a-z0-9-]+\.)+example)\b")
#: The ports that the stories' origins have without saying so.
_DEFAULT: Final = frozenset({"", "443"})

#: The company's own names: its site, which policies allow, and the shop that has a policy of its own.
_OWN: Final = re.compile(rf"(?:bank|shop|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.branches\.bank)\.{TOP}")

#: What the suite's pages have beside what stories speak of, and what is masked, secret, a placeholder, inert and allowed of it.
PAGE_RULE: Final = """
[[pages]]
path = "*"
mask = [".private"]
secret = [".secret"]
block = [".blocked"]
disable = [".disabled"]
allow_submit = [".allowed"]
"""


class Addresses(NamedTuple):
    """Where the site is: the port of the company's own origin, and one that is another origin for every name."""

    port: int
    other_port: int

    @property
    def url(self) -> str:
        """The company's own origin."""
        return f"http://bank.{TOP}:{self.port}"

    @property
    def elsewhere(self) -> str:
        """The origin of another company's site."""
        return f"http://partner.{TOP}:{self.port}"

    def here(self, url: str) -> str:
        """An address of the stories as it is on this machine; what is none is left as it is.

        Another port stays another one, and so does another scheme; names of users, dots and capitals stay.
        """
        if url.startswith("/"):
            return self.url + url
        found = _ADDRESS.match(url)
        if found is None:
            return url
        user, at, host = found["place"].rpartition("@")
        name, _, port = host.partition(":")
        scheme = "http" if found["scheme"].lower() == "https" else "https"
        here = f"{_local(name)}:{self.port if port in _DEFAULT else self.other_port}"
        user = f"{_local(user)}:{self.port}" if at else ""
        rest = found["rest"].replace("https://", "http://")
        rest = re.sub(r"bank\.example", f"bank.{TOP}:{self.port}", rest)
        return f"{found['before'] or ''}{scheme}://{user}{at}{here}{rest}"

    def told(self, url: str) -> str:
        """An address of the company's site as stories tell it; any other is left as it is."""
        found = _ADDRESS.match(url)
        if (
            found is None
            or found["before"]
            or found["scheme"] != "http"
            or not self.is_own(found["place"].lower())
        ):
            return url
        name = found["place"].rpartition(":")[0]
        return f"https://{name.removesuffix(TOP)}example{found['rest']}"

    def is_own(self, host: str) -> bool:
        """Whether a `Host` header, with its port, names the company's own site."""
        name, _, port = host.partition(":")
        return port == str(self.port) and _OWN.fullmatch(name) is not None

    def holds(self, host: str) -> bool:
        """Whether a host with its port is any of this site's, the company's or not."""
        name, _, port = host.lower().rpartition(":")
        return port in (str(self.port), str(self.other_port)) and name.rstrip(".").endswith(f".{TOP}")

    def policy(self, text: str) -> str:
        """One of the suite's policies, in TOML, for this site: with its origins, and with what its pages add."""
        return self.text(text) + PAGE_RULE

    def text(self, text: str) -> str:
        """A text with the origins of this machine in place of the stories'."""
        return _ORIGIN.sub(lambda found: f"http://{_local(found['host'])}:{self.port}", text)


def _local(name: str) -> str:
    """A made-up name as one of this machine's, in the same case."""
    return _MADE_UP.sub(lambda found: TOP.upper() if found[0].isupper() else TOP, name)
