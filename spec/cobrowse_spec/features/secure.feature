Feature: SECURE, who may do what

  Whoever is not known is nobody. Whatever is not understood is answered and changes nothing.

  @SECURE-1 @must @wire @browser
  Rule: Agents authenticate; without a valid credential nothing is accepted. Deny is the default.
    Source: decided here
    Decision: A session shows a customer's page; whoever sees it must be somebody.

    @allowed
    Example: An agent with its credential is welcome
      Given a pending session
      When the agent joins with the session ID
      Then the agent sees that the session has started

    @refused
    Example: Without signing in, nothing is accepted
      Given a pending session
      When the second agent connects without signing in
      And the second agent joins with the session ID
      Then the second agent is refused by SECURE-1 with "not_authenticated"
      And the second agent does not see that the session has started
      And the customer sees nothing at all

    @refused
    Example: A credential that is none
      Given a pending session
      When the second agent connects without signing in
      And the second agent signs in with "let me in"
      Then the second agent is refused by SECURE-1 with "not_authenticated"
      When the second agent joins with the session ID
      Then the second agent is refused by SECURE-1 with "not_authenticated"

  @SECURE-2 @must @wire
  Rule: A party's token binds it to one session and one role; used for another session or role it is refused.
    The reason is `wrong_token`.

    Source: G
    Decision: Else whoever has had one session has the key to all.

    @allowed
    Example: With its own token a party comes back
      Given a session in Pointer Mode
      When the link of the agent breaks
      And the agent comes back with its token
      Then the agent finds the session again

    @refused
    Example: The agent comes back with the customer's token
      Given a session in Pointer Mode
      When the agent comes back with the token of the customer
      Then the agent is refused by SECURE-2 with "wrong_token"

    @refused
    Example: The customer comes back with the agent's token
      Given a session in Pointer Mode
      When the customer comes back with the token of the agent
      Then the customer is refused by SECURE-2 with "wrong_token"

    @refused
    Example: Another agent comes with this agent's token
      Given a session in Pointer Mode
      And a call between the second customer and the second agent
      When the second agent comes back with the token of the agent
      Then the second agent is refused by SECURE-2 with "wrong_token"
      And the customer sees nothing at all

    @refused
    Scenario Outline: What is another role's: the <party> <act>
      Given a session in Pointer Mode
      When the <party> <act>
      Then the <party> is refused by SECURE-2 with "wrong_party"
      And the <other> sees nothing at all

      Examples:
        | party    | other    | act                                                                                                |
        | customer | agent    | ends the interaction                                                                               |
        | agent    | customer | ends the interaction                                                                               |
        | customer | agent    | stops the session                                                                                  |
        | agent    | customer | stops the session                                                                                  |
        | agent    | customer | sends "{'id': 901, 'do': {'type': 'report', 'act': 1}}" as it is                                   |
        | agent    | customer | sends "{'id': 902, 'do': {'type': 'show_page', 'page': 'p9', 'url': 'https://bank.example/'}}" as it is |
        | agent    | customer | sends "{'id': 903, 'do': {'type': 'show_elements', 'page': 'p9', 'gone': ['7']}}" as it is         |

  @SECURE-3 @must @wire @browser
  Rule: A socket opened from a page of a foreign origin is refused.
    Source: decided here
    Decision: Any page can open a socket to any server, with whatever the browser sends along.

    @allowed
    Example: From a page of the site
      Given a call between the customer and the agent
      When the customer starts a session
      Then the customer sees a session ID

    @refused
    Scenario Outline: From <origin>
      Given a call between the customer and the agent
      When the customer's page is at "<origin>"
      And the customer starts a session
      Then the customer is turned away
      And the agent sees nothing at all

      Examples:
        | origin                          |
        | https://evil.test               |
        | https://bank.example.evil.test  |
        | http://bank.example             |
        | https://bank.example:8443       |
        | null                            |

  @SECURE-4 @must @wire
  Rule: Malformed, oversized, unknown or out-of-turn messages get a clear error; the session, and every other session, goes on. Repeated abuse closes that link only.
    Source: decided here
    Decision: One broken client must not be able to break anything but its own link.

    @allowed
    Example: After an error all goes on
      Given a session in Pointer Mode
      When the agent sends "{" as it is
      Then the agent is refused by SECURE-4 with "malformed"
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode
      When the customer approves the request
      And the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

    @refused
    Scenario Outline: <what>
      Given a session in Pointer Mode
      When the agent sends "<text>" as it is
      Then the agent is refused by SECURE-4 with "<reason>"
      And the customer sees nothing at all

      Examples:
        | what                  | text                                              | reason       |
        | Not JSON              | hello                                             | malformed    |
        | Not a message         | [1, 2, 3]                                         | malformed    |
        | No number             | {'do': {'type': 'request'}}                       | malformed    |
        | A field too many      | {'id': 909, 'do': {'type': 'request', 'now': true}} | malformed    |
        | An unknown type       | {'id': 909, 'do': {'type': 'take_over'}}            | unknown_type |
        | A field of wrong type | {'id': 909, 'do': {'type': 'click', 'x': 'left'}}   | malformed    |

    @refused
    Example: Too much at once
      Given a session in Pointer Mode
      When the agent sends a message that is too large
      Then the agent is refused by SECURE-4 with "too_large"
      And the customer sees nothing at all

    @refused
    Example: Bytes that are no frame
      Given a session in Pointer Mode
      When the agent sends bytes that are no frame
      Then the agent is refused by SECURE-4 with "unknown_type"
      And the customer sees nothing at all

    @refused
    Example: Out of turn
      Given a call between the customer and the agent
      When the agent exits the session
      Then the agent is refused
      And the customer sees nothing at all

    @refused
    Example: Abuse closes that link alone
      Given a session in Pointer Mode
      And a call between the second customer and the second agent
      When the second agent sends nonsense until its link is closed
      Then the agent sees nothing at all
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @refused
    Scenario Outline: A customer who is there cannot come back: a <session>
      Given a <session>
      When the customer sends "{'id': 901, 'do': {'type': 'resume', 'token': 'none'}}" as it is
      Then the customer is refused by SECURE-4 with "out_of_turn"
      And the agent sees nothing at all

      Examples:
        | session                        |
        | pending session                |
        | session in Pointer Mode        |
        | session with a pending request |
        | session in Write Mode          |
        | suspended session              |

    @refused @customer-end
    Example: An element that there is not
      Given a session in Write Mode
      When the agent types "Graz" into "no such element"
      Then the agent is refused by SECURE-4 with "no_such_element"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: An element that has gone
      Given a session in Write Mode
      When the customer clicks "second-income"
      And the agent types "The mill" into "employer"
      Then the customer sees its page changed by the agent
      When the customer clicks "no-second-income"
      And the agent types "The forge" into "employer"
      Then the agent is refused by SECURE-4 with "no_such_element"
      And the customer sees its page unchanged

    @refused
    Example: Elements of a page that is there no more
      Given a session in Pointer Mode
      When the customer sends "{'id': 901, 'do': {'type': 'show_elements', 'page': 'p0', 'gone': ['7']}}" as it is
      Then the customer is refused by SECURE-4 with "stale"
      And the agent sees nothing at all

    @refused @customer-end
    Example: A page that is there no more
      Given a session in Write Mode
      When the agent sends "{'id': 901, 'do': {'type': 'scroll', 'page': 'p0', 'epoch': 4294967295, 'y': 400}}" as it is
      Then the agent is refused by SECURE-4 with "stale"
      And the customer sees its page unchanged

  @SECURE-5 @must @browser
  Rule: Nothing in a mirrored page runs in the agent's workspace, and the agent's browser makes no request to third parties because of it.
    Source: G
    Decision: A page that the customer has open may be hostile to whoever looks at it.

    @allowed
    Example: In the customer's own browser the page does what it does
      Given the customer has "/hostile" open
      And a session in Pointer Mode
      Then the customer sees a script of the page run
      And the customer sees its browser ask a third party

    @refused
    Example: In the agent's it runs nothing, and asks nobody
      Given the customer has "/hostile" open
      And a session in Pointer Mode
      Then the agent sees the customer's page
      And the agent receives content
      And the agent sees no script of the page run
      And the agent sees its browser ask no third party

    @refused
    Scenario Outline: Nor when the <party> uses it
      Given the customer has "/hostile" open
      And a session in Write Mode
      When the <party> clicks "more"
      Then the agent sees no script of the page run
      And the agent sees its browser ask no third party

      Examples:
        | party    |
        | customer |
        | agent    |

  @SECURE-6 @must @wire
  Rule: Error texts, logs, metrics and health pages show no page content, no token and no live session ID.
    Source: decided here
    Decision: What is written down is read by people whom nobody approved.

    @allowed
    Example: An error says what was wrong
      Given a session in Pointer Mode
      When the agent sends "{'id': 909, 'do': {'type': 'click', 'x': 'TOPSECRET'}}" as it is
      Then the agent is refused by SECURE-4 with "malformed"

    @refused
    Example: And not what was sent
      Given a session in Pointer Mode
      When the agent sends "{'id': 909, 'do': {'type': 'TOPSECRET'}}" as it is
      Then the agent is refused by SECURE-4 with "unknown_type"
      And nothing that the agent sees contains "TOPSECRET"

    @refused
    Example: Nor is a wrong ID repeated
      Given a pending session
      When the agent joins with the session ID "TOPSECRET"
      Then the agent is refused by JOIN-6 with "no_such_session"
      And nothing that the agent sees contains "TOPSECRET"
