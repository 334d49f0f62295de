Feature: JOIN, joining with the ID

  The agent types the session ID into the workspace, clicks the globe icon, and sees the page that the
  customer has open. Whoever has no valid ID learns nothing, not even why.

  @JOIN-1 @must @wire @browser
  Rule: The ID alone brings the agent to the customer's current page; the agent needs to navigate nowhere first.
    Source: S1.2

    @allowed
    Example: The agent sees the page that the customer has open
      Given the customer has "/rates" open
      And a pending session
      When the agent joins with the session ID
      Then the agent sees the page "https://bank.example/rates"
      And the agent receives content

    @refused
    Example: Without the ID the agent sees no page
      Given a pending session
      When the agent joins with the session ID "000000000"
      Then the agent is refused by JOIN-6 with "no_such_session"
      And the agent sees no page
      And the agent receives no content

  @JOIN-2 @must @wire @browser
  Rule: When the agent joins, the customer sees a notification that the co-browse session has started.
    The notification names the agent.

    Source: S1.2

    @allowed
    Example: The customer is told who has joined
      Given a pending session
      When the agent joins with the session ID
      Then the customer sees that "Ada" has joined

    @refused
    Example: An agent who does not get in is not announced
      Given a pending session
      When the agent joins with the session ID "000000000"
      Then the customer does not see that the session has started

    @allowed
    Example: So it is when the chat has brought the agent in
      Given a chat between the customer and the agent
      When the customer starts a session
      Then the customer sees that "Ada" has joined

  @JOIN-3 @must @wire @browser
  Rule: The agent joins in Pointer Mode, whatever any earlier session was in.
    Source: S1.3, G

    @allowed
    Example: A first session begins in Pointer Mode
      Given a pending session
      When the agent joins with the session ID
      Then the agent sees that the session has started
      When the agent types "Ada" into "name"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      When the agent requests Write Mode
      And the customer approves the request
      And the agent types "Ada" into "name"
      Then the customer sees its page changed by the agent

    @refused
    Example: Write Mode of an earlier session is not inherited
      Given a session in Write Mode
      When the customer exits the session
      And the customer starts a session
      And the agent joins with the session ID
      Then the agent sees that the session has started
      When the agent types "Ada" into "name"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

  @JOIN-4 @must @wire
  Rule: One agent to a session: a second agent is refused, and a session cannot be handed to another agent.
    There is no conference and no transfer; the reason is `session_full`.

    Source: S1.2, G

    @allowed
    Example: The first agent gets in
      Given a pending session
      When the agent joins with the session ID
      Then the agent sees that the session has started

    @refused
    Example: A second agent is refused
      Given a session in Pointer Mode
      And a call between the second customer and the second agent
      When the second agent joins with the session ID
      Then the second agent is refused by JOIN-4 with "session_full"
      And the second agent does not see that the session has started
      And the customer sees nothing at all

    @refused
    Example: The session cannot be transferred
      Given a session in Pointer Mode
      And a call between the second customer and the second agent
      When the agent transfers the session to "second agent"
      Then the agent is refused by JOIN-4 with "no_transfer"
      And the second agent sees nothing at all
      And the customer sees nothing at all

    @refused
    Scenario Outline: Nor into a <session>
      Given a <session>
      And a call between the second customer and the second agent
      When the second agent joins with the session ID
      Then the second agent is refused by JOIN-4 with "session_full"
      And the second agent does not see that the session has started
      When the agent transfers the session to "second agent"
      Then the agent is refused by JOIN-4 with "no_transfer"

      Examples:
        | session                        |
        | session with a pending request |
        | session in Write Mode          |
        | suspended session              |

    @refused
    Example: The customer is no agent
      Given a session in Pointer Mode
      When the customer joins with the session ID
      Then the customer is refused by JOIN-4 with "wrong_party"
      When the customer transfers the session to "second agent"
      Then the customer is refused by JOIN-4 with "wrong_party"

    @allowed
    Example: So does the agent of the chat, once
      Given a chat between the customer and the agent
      When the customer starts a session
      Then the agent sees that the session has started
      And the customer sees that the session has started

  @JOIN-5 @must @wire
  Rule: An agent is in one session at a time, unless administrators allow more.
    Source: G

    @allowed
    Example: After leaving one session the agent can join another
      Given a session in Pointer Mode
      When the agent exits the session
      Given a call between the second customer and the agent
      When the second customer starts a session
      And the agent joins with the session ID
      Then the agent sees that the session has started

    @refused
    Example: An agent in a session cannot join another
      Given a session in Pointer Mode
      And a call between the second customer and the agent
      When the second customer starts a session
      And the agent joins with the session ID
      Then the agent is refused by JOIN-5 with "agent_busy"
      And the second customer does not see that the session has started

    @refused
    Example: Nor does the chat bring a busy agent in
      Given a session in Pointer Mode
      And a chat between the second customer and the agent
      When the second customer starts a session
      Then the agent sees a message in the chat
      And the agent does not see that the session has started

  @JOIN-6 @must @wire @browser
  Rule: An ID that is unknown, expired, used or ended gets one and the same refusal.
    The message is the same, and nothing measurable tells which it was. The reason is
    `no_such_session`.

    Source: decided here
    Decision: Else session IDs can be probed. "Used" is an ID whose session has ended; a live session
    with an agent in it is refused as full (JOIN-4).

    @allowed
    Example: A good ID is good
      Given a pending session
      When the agent joins with the session ID
      Then the agent sees that the session has started

    @refused
    Example: Unknown, ended and cancelled are all alike
      Given a pending session
      When the customer cancels the session
      And the agent joins with the session ID
      Then the agent is refused by JOIN-6 with "no_such_session"
      When the agent joins with the session ID "000000000"
      Then the agent is refused by JOIN-6 with "no_such_session"
      When the agent joins with the session ID "not an ID"
      Then the agent is refused by JOIN-6 with "no_such_session"

    @refused
    Example: A used ID is no better than an unknown one
      Given an ended session
      When the agent joins with the session ID
      Then the agent is refused by JOIN-6 with "no_such_session"
      When the agent joins with the session ID "000000001"
      Then the agent is refused by JOIN-6 with "no_such_session"

    @refused
    Example: An expired ID is no better than an unknown one
      Given the policy "short pending"
      And a call between the customer and the agent
      When the customer starts a session
      Then when the pending time is over, the customer sees that the session has ended: pending_timeout
      When the agent joins with the session ID
      Then the agent is refused by JOIN-6 with "no_such_session"
      When the agent joins with the session ID "000000002"
      Then the agent is refused by JOIN-6 with "no_such_session"

  @JOIN-7 @should @wire @browser
  Rule: An ID may be entered with spaces or hyphens.
    Source: decided here
    Decision: People read long numbers aloud in groups, and write down what they hear.

    @allowed
    Scenario Outline: Written as <written>
      Given a pending session
      When the agent joins with the session ID "<written>"
      Then the agent sees that the session has started

      Examples:
        | written                   |
        | (session ID with spaces)  |
        | (session ID with hyphens) |

    @refused
    Scenario Outline: <written> is another number
      Given a pending session
      When the agent joins with the session ID "<written>"
      Then the agent is refused by JOIN-6 with "no_such_session"

      Examples:
        | written         |
        | (session ID)0   |
        | 0(session ID)   |
        | (session ID).   |

  @JOIN-8 @must @wire
  Rule: Guessing is throttled, for each agent, for each address and over all.
    The refusal says when to try again, and never locks out the rightful agent's valid ID for longer
    than its window.

    Source: decided here
    Decision: A thousand million IDs are soon tried where nobody counts. While it holds, the throttle
    refuses right and wrong IDs alike, else it would not hold back a guess that hits.

    @allowed
    Example: One who guesses does not lock out another
      Given a pending session
      And a call between the second customer and the second agent
      When the second agent guesses session IDs until it is throttled
      Then the second agent is refused by JOIN-8 with "throttled"
      When the agent joins with the session ID
      Then the agent sees that the session has started

    @allowed
    Example: After the window the right ID is good again
      Given a pending session
      When the agent guesses session IDs until it is throttled
      Then the agent is refused by JOIN-8 with "throttled"
      When the throttle time passes
      And the agent joins with the session ID
      Then the agent sees that the session has started

    @refused
    Example: While throttled, even the right ID is refused
      Given a pending session
      When the agent guesses session IDs until it is throttled
      And the agent joins with the session ID
      Then the agent is refused by JOIN-8 with "throttled"
      And the customer does not see that the session has started

  @JOIN-9 @must @wire @browser
  Rule: An exit is final: nobody can re-join a session that they or the other party exited.
    Source: G

    @allowed
    Example: For another look there is another session
      Given a session in Pointer Mode
      When the agent exits the session
      And the customer starts a session
      And the agent joins with the session ID
      Then the agent sees that the session has started

    @refused
    Scenario Outline: After the <party> has exited, the ID is worthless
      Given a session in Pointer Mode
      When the <party> exits the session
      And the agent joins with the session ID
      Then the agent is refused by JOIN-6 with "no_such_session"
      And the agent does not see that the session has started
      And the customer does not see that the session has started

      Examples:
        | party    |
        | agent    |
        | customer |

    @refused
    Scenario Outline: After the <party> has exited, a token is worthless
      Given a session in Pointer Mode
      When the <party> exits the session
      And the <party> comes back with its token
      Then the <party> is refused by STOP-5 with "session_ended"

      Examples:
        | party    |
        | agent    |
        | customer |
