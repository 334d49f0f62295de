"""Records: what a server keeps besides the course of its sessions, and what it may keep of a deed.

Agents, chats and calls, policies that were put by REST, session IDs at rest.  Of credentials and
tokens: hashes.  Of a deed: what the rulebook's ``step`` goes by, and no more (:func:`for_the_record`).
"""

import re
from typing import Final

import msgspec
from cobrowse_spec import actions as do
from cobrowse_spec.actions import AnyAction, Deed
from cobrowse_spec.policy import Policy, is_on_site
from cobrowse_spec.session import start_message
from cobrowse_spec.terms import SESSION_ID_DIGITS, Party
from msgspec.structs import replace

from .lobby import Agent, Interaction


class AgentRecord(msgspec.Struct, frozen=True):
    """Someone who may sign in as an agent, and the hash of the credential."""

    agent: Agent
    credential: bytes

    @property
    def name(self) -> str:
        """What it is found by."""
        return self.agent.agent


class PolicyRecord(msgspec.Struct, frozen=True):
    """A policy that was put by REST."""

    name: str
    text: str
    #: The hash of what the settings said of this name at that time: settings that have been changed
    #: since are the later decision, and win.
    instead_of: bytes


class RestingId(msgspec.Struct, frozen=True):
    """An ID that is not issued again before this moment (START-7)."""

    name: str
    until: float


#: What is kept, each by its ``name``.  A chat or call is kept as it is.
Record = AgentRecord | Interaction | PolicyRecord | RestingId

_START_MESSAGE: Final = re.compile(
    re.escape(start_message("0")).replace("0", f"[0-9]{{{SESSION_ID_DIGITS}}}")
)


def for_the_record(deed: Deed, policy: Policy) -> Deed:
    """The deed without what parties typed, said or browsed: ``step`` makes the same session of it.

    No text that an agent typed into the customer's page, no message of the chat, no token, no address
    of another site (SITE-3), no query or fragment of any (RECORD-2), no party's own marks.
    """
    action = _bare(deed.action, policy)
    if deed.by is Party.CUSTOMER and isinstance(action, do.Act):  # whatever it names, nothing goes by it
        action = replace(action, element="", page="")
    return deed if action is deed.action else replace(deed, action=action)


def _bare(action: AnyAction, policy: Policy) -> AnyAction:
    if isinstance(action, do.Type | do.Choose):
        return replace(action, value="")
    if isinstance(action, do.PressKey) and len(action.key) == 1:  # a letter of a text, not a key's name
        return replace(action, key="")
    if isinstance(action, do.OpenUrl | do.ShowPage):
        return replace(action, url=_plain(action.url) if is_on_site(policy, action.url) else "")
    if isinstance(action, do.Say) and not _START_MESSAGE.fullmatch(action.text):
        return replace(action, text="")
    if isinstance(action, do.Fence):
        return do.Fence("")
    if isinstance(action, do.Start):
        return do.Start()
    if isinstance(action, do.Resume):
        return do.Resume()
    return do.Transfer("") if isinstance(action, do.Transfer) else action


def _plain(url: str) -> str:
    """The address without query and fragment."""
    return url.partition("#")[0].partition("?")[0]
