"""The REST part of the protocol: what a contact centre and its administrators need.

Every path but :data:`ABOUT` and :data:`HEALTH` asks for the controller's key, as
``Authorization: Bearer <key>``.  Bodies are JSON, policies are TOML.  An error is
``{"reason": …, "message": …}``, for a policy with ``"line"`` as well.

====== ================================= =========================== ==============================
Verb   Path                              Body                        Answer
====== ================================= =========================== ==============================
GET    /v1/about                         --                          200 :class:`About`
GET    /v1/health                        --                          200 ``{"status": "ok"}``
PUT    /v1/policies/<name>               TOML                        200 :class:`PolicyKept`; 422
GET    /v1/policies/<name>               --                          200 TOML; 404
POST   /v1/agents                        :class:`NewAgent`           201 :class:`AgentMade`
DELETE /v1/agents/<agent>                --                          204; 404
POST   /v1/interactions                  :class:`NewInteraction`     201 :class:`InteractionMade`
GET    /v1/interactions/<interaction>    --                          200 :class:`InteractionShown`
GET    /v1/interactions/<id>/receipt     --                          200 JSON lines (:mod:`..receipt`); 404
POST   /v1/interactions/<id>/messages    :class:`NewMessage`         204; 404
POST   /v1/interactions/<id>/stop        --                          204; 404
POST   /v1/interactions/<id>/end         --                          204; 404
====== ================================= =========================== ==============================

The receipt is that of the interaction's latest session; while that goes on it has no seal (RECORD-1).
"""

from typing import Final

import msgspec

from ..policy import Timers
from ..terms import EndReason, InteractionKind, Party

ABOUT: Final = "/v1/about"
HEALTH: Final = "/v1/health"
POLICIES: Final = "/v1/policies"
AGENTS: Final = "/v1/agents"
INTERACTIONS: Final = "/v1/interactions"

#: The media type of a receipt.
RECEIPT_TYPE: Final = "application/jsonl"


class ThrottleLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many wrong session IDs are let through in a window before joins are refused (JOIN-8)."""

    per_agent: int = 5
    per_address: int = 20
    overall: int = 200
    #: Seconds after which a wrong guess is forgotten.
    window_s: float = 60.0


class About(msgspec.Struct, frozen=True):
    """What a server says of itself: the declarations that it is judged by."""

    protocol: str
    server: str
    version: str
    #: The optional capabilities that policies can switch on: `standalone`, `scoped_grants`, `curtain`.
    capabilities: tuple[str, ...]
    #: The timing profile of the default policy.
    timers: Timers
    throttle: ThrottleLimits


class PolicyKept(msgspec.Struct, frozen=True):
    """A policy was read and is in force; ``timers`` is the timing profile that it declares."""

    name: str
    timers: Timers


class NewAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agent to be made; ``name`` is what customers see."""

    name: str


class AgentMade(msgspec.Struct, frozen=True):
    """An agent and its credential, which is shown this once."""

    agent: str
    credential: str


class NewInteraction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chat or call between a customer and an agent (by ID)."""

    kind: InteractionKind
    agent: str = ""
    policy: str = "default"


class InteractionMade(msgspec.Struct, frozen=True):
    """The interaction, and what the customer's page starts a session with."""

    interaction: str
    customer_token: str


class InteractionShown(msgspec.Struct, frozen=True):
    """An interaction and its session: the record (STOP-6).  No session ID, no content."""

    interaction: str
    kind: InteractionKind
    open: bool
    #: The session's state; empty where there has been none.
    session: str = ""
    end_reason: EndReason | None = None


class NewMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chat message to be posted, as whom."""

    author: Party
    text: str
