Feature: START, starting a session

  A customer who wants help presses the Co-browsing button of the company's site. The customer gets a
  session ID; an agent gets in with it, by itself in a chat, by typing it in during a call. Until an
  agent is in, nothing of the customer's page leaves the customer's browser.

  @START-1 @must @wire @browser
  Rule: Only the customer starts a session. No agent message creates one or invites to one.
    Source: S1.1

    @allowed
    Example: The customer presses the Co-browsing button
      Given a call between the customer and the agent
      When the customer starts a session
      Then the customer sees a session ID

    @refused
    Example: An agent tries to start a session
      Given a call between the customer and the agent
      When the agent starts a session
      Then the agent is refused by START-1 with "only_customer_starts"
      And the agent sees no session ID
      And the customer sees nothing at all

    @refused
    Example: An agent who is in a session tries to start another
      Given a session in Pointer Mode
      When the agent starts a session
      Then the agent is refused by START-1 with "only_customer_starts"
      And the customer sees nothing at all

  @START-2 @must @wire @browser
  Rule: Starting gives the customer a session ID: nine decimal digits, shown on screen.
    Source: S1.1, G

    @allowed
    Example: The ID is on the customer's screen
      Given a call between the customer and the agent
      When the customer starts a session
      Then the customer sees a session ID

    @refused
    Example: The ID is shown to the customer alone
      Given a call between the customer and the agent
      When the customer starts a session
      Then the customer sees a session ID
      And the agent sees no session ID

  @START-3 @must @wire @browser
  Rule: If the customer is in chat with an agent, the chat receives `{start:<id>}` and that agent's workspace joins by itself.
    Source: S1.1

    @allowed
    Example: The agent of the chat is in at once
      Given a chat between the customer and the agent
      When the customer starts a session
      Then the agent sees "{start:(session ID)}" in the chat
      And the agent sees that the session has started
      And the customer sees that the session has started

    @refused
    Example: In a call nobody joins by itself
      Given a call between the customer and the agent
      When the customer starts a session
      Then the agent sees no message in the chat
      And the agent does not see that the session has started

    @refused
    Example: An agent of another chat does not join
      Given a chat between the second customer and the second agent
      And a chat between the customer and the agent
      When the customer starts a session
      Then the agent sees that the session has started
      And the second agent sees nothing at all

  @START-4 @must @wire
  Rule: A `{start:…}` message counts only if it matches exactly, was posted by the system for the customer of that chat, and names a session of that chat.
    Typed by the agent, embedded in other text, or from another chat it does nothing; a repeat is
    harmless.

    Source: decided here
    Decision: The source shows the message and not who may write it. If anyone's text counted, an agent
    could bring a workspace into a session that its customer never meant for it.

    @allowed
    Example: The system's own message brings the agent in
      Given a pending chat session
      When the contact centre posts "{start:(session ID)}" in the chat as the system
      Then the agent sees that the session has started

    @allowed
    Example: A repeat is harmless
      Given a chat between the customer and the agent
      When the customer starts a session
      Then the agent sees that the session has started
      When the contact centre posts "{start:(session ID)}" in the chat as the system
      Then the agent sees a message in the chat
      And the agent does not see that the session has started
      And the customer sees nothing at all

    @refused
    Scenario Outline: Posted by <author>, it does nothing
      Given a pending chat session
      When the contact centre posts "{start:(session ID)}" in the chat as the <author>
      Then the agent sees a message in the chat
      And the agent does not see that the session has started
      And the customer does not see that the session has started

      Examples:
        | author     |
        | agent      |
        | customer   |
        | controller |

    @refused
    Scenario Outline: Not exactly the message, it does nothing
      Given a pending chat session
      When the contact centre posts "<text>" in the chat as the system
      Then the agent sees a message in the chat
      And the agent does not see that the session has started

      Examples:
        | text                                |
        | please {start:(session ID)}         |
        | {start:(session ID)} now            |
        | {start: (session ID)}               |
        | {START:(session ID)}                |
        | {start:(session ID with spaces)}    |
        | {start:000000000}                   |

    @refused
    Example: From another chat, it does nothing
      Given a pending chat session
      And a chat between the second customer and the agent
      When the contact centre posts "{start:(session ID)}" in the chat as the system
      Then the agent sees a message in the chat
      And the agent does not see that the session has started

    @refused
    Scenario Outline: No message of the <party>'s own link is one
      Given a session in Pointer Mode
      When the <party> posts "{start:(session ID)}" in the chat as the system
      Then the <party> is refused by START-4 with "wrong_party"

      Examples:
        | party    |
        | agent    |
        | customer |

  @START-5 @must @wire @browser
  Rule: Until an agent has joined, the session is pending and no page content, URL, title or pointer leaves for any agent.
    Source: G
    Decision: The customer has agreed to show the page to somebody, not yet to show it to nobody in
    particular.

    @allowed
    Example: When the agent joins, the page comes
      Given a pending session
      When the agent joins with the session ID
      Then the agent sees the customer's page
      And the agent receives content
      When the customer moves the pointer to 40, 60
      Then the agent sees the other's pointer at 40, 60

    @refused
    Example: While the session is pending, nothing leaves
      Given a call between the customer and the agent
      When the customer starts a session
      And the customer moves the pointer to 40, 60
      And the customer types "Ada Lovelace" into "name"
      Then the agent receives no content
      And the agent sees no page
      And the agent does not see the other's pointer
      And the agent sees nothing at all

    @refused @obeying @customer-end
    Example: The customer's own end sends nothing while the session is pending
      Given a call between the customer and the agent
      When the customer starts a session
      And the customer moves the pointer to 40, 60
      And the customer types "Ada Lovelace" into "name"
      Then the agent receives no content
      And the agent does not see the other's pointer
      And nothing that leaves the customer contains "Ada Lovelace"
      When the agent joins with the session ID
      Then something that leaves the customer contains "Ada Lovelace"

    @refused
    Scenario Outline: Before an agent has joined, "<act>" means nothing
      Given a pending session
      When the customer <act>
      Then the customer is refused by START-5 with "pending"

      Examples:
        | act                                                                                                |
        | returns to Pointer Mode                                                                            |
        | leaves the site                                                                                    |
        | comes back to the site                                                                             |
        | sends "{'id': 901, 'do': {'type': 'show_page', 'page': 'p1', 'url': 'https://bank.example/'}}" as it is |
        | sends "{'id': 902, 'do': {'type': 'report', 'act': 1}}" as it is                                   |
        | sends "{'id': 903, 'do': {'type': 'show_elements', 'page': 'p1', 'gone': ['7']}}" as it is         |

  @START-6 @must @wire
  Rule: A pending session ends by itself after a while. The customer can cancel it; no agent is told of it.
    The time is the timer `pending` (1,200 s by default), the reasons are `pending_timeout` and
    `cancelled`.

    Source: decided here
    Decision: An ID that is good for ever is an ID that can be guessed for ever.

    @allowed
    Example: The customer cancels
      Given a pending session
      When the customer cancels the session
      Then the customer sees that the session has ended: cancelled
      And the agent sees nothing at all

    @allowed
    Example: Nobody joins in time
      Given the policy "short pending"
      And a call between the customer and the agent
      When the customer starts a session
      Then when the pending time is over, the customer sees that the session has ended: pending_timeout
      And the agent sees nothing at all

    @allowed
    Example: An agent who has joined is told of the end
      Given a session in Pointer Mode
      When the customer exits the session
      Then the agent sees that the session has ended: customer_exit

    @refused
    Example: A session that an agent has joined cannot be cancelled any more
      Given a session in Pointer Mode
      When the customer cancels the session
      Then the customer is refused by START-6 with "already_joined"
      And the agent does not see that the session has ended

    @refused
    Example: A cancelled session cannot be joined
      Given a pending session
      When the customer cancels the session
      And the agent joins with the session ID
      Then the agent is refused by JOIN-6 with "no_such_session"

    @refused
    Example: Nor one that is suspended
      Given a suspended session
      When the customer cancels the session
      Then the customer is refused by START-6 with "already_joined"
      And the agent does not see that the session has ended

    @refused
    Example: The agent cannot cancel
      Given a session in Pointer Mode
      When the agent cancels the session
      Then the agent is refused by START-6 with "wrong_party"
      And the customer sees nothing at all

  @START-7 @must @wire
  Rule: IDs are unpredictable, unique among live sessions, and not issued again for 24 hours.
    A cryptographic generator draws them.

    Source: decided here
    Decision: Nine digits are few. They hold only if none can be told from those before it.

    @allowed
    Example: Many IDs, none alike
      Given the policy "standard"
      When 24 customers start sessions
      Then no two session IDs are alike and none follows from another

    @refused
    Example: An ID that has been used does not come back
      Given an ended session
      When the customer starts a session
      Then the customer sees a session ID
      And no two session IDs are alike and none follows from another

  @START-8 @must @wire
  Rule: A session belongs to one interaction, a chat or a call.
    A profile in which customers of a site may start without one is the optional capability `standalone`.

    Source: S1.1, S1.6, G

    @allowed
    Example: A session of a call
      Given a call between the customer and the agent
      When the customer starts a session
      Then the customer sees a session ID

    @allowed @capability:standalone
    Example: A session of nothing, where the site's policy has it
      Given the policy "standalone"
      And the customer's page is at "https://shop.example"
      When the customer starts a session
      Then the customer sees a session ID
      When the agent joins with the session ID
      Then the agent sees that the session has started
      And the agent sees the customer's page
      And the agent receives content

    @refused @absent
    Example: A session of nothing
      When the customer starts a session
      Then the customer is refused by START-8 with "no_interaction"
      And the customer sees no session ID

    @refused
    Example: A session of a call that is over
      Given a call between the customer and the agent
      When the contact centre ends the interaction
      And the customer starts a session
      Then the customer is refused by START-8 with "no_interaction"
      And the customer sees no session ID

    @refused
    Example: A second session of the same call
      Given a pending session
      When the customer starts a session
      Then the customer is refused by START-8 with "already_started"
      And the customer sees no session ID

    @refused
    Scenario Outline: A second session in the place of a <session>
      Given a <session>
      When the customer starts a session
      Then the customer is refused by START-8 with "already_started"
      And the customer sees no session ID

      Examples:
        | session                        |
        | session in Pointer Mode        |
        | session with a pending request |
        | session in Write Mode          |
        | suspended session              |
