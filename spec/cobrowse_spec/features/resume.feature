Feature: RESUME, broken links, reloads, restarts

  Links break and pages reload. Neither is an exit: the session waits, and the party that comes back finds
  it as it is.

  @RESUME-1 @must @wire @browser
  Rule: A reload or a lost link is no exit: the session waits and the party resumes with its own token; then it is over.
    The times are the timers `customer_link` (120 s by default) and `agent_link` (60 s), the reasons
    `customer_lost` and `agent_lost`. While the customer is off the site, the timer `off_site` takes the place of
    `customer_link` (SITE-4).

    Source: decided here
    Decision: That a session is gone after a reload is the commonest complaint about such systems.

    @allowed
    Scenario Outline: The <party> comes back
      Given a session in Pointer Mode
      When the link of the <party> breaks
      And the <party> comes back with its token
      Then the <party> finds the session again
      And the <party> sees that the session has resumed
      And the <party> does not see that the session has ended

      Examples:
        | party    |
        | customer |
        | agent    |

    @allowed
    Example: A customer whose session is pending comes back to it
      Given a pending session
      When the link of the customer breaks
      And the customer comes back with its token
      Then the customer finds the session again
      When the agent joins with the session ID
      Then the agent sees that the session has started

    @refused
    Example: The customer stays away for too long
      Given the policy "short waits"
      And a session in Pointer Mode
      When the link of the customer breaks
      Then when the customer link time is over, the agent sees that the session has ended: customer_lost
      When the customer comes back with its token
      Then the customer is refused by STOP-5 with "session_ended"

    @refused
    Example: The agent stays away for too long
      Given the policy "short waits"
      And a session in Pointer Mode
      When the link of the agent breaks
      Then when the agent link time is over, the customer sees that the session has ended: agent_lost
      When the agent comes back with its token
      Then the agent is refused by STOP-5 with "session_ended"

    @refused
    Example: Who has lost no link has none to take up
      Given a session in Pointer Mode
      When the customer sends "{'id': 901, 'do': {'type': 'resume', 'token': 'none'}}" as it is
      Then the customer is refused by SECURE-4 with "out_of_turn"
      And the agent sees nothing at all

    @allowed @race
    Example: Whoever comes back at the last moment is back, or too late
      Given the policy "short waits"
      And a session in Pointer Mode
      When the link of the customer breaks
      And the customer link time passes
      And at the same moment, the customer comes back with its token
      Then either the agent sees that the session has resumed, or the agent sees that the session has ended: customer_lost
      And either the customer finds the session again, or the customer is refused by STOP-5 with "session_ended"

    @refused
    Example: A customer who stays away while the session is pending finds it ended
      Given the policy "short waits"
      And a pending session
      When the link of the customer breaks
      And the customer link time passes
      And half of the customer link time passes
      And the customer comes back with its token
      Then the customer is refused by STOP-5 with "session_ended"
      And the receipt of the session says "the session ended: customer_lost"

    @allowed
    Scenario Outline: A link that is lost off the site is lost as well: the <party>'s
      Given a suspended session
      When the link of the <party> breaks
      And the <party> comes back with its token
      Then the <party> finds the session again

      Examples:
        | party    |
        | customer |
        | agent    |

    @allowed
    Example: The customer's page reloads
      Given a session in Pointer Mode
      When the customer announces that its page reloads
      And the link of the customer breaks
      And the customer comes back with its token
      Then the customer finds the session again
      And the agent does not see that the session has ended
      When the customer types "Ada Lovelace" into "name"
      Then the agent sees "Ada Lovelace" in "name"

  @RESUME-2 @must @wire
  Rule: Resuming brings the full current state; every notice that a party missed arrives once, in order.
    Source: decided here
    Decision: Whoever comes back must not have to guess what happened meanwhile.

    @allowed
    Example: The agent learns what became of its request
      Given a session with a pending request
      When the link of the agent breaks
      Then the customer sees that the request is void
      When the agent comes back with its token
      Then the agent finds the session again
      And the agent sees that the request is void
      And the agent sees the customer's page
      And the agent receives content

    @allowed
    Example: What was on its way to the agent when its link broke
      Given a session with a pending request
      When the link of the agent stalls
      And the customer approves the request
      Then the customer sees Write Mode
      When the link of the agent breaks
      And the agent comes back with its token
      Then the agent finds the session again
      And the agent sees that the request is approved
      And the agent sees Write Mode
      And the agent sees that the session is suspended: link_lost
      And the agent sees that the session has resumed
      And the agent sees nothing else

    @allowed
    Example: What was on its way to the customer when its link broke
      Given a session in Pointer Mode
      When the link of the customer stalls
      And the agent requests Write Mode
      Then the agent sees the request for Write Mode
      When the link of the customer breaks
      And the customer comes back with its token
      Then the customer finds the session again
      And the customer sees the request for Write Mode
      And the customer sees that the request is void
      And the agent sees that the session has resumed

    @refused
    Example: What had arrived before is not told again
      Given a session in Write Mode
      When the link of the agent stalls
      And the customer returns to Pointer Mode
      Then the customer sees Pointer Mode
      When the link of the agent breaks
      And the agent comes back with its token
      Then the agent sees Pointer Mode
      And the agent does not see that the session has started
      And the agent is not asked

    @allowed
    Example: The agent learns that the customer has left the site
      Given a session in Pointer Mode
      When the link of the agent breaks
      Then the customer sees that the session is suspended: link_lost
      When the customer leaves the site
      And the agent comes back with its token
      Then the agent sees that the session is suspended: off_site
      And the agent does not see that the session has resumed

    @refused
    Example: What it has been told it is not told again
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the agent sees the request for Write Mode
      When the customer approves the request
      Then the agent sees Write Mode
      When the link of the agent breaks
      And the agent comes back with its token
      Then the agent finds the session again
      And the agent sees no change of mode
      And the agent is not asked

    @allowed
    Example: The customer finds the session as well
      Given a session with a pending request
      When the link of the customer breaks
      Then the agent sees that the request is void
      When the customer comes back with its token
      Then the customer finds the session again
      And the customer sees that the request is void
      And the agent sees that the session has resumed

    @allowed
    Example: A customer who comes back learns who has joined
      Given the policy "short inactivity"
      And a pending session
      When the link of the customer breaks
      And half of the warning time passes
      And the agent joins with the session ID
      Then the agent sees that the session has started
      When the customer comes back with its token
      Then the customer finds the session again
      And the customer sees that "Ada" has joined

    @allowed
    Scenario Outline: After a reload the customer learns that the agent <act>
      Given the policy "short inactivity"
      And a <session>
      When the customer announces that its page reloads
      And the link of the customer breaks
      And half of the warning time passes
      And the agent <act>
      And the customer comes back with its token
      Then the customer finds the session again
      And the customer sees <what>

      Examples:
        | session                        | act                     | what                              |
        | session in Pointer Mode        | requests Write Mode     | the request for Write Mode        |
        | session with a pending request | withdraws the request   | that the request is withdrawn     |
        | session in Write Mode          | returns to Pointer Mode | Pointer Mode                      |

    @allowed
    Example: And that it was warned
      Given the policy "short inactivity"
      And a session in Pointer Mode
      When the customer announces that its page reloads
      And the link of the customer breaks
      Then when the warning time is over, the agent is warned that the session will end
      When the customer comes back with its token
      Then the customer is warned that the session will end

    @allowed
    Example: The customer learns that the agent's link is lost, too
      Given the policy "short inactivity"
      And a session in Pointer Mode
      When the customer announces that its page reloads
      And the link of the customer breaks
      And half of the warning time passes
      And the link of the agent breaks
      And half of the warning time passes
      And the customer comes back with its token
      Then the customer finds the session again
      And the customer sees that the session is suspended: link_lost

    @allowed
    Example: And that the policy has changed
      Given a pending session
      When the link of the customer breaks
      And the contact centre puts the policy "stricter" in force
      And the customer comes back with its token
      Then the customer finds the session again
      And the customer sees that the policy has changed
      And the customer sees nothing else

    @allowed
    Example: What was missed comes in its order
      Given a session with a pending request
      When the link of the agent breaks
      Then the customer sees that the request is void
      When the customer leaves the site
      And the agent comes back with its token
      Then the agent finds the session again
      And the agent sees that the request is void
      And the agent sees that the session is suspended: link_lost
      And the agent sees that the session is suspended: off_site
      And the agent sees nothing else

  @RESUME-3 @must @wire @browser
  Rule: While a party's link is lost the session is suspended, and after it Pointer Mode holds; an announced reload or move within the site is not a loss and keeps the mode.
    The reason is `link_lost`. An announced reload has the time of the timer `reload` (10 s by default).

    Source: decided here
    Decision: Nobody can be asked who is not there. But a page that loads is no absence.

    @allowed
    Example: An announced reload keeps Write Mode
      Given a session in Write Mode
      When the customer announces that its page reloads
      And the link of the customer breaks
      And the customer comes back with its token
      Then the customer finds the session again
      And the agent sees the customer's page
      And the agent does not see that the session is suspended
      When the agent types "Graz" into "city"
      Then the customer receives an act of the agent
      And the customer sees its page changed by the agent
      When the agent moves the pointer to 10, 20
      Then the customer sees the other's pointer at 10, 20

    @refused
    Example: An unannounced loss does not
      Given a session in Write Mode
      When the link of the customer breaks
      Then the agent sees that the session is suspended: link_lost
      When the customer comes back with its token
      Then the agent sees that the session has resumed
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: An announced reload that takes too long is a loss
      Given the policy "short waits"
      And a session in Write Mode
      When the customer announces that its page reloads
      And the link of the customer breaks
      Then when the reload time is over, the agent sees that the session is suspended: link_lost

    @refused
    Example: While the link is lost, nothing flows
      Given a session in Pointer Mode
      When the link of the agent breaks
      Then the customer sees that the session is suspended: link_lost
      When the customer types "Ada" into "name"
      Then the customer does not see the other's pointer
      And the customer receives no act of the agent

    @refused
    Example: While the page reloads, no act reaches it
      Given the policy "short inactivity"
      And a session in Write Mode
      When the customer announces that its page reloads
      And the link of the customer breaks
      And half of the warning time passes
      And the agent types "Graz" into "city"
      Then the agent is refused by RESUME-3 with "reloading"

    @refused
    Example: The agent has no page to announce
      Given a session in Pointer Mode
      When the agent announces that its page reloads
      Then the agent is refused by RESUME-3 with "wrong_party"
      And the customer sees nothing at all

    @refused
    Scenario Outline: Whoever joins <by> while the customer's link is lost waits
      Given the policy "short inactivity"
      And a pending <kind>
      When the link of the customer breaks
      And half of the warning time passes
      And <joining>
      Then the agent sees that the session has started
      And the agent sees that the session is suspended: link_lost

      Examples:
        | by          | kind         | joining                                                                   |
        | with the ID | session      | the agent joins with the session ID                                       |
        | by chat     | chat session | the contact centre posts "{start:(session ID)}" in the chat as the system |

  @RESUME-4 @must @wire
  Rule: What the server acknowledged survives its crash and restart: live sessions, modes, pending requests with their deadlines, ended ones with their reasons.
    With the crash every link is lost, so RESUME-3 holds: the session waits, and goes on in Pointer Mode. Whose
    time was over while the server was down finds it over. A target that offers no way to kill it and to start
    it again cannot be judged by this rule.

    Source: decided here
    Decision: What somebody was told is true must stay true, whatever becomes of a process.

    @allowed
    Example: A pending session can still be joined
      Given a pending session
      When the server crashes
      And the server starts again
      And the customer comes back with its token
      Then the customer finds the session again
      When the agent joins with the session ID
      Then the agent sees that the session has started
      And the customer sees that "Ada" has joined

    @allowed
    Example: An active session goes on
      Given a session in Pointer Mode
      When the server crashes
      And the server starts again
      And the customer comes back with its token
      And the agent comes back with its token
      Then the agent finds the session again
      And the agent sees that the session has resumed
      And the agent sees the customer's page
      And the agent receives content
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @refused
    Example: Write Mode is known, and over
      Given a session in Write Mode
      When the server crashes
      And the server starts again
      And the customer comes back with its token
      And the agent comes back with its token
      Then the agent sees that the session has resumed
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the receipt of the session says "the customer approved the request"

    @refused
    Example: A pending request is void
      Given a session with a pending request
      When the server crashes
      And the server starts again
      And the customer comes back with its token
      Then the customer sees that the request is void
      When the agent comes back with its token
      Then the agent sees that the request is void
      When the customer approves the request
      Then the customer is refused by WRITE-1 with "no_such_request"

    @refused
    Example: A request whose time was over while the server was down has expired
      Given the policy "short outage"
      And a session with a pending request
      When the server crashes
      And the request time passes
      And the server starts again
      And the customer comes back with its token
      Then the customer sees that the request is expired
      When the agent comes back with its token
      And the agent requests Write Mode
      Then the agent is refused by WRITE-9 with "cooling_down"

    @refused
    Example: A denial is remembered
      Given the policy "short outage"
      And a session with a pending request
      And the customer denies the request
      When the server crashes
      And the server starts again
      And the customer comes back with its token
      And the agent comes back with its token
      Then the agent sees that the session has resumed
      When the agent requests Write Mode
      Then the agent is refused by WRITE-9 with "cooling_down"

    @refused
    Example: A session whose time was over while the server was down has ended
      Given the policy "short outage"
      And a pending session
      When the server crashes
      And the pending time passes
      And the server starts again
      And the customer comes back with its token
      Then the customer is refused by STOP-5 with "session_ended"
      And the receipt of the session says "the session ended: pending_timeout"

    @allowed
    Example: A customer who was off the site is still
      Given a session in Pointer Mode
      And the customer opens "https://elsewhere.example/"
      When the server crashes
      And the server starts again
      And the customer comes back with its token
      And the agent comes back with its token
      Then the agent finds the session again
      And the agent does not see that the session has resumed
      When the customer comes back to the site
      Then the agent sees that the session has resumed

    @refused
    Example: A customer who was off the site for too long finds the session ended
      Given the policy "short outage"
      And a suspended session
      When the server crashes
      And the off-site time passes
      And the server starts again
      And the agent comes back with its token
      Then the agent is refused by STOP-5 with "session_ended"
      And the receipt of the session says "the session ended: off_site_timeout"

    @refused
    Scenario Outline: A session that the <party> ended stays ended
      Given a session in Pointer Mode
      And the <party> exits the session
      When the server crashes
      And the server starts again
      And the customer comes back with its token
      Then the customer is refused by STOP-5 with "session_ended"
      When the agent comes back with its token
      Then the agent is refused by STOP-5 with "session_ended"
      And the receipt of the session says "the session ended: <reason>"
      And the receipt of the session is intact and sealed

      Examples:
        | party    | reason        |
        | customer | customer_exit |
        | agent    | agent_exit    |

    @allowed
    Scenario Outline: Nothing is lost at a moment that nobody chose (<number>)
      Given a session in Pointer Mode
      When the server crashes while the customer and the agent do this and that
      And the server starts again
      And the customer comes back with its token
      And the agent comes back with its token
      Then the agent finds the session again
      And the agent sees that the session has resumed
      And the receipt of the session is intact

      Examples:
        | number |
        | 1      |
        | 2      |
        | 3      |
        | 4      |
        | 5      |
        | 6      |

    @refused
    Example: Nothing of the page is in what the server keeps
      Given a session in Write Mode
      And the agent types "Bruckneudorfer Straße 12" into "city"
      And the customer types "Obervellach im Mölltal" into "name"
      When the server crashes
      Then nothing that the server keeps contains "Bruckneudorfer"
      And nothing that the server keeps contains "Obervellach"
      When the server starts again
      And the customer comes back with its token
      Then the customer finds the session again
      And nothing that the server keeps contains "Bruckneudorfer"
