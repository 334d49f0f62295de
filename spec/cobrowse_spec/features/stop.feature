Feature: STOP, ending

  Either of them can end the session at any moment, and so does the end of the chat or call. An ended
  session is over for good.

  @STOP-1 @must @wire @browser
  Rule: Once started, either party can end the session at any moment with Exit Session.
    Source: S1.6

    @allowed
    Scenario Outline: The customer exits <session>
      Given a <session>
      When the customer exits the session
      Then the customer sees that the session has ended: customer_exit
      And the agent sees that the session has ended: customer_exit

      Examples:
        | session                        |
        | session in Pointer Mode        |
        | session with a pending request |
        | session in Write Mode          |
        | suspended session              |

    @allowed
    Scenario Outline: The agent exits <session>
      Given a <session>
      When the agent exits the session
      Then the agent sees that the session has ended: agent_exit
      And the customer sees that the session has ended: agent_exit

      Examples:
        | session                        |
        | session in Pointer Mode        |
        | session with a pending request |
        | session in Write Mode          |
        | suspended session              |

    @refused
    Example: An agent who is not in it cannot end it
      Given a pending session
      When the agent exits the session
      Then the agent is refused
      And the customer does not see that the session has ended

    @refused
    Example: Whoever gave the session up while it was pending has ended it
      Given a pending session
      When the customer exits the session
      Then the customer sees that the session has ended: cancelled
      And the agent sees nothing at all

    @allowed @race
    Example: An exit counts, whatever the customer says at that moment
      Given a session with a pending request
      When the customer approves the request
      And at the same moment, the agent exits the session
      Then the customer sees that the session has ended: agent_exit
      And the agent sees that the session has ended: agent_exit
      And either the customer sees Write Mode, or the customer is refused by STOP-5 with "session_ended"

  @STOP-2 @must @wire @browser
  Rule: When the customer exits, the agent is notified and the view of the customer's browser is gone, before or with the notice.
    Source: S1.6

    @allowed
    Example: The agent is notified
      Given a session in Write Mode
      When the customer exits the session
      Then the agent sees that the session has ended: customer_exit

    @allowed
    Example: Until then the agent sees the page
      Given a session in Pointer Mode
      When the customer types "Ada" into "name"
      Then the agent receives content
      When the customer moves the pointer to 10, 20
      Then the agent sees the other's pointer at 10, 20
      When the agent moves the pointer to 30, 40
      Then the customer sees the other's pointer at 30, 40

    @refused
    Example: Nothing comes after the notice
      Given a session in Pointer Mode
      When the customer exits the session
      And the customer types "Ada" into "name"
      And the customer moves the pointer to 10, 20
      Then the agent sees that the session has ended: customer_exit
      And the agent receives no content
      And the agent does not see the other's pointer

  @STOP-3 @must @wire @browser
  Rule: When the agent exits, the customer is notified, and capture of the page stops.
    Source: S1.6

    @allowed
    Example: The customer is notified
      Given a session in Write Mode
      When the agent exits the session
      Then the customer sees that the session has ended: agent_exit

    @allowed
    Example: Until then the page is captured
      Given a session in Pointer Mode
      When the customer types "Ada" into "name"
      Then the agent receives content
      When the customer moves the pointer to 10, 20
      Then the agent sees the other's pointer at 10, 20

    @refused @customer-end
    Example: Nothing is captured any more
      Given a session in Pointer Mode
      When the agent exits the session
      Then the customer sees that the session has ended: agent_exit
      When the customer types "Ada" into "name"
      And the customer moves the pointer to 10, 20
      Then the agent receives no content
      And the agent does not see the other's pointer

  @STOP-4 @must @wire @browser
  Rule: Ending the bound chat or call ends the session, whichever side ended it.
    Source: S1.6

    @allowed
    Scenario Outline: A <kind> ends
      Given a <kind> between the customer and the agent
      When the customer starts a session
      And the contact centre ends the interaction
      Then the customer sees that the session has ended: interaction_ended

      Examples:
        | kind |
        | chat |
        | call |

    @allowed
    Example: In the middle of Write Mode
      Given a session in Write Mode
      When the contact centre ends the interaction
      Then the customer sees that the session has ended: interaction_ended
      And the agent sees that the session has ended: interaction_ended

    @allowed
    Example: While suspended
      Given a suspended session
      When the contact centre ends the interaction
      Then the customer sees that the session has ended: interaction_ended
      And the agent sees that the session has ended: interaction_ended

    @refused
    Example: The end of another call does not end it
      Given a session in Pointer Mode
      And a call between the second customer and the second agent
      When the contact centre ends the interaction
      Then the customer does not see that the session has ended
      And the agent does not see that the session has ended

  @STOP-5 @must @wire
  Rule: Ended is for ever: whatever comes later is refused, nothing flows, and tokens are worthless.
    The reason is `session_ended`.

    Source: decided here
    Decision: A session that could be brought back would never have ended.

    @allowed
    Example: A new session is another session
      Given an ended session
      When the customer starts a session
      Then the customer sees a session ID

    @refused
    Scenario Outline: The agent's <act> is refused
      Given an ended session
      When the agent <act>
      Then the agent is refused by STOP-5 with "session_ended"
      And the customer sees nothing at all

      Examples:
        | act                        |
        | requests Write Mode        |
        | types "Graz" into "city"   |
        | clicks at 10, 10           |
        | returns to Pointer Mode    |
        | exits the session          |
        | comes back with its token  |

    @refused
    Scenario Outline: The customer's <act> is refused
      Given an ended session
      When the customer <act>
      Then the customer is refused by STOP-5 with "session_ended"
      And the agent sees nothing at all

      Examples:
        | act                        |
        | approves request "r1"      |
        | comes back to the site     |
        | leaves the site            |
        | exits the session          |
        | comes back with its token  |

    @refused
    Scenario Outline: Nor can the agent do anything else: it <act>
      Given an ended session
      When the agent <act>
      Then the agent is refused by STOP-5 with "session_ended"
      And the customer sees nothing at all

      Examples:
        | act                                    |
        | withdraws request "r1"                 |
        | transfers the session to "second agent" |

    @refused
    Scenario Outline: Nor can the customer do anything else: it <act>
      Given an ended session
      When the customer <act>
      Then the customer is refused by STOP-5 with "session_ended"
      And the agent sees nothing at all

      Examples:
        | act                                                                                                |
        | cancels the session                                                                                |
        | denies request "r1"                                                                                |
        | returns to Pointer Mode                                                                            |
        | announces that its page reloads                                                                    |
        | sends "{'id': 901, 'do': {'type': 'start'}}" as it is                                              |
        | sends "{'id': 902, 'do': {'type': 'report', 'act': 1}}" as it is                                   |
        | sends "{'id': 903, 'do': {'type': 'show_page', 'page': 'p9', 'url': 'https://bank.example/'}}" as it is |
        | sends "{'id': 904, 'do': {'type': 'show_elements', 'page': 'p1', 'gone': ['7']}}" as it is         |

    @refused
    Example: Nothing flows any more
      Given an ended session
      When the customer types "Ada" into "name"
      And the customer moves the pointer to 10, 20
      And the agent moves the pointer to 30, 40
      Then the agent receives no content
      And the agent does not see the other's pointer
      And the customer does not see the other's pointer

    @refused
    Scenario Outline: The contact centre's end is no better: it <act>
      Given an ended session
      When the contact centre <act>
      Then the customer sees nothing at all
      And the agent sees nothing at all

      Examples:
        | act                  |
        | stops the session    |
        | ends the interaction |

  @STOP-6 @must @wire
  Rule: A session ends once, with exactly one reason, the same for both parties and the record.
    The reasons: customer_exit, agent_exit, controller_stop, interaction_ended, cancelled,
    pending_timeout, off_site_timeout, inactivity, customer_lost, agent_lost, policy, server_shutdown.

    Source: decided here
    Decision: Two parties who were told different things will tell different stories.

    @allowed
    Example: The contact centre stops it
      Given a session in Pointer Mode
      When the contact centre stops the session
      Then the customer sees that the session has ended: controller_stop
      And the agent sees that the session has ended: controller_stop
      And the contact centre sees that the session has ended: controller_stop

    @allowed
    Example: The customer's link is lost for too long
      Given the policy "short waits"
      And a session in Pointer Mode
      When the link of the customer breaks
      Then when the customer link time is over, the agent sees that the session has ended: customer_lost
      And the contact centre sees that the session has ended: customer_lost

    @allowed
    Example: The agent's link is lost for too long
      Given the policy "short waits"
      And a session in Pointer Mode
      When the link of the agent breaks
      Then when the agent link time is over, the customer sees that the session has ended: agent_lost
      And the contact centre sees that the session has ended: agent_lost

    @allowed
    Example: The record has the reason, too
      Given a session in Pointer Mode
      When the agent exits the session
      Then the contact centre sees that the session has ended: agent_exit

    @refused
    Example: Both exit at the same moment: one reason
      Given a session in Pointer Mode
      When the customer exits the session
      And meanwhile, the agent exits the session
      Then the customer sees that the session has ended
      And the agent sees that the session has ended

    @refused
    Example: It does not end again
      Given an ended session
      When the contact centre ends the interaction
      Then the customer does not see that the session has ended
      And the agent does not see that the session has ended

    @allowed
    Scenario Outline: The contact centre is told, too, when <who> <act>
      Given a <session>
      When <who> <act>
      Then the contact centre sees that the session has ended: <reason>

      Examples:
        | session                 | who                | act                  | reason            |
        | pending session         | the customer       | cancels the session  | cancelled         |
        | pending session         | the customer       | exits the session    | cancelled         |
        | session in Pointer Mode | the customer       | exits the session    | customer_exit     |
        | session in Pointer Mode | the contact centre | ends the interaction | interaction_ended |

    @allowed
    Example: And when nobody joins in time
      Given the policy "short pending"
      And a call between the customer and the agent
      When the customer starts a session
      Then when the pending time is over, the contact centre sees that the session has ended: pending_timeout

    @allowed
    Example: And when the customer stays off the site
      Given the policy "short waits"
      And a suspended session
      Then when the off-site time is over, the contact centre sees that the session has ended: off_site_timeout

    @allowed
    Example: And when nobody does anything
      Given the policy "short inactivity"
      And a session in Pointer Mode
      Then when the inactivity time is over, the contact centre sees that the session has ended: inactivity

    @allowed @race
    Example: Of two exits at one moment one counts, for both
      Given a session in Pointer Mode
      When the customer exits the session
      And at the same moment, the agent exits the session
      Then either the customer sees that the session has ended: customer_exit, or the customer sees that the session has ended: agent_exit
      And either the agent sees that the session has ended: customer_exit, or the agent sees that the session has ended: agent_exit

  @STOP-7 @must @wire
  Rule: Inactivity of both parties ends a session, after a warning to both.
    The time is the timer `inactivity` (600 s by default, can be off), the warning comes `warning` (60 s)
    before the end.

    Source: decided here
    Decision: A session that nobody uses is a window that nobody watches.

    @allowed
    Example: Warned, then ended
      Given the policy "short inactivity"
      And a session in Pointer Mode
      Then when the warning time is over, the customer is warned that the session will end
      And the agent is warned that the session will end
      And when the inactivity time is over, the customer sees that the session has ended: inactivity
      And the agent sees that the session has ended: inactivity

    @refused
    Example: Who does something is not cut off
      Given the policy "short inactivity"
      And a session in Pointer Mode
      Then when the warning time is over, the agent is warned that the session will end
      When the agent clicks at 10, 10
      And the warning time passes
      Then the agent does not see that the session has ended

    @refused
    Example: A moving pointer is activity as well
      Given the policy "short inactivity"
      And a session in Pointer Mode
      Then when the warning time is over, the agent is warned that the session will end
      When the customer moves the pointer to 50, 60
      And the warning time passes
      Then the agent does not see that the session has ended
