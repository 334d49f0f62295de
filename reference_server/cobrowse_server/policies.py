"""Policies by name, as administrators put them (MASK-11)."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from cobrowse_spec.policy import Policy, is_on_site, parse_policy

#: The policy of interactions that name none, and of sessions without one.
DEFAULT: Final = "default"


class Kept(NamedTuple):
    """A policy in force, and the text that it was read from."""

    policy: Policy
    text: str


class Policies:
    """The policies in force.  Without any, the default one denies everything."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._kept: dict[str, Kept] = {DEFAULT: Kept(Policy(), "")}
        #: What the settings say, whatever has been put since.
        self.settings: Mapping[str, str] = dict(texts or {})
        for name, text in self.settings.items():
            self.put(name, text)

    def put(self, name: str, text: str) -> Policy:
        """Read a policy and put it in force.

        Raises ``PolicyError`` with the line at fault; the last good one then stays (MASK-11).
        """
        policy = parse_policy(text)
        self._kept[name] = Kept(policy, text)
        return policy

    def get(self, name: str) -> Policy | None:
        """The policy of this name; None where there is none."""
        kept = self._kept.get(name)
        return None if kept is None else kept.policy

    def of_site(self, origin: str) -> str:
        """The policy of sessions without a chat or call that are started from a page of this origin (START-8).

        The default one, or else the first by name, of those that have `standalone`; empty where none has.
        """
        names = sorted(self._kept, key=lambda name: (name != DEFAULT, name))
        found = (name for name in names if self._kept[name].policy.standalone)
        return next((name for name in found if is_on_site(self._kept[name].policy, origin)), "")

    def text(self, name: str) -> str | None:
        """What the policy was read from; None where there is none."""
        kept = self._kept.get(name)
        return None if kept is None else kept.text

    def __iter__(self) -> Iterator[Policy]:
        return (kept.policy for kept in self._kept.values())

    def any_covers(self, origin: str) -> bool:
        """Whether some policy's site has this origin (SECURE-3)."""
        return any(is_on_site(policy, origin) for policy in self)
