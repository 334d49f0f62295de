"""The lobby: what lies before a session: agents and their credentials, chats and calls.

Credentials and tokens are kept only as hashes.  They are 256 random bits each, so a fast hash is
enough: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from cobrowse_spec.terms import EndReason, InteractionKind

#: Bytes of randomness in a credential, a token or a key.
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A credential or token, to be shown once."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_secret(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def is_secret(given: str, kept: bytes) -> bool:
    """Whether this is the secret whose hash is kept; takes the same time whatever is given."""
    return hmac.compare_digest(hash_secret(given), kept)


class Agent(msgspec.Struct, frozen=True):
    """Someone who may sign in as an agent."""

    agent: str
    #: What customers see.
    name: str


class Interaction(msgspec.Struct, eq=False):
    """A chat or call, open or over.  At most one live session belongs to it (START-8)."""

    interaction: str
    kind: InteractionKind
    #: The agent who handles it; None where none was named.
    agent: Agent | None
    policy_name: str
    #: The hash of what the customer's page starts a session with.
    token: bytes
    open: bool = True
    #: The key of its latest session; empty where there has been none.
    session_key: str = ""
    #: What became of that session, for the record.
    session_state: str = ""
    end_reason: EndReason | None = None
    #: That session's receipt, once it is sealed (RECORD-1).
    receipt: str = ""
    #: The text of the system's start message, where one was posted for that session (START-3).
    start_message: str = ""
    #: When it was over, on the server's clock; None while it is open.
    over_at: float | None = None

    @property
    def name(self) -> str:
        """What its record is found by."""
        return self.interaction


class Lobby:
    """Agents and interactions, found by what they prove themselves with."""

    def __init__(self, name: Callable[[int], str] = secrets.token_hex) -> None:
        #: Makes names from so many bytes; nobody proves anything with a name.
        self._name = name
        self._agents: dict[str, tuple[Agent, bytes]] = {}
        self._by_credential: dict[bytes, Agent] = {}
        self._interactions: dict[str, Interaction] = {}
        self._by_token: dict[bytes, Interaction] = {}
        self._chats: dict[str, dict[str, Interaction]] = {}

    def add_agent(self, name: str) -> tuple[Agent, str]:
        """A new agent and its credential, which is shown this once."""
        agent = Agent(f"agent-{self._name(6)}", name)
        credential = new_secret()
        self.restore_agent(agent, hash_secret(credential))
        return agent, credential

    def restore_agent(self, agent: Agent, credential: bytes) -> None:
        """An agent that was here before, and the hash of its credential."""
        self._agents[agent.agent] = agent, credential
        self._by_credential[credential] = agent

    def remove_agent(self, agent_id: str) -> Agent | None:
        """Make the agent's credential worthless; None where there is no such agent."""
        agent, kept = self._agents.pop(agent_id, (None, b""))
        self._by_credential.pop(kept, None)
        return agent

    def agent(self, agent_id: str) -> Agent | None:
        """The agent of this ID."""
        return self._agents.get(agent_id, (None, b""))[0]

    def agent_with(self, credential: str) -> Agent | None:
        """The agent whose credential this is.

        Found by its hash, which nobody can choose: how long it takes says nothing of the credential.
        """
        return self._by_credential.get(hash_secret(credential))

    def open_interaction(
        self, kind: InteractionKind, agent: Agent | None, policy_name: str
    ) -> tuple[Interaction, str]:
        """A new chat or call, and what the customer's page starts a session with."""
        token = new_secret()
        name = f"interaction-{self._name(8)}"
        interaction = Interaction(name, kind, agent, policy_name, hash_secret(token))
        self.restore_interaction(interaction)
        return interaction, token

    def restore_interaction(self, interaction: Interaction) -> None:
        """A chat or call that was here before."""
        self._interactions[interaction.interaction] = interaction
        if not interaction.open:
            return
        self._by_token[interaction.token] = interaction
        if interaction.kind is InteractionKind.CHAT and interaction.agent is not None:
            self._chats.setdefault(interaction.agent.agent, {})[interaction.interaction] = interaction

    def close(self, interaction: Interaction) -> None:
        """The chat or call is over: no session can be started from it any more."""
        interaction.open = False
        self._by_token.pop(interaction.token, None)
        if interaction.agent is not None:
            chats = self._chats.get(interaction.agent.agent, {})
            chats.pop(interaction.interaction, None)
            if not chats:
                self._chats.pop(interaction.agent.agent, None)

    def forget(self, interaction: Interaction) -> None:
        """Keep no record of it any longer."""
        self._interactions.pop(interaction.interaction, None)

    def interactions(self) -> list[Interaction]:
        """All interactions, open or over."""
        return list(self._interactions.values())

    def interaction(self, interaction_id: str) -> Interaction | None:
        """The interaction of this ID, open or over."""
        return self._interactions.get(interaction_id)

    def interaction_with(self, customer_token: str) -> Interaction | None:
        """The open interaction that this token was given out for."""
        return self._by_token.get(hash_secret(customer_token))

    def chats_of(self, agent: Agent) -> list[Interaction]:
        """The open chats that this agent handles, oldest first."""
        return list(self._chats.get(agent.agent, {}).values())
