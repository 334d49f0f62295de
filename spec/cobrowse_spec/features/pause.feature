Feature: PAUSE, the customer's curtain

  Some moments are nobody else's: a letter to look up, a colleague at the desk. The customer draws a curtain, and the
  agent sees and does nothing until the customer opens it again.

  @PAUSE-1 @may @wire @browser @capability:curtain
  Rule: The customer can draw a curtain at any time: the agent's view goes blank at once and nothing flows until the customer opens it; then Pointer Mode.
    Optional: the capability `curtain`. The session is suspended with the reason `curtain`, from whatever mode, and a
    pending request is void. The curtain is a reason of its own: where the customer has left the site as well, or a link
    is lost, the session goes on only when no reason is left. Before an agent has joined there is nothing to hide.

    Source: decided here, beyond the source
    Decision: Who can hide a moment need not end the session for it. What bounds it is the timer `inactivity` with its
    warning: nothing that is done behind a curtain is seen, so nothing there counts as activity, and no forgotten curtain
    keeps a session open.

    @allowed
    Example: Drawn
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the customer draws the curtain
      Then the agent sees that the session is suspended: curtain
      And the customer sees that the session is suspended: curtain

    @allowed
    Example: Opened
      Given the policy "capabilities"
      And a session behind the curtain
      When the customer opens the curtain
      Then the customer sees that the session has resumed
      And the customer sees nothing else
      And the agent sees that the session has resumed
      And the agent sees nothing else
      And the agent sees the customer's page
      And the agent receives content

    @allowed
    Example: Before it and after it, all flows
      Given the policy "capabilities"
      And a session in Write Mode
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent
      And the agent receives content
      When the customer draws the curtain
      And the customer opens the curtain
      Then the agent sees that the session has resumed
      When the agent moves the pointer to 30, 40
      Then the customer sees the other's pointer at 30, 40
      When the customer moves the pointer to 10, 20
      Then the agent sees the other's pointer at 10, 20
      When the agent requests Write Mode
      And the customer approves the request
      Then the agent sees Write Mode

    @refused
    Example: Nothing flows
      Given the policy "capabilities"
      And a session behind the curtain
      When the customer types "Ada" into "name"
      And the customer moves the pointer to 10, 20
      And the agent moves the pointer to 30, 40
      Then the agent receives no content
      And the agent does not see the other's pointer
      And the customer does not see the other's pointer

    @refused @customer-end
    Example: The customer's own end lets nothing out
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the customer draws the curtain
      And the customer types "Ada" into "name"
      And the customer opens "https://bank.example/rates"
      And the customer moves the pointer to 10, 20
      Then the agent receives no content
      And the agent sees no page
      And the agent does not see the other's pointer

    @refused
    Example: Not even the address of a page
      Given the policy "capabilities"
      And a session behind the curtain
      When the customer sends "{'id': 901, 'do': {'type': 'show_page', 'page': 'p9', 'url': 'https://bank.example/rates'}}" as it is
      Then the customer is refused by PAUSE-1 with "suspended"
      And the agent sees no page
      And the receipt of the session does not say "the customer visited https://bank.example/rates"

    @refused
    Example: What was under way when it was drawn does not arrive when it is open
      Given the policy "capabilities"
      And a session behind the curtain
      When the customer opens the curtain
      Then the agent sees that the session has resumed
      When late, the customer moves the pointer to 10, 20
      And late, the agent moves the pointer to 30, 40
      Then the agent does not see the other's pointer
      And the customer does not see the other's pointer
      When late, the customer sends a frame of content
      Then the agent receives no content

    @refused
    Example: Write Mode is over
      Given the policy "capabilities"
      And a session in Write Mode
      When the customer draws the curtain
      And the customer opens the curtain
      Then the agent sees that the session has resumed
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: A pending request is void
      Given the policy "capabilities"
      And a session with a pending request
      When the customer draws the curtain
      Then the agent sees that the request is void
      And the agent sees that the session is suspended: curtain
      And the agent sees nothing else
      And the customer sees that the request is void
      And the customer sees that the session is suspended: curtain
      And the customer sees nothing else
      When the customer approves the request
      Then the customer is refused by SITE-6 with "suspended"
      And the agent sees no change of mode

    @refused
    Scenario Outline: The agent <act> before the curtain
      Given the policy "capabilities"
      And a session behind the curtain
      When the agent <act>
      Then the agent is refused by SITE-6 with "suspended"
      And the customer sees nothing at all

      Examples:
        | act                      |
        | requests Write Mode      |
        | clicks at 10, 10         |
        | types "Graz" into "city" |
        | goes back                |

    @allowed
    Scenario Outline: The <party> can exit
      Given the policy "capabilities"
      And a session behind the curtain
      When the <party> exits the session
      Then the customer sees that the session has ended: <party>_exit
      And the agent sees that the session has ended: <party>_exit

      Examples:
        | party    |
        | agent    |
        | customer |

    @allowed
    Example: It can be drawn off the site
      Given the policy "capabilities"
      And a suspended session
      When the customer draws the curtain
      Then the agent sees that the session is suspended: curtain

    @refused
    Example: Off the site, opening it is not enough
      Given the policy "capabilities"
      And a session behind the curtain
      When the customer leaves the site
      Then the agent sees that the session is suspended: off_site
      When the customer opens the curtain
      Then the agent does not see that the session has resumed
      When the customer comes back to the site
      Then the agent sees that the session has resumed
      And the customer sees that the session has resumed

    @refused
    Example: Nor does coming back open it
      Given the policy "capabilities"
      And a suspended session
      When the customer draws the curtain
      And the customer comes back to the site
      Then the agent does not see that the session has resumed
      When the customer opens the curtain
      Then the agent sees that the session has resumed

    @refused
    Scenario Outline: Nor does a link: the <party>'s
      Given the policy "capabilities"
      And a session behind the curtain
      When the link of the <party> breaks
      And the <party> comes back with its token
      Then the <party> finds the session again
      And the agent does not see that the session has resumed
      When the customer opens the curtain
      Then the agent sees that the session has resumed
      And the customer sees that the session has resumed

      Examples:
        | party    |
        | customer |
        | agent    |

    @allowed
    Example: It can be drawn and opened while the agent's link is lost
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the link of the agent breaks
      Then the customer sees that the session is suspended: link_lost
      When the customer draws the curtain
      Then the customer sees that the session is suspended: curtain
      When the agent comes back with its token
      Then the agent sees that the session is suspended: curtain
      And the agent does not see that the session has resumed
      When the customer opens the curtain
      Then the agent sees that the session has resumed

    @refused
    Example: Nobody sits behind it for ever
      Given the policy "short capabilities"
      And a session in Pointer Mode
      When the customer draws the curtain
      Then when the warning time is over, the customer is warned that the session will end
      And when the inactivity time is over, the agent sees that the session has ended: inactivity
      And the customer sees that the session has ended: inactivity

    @allowed
    Example: Opened in time, the session goes on
      Given the policy "short capabilities"
      And a session behind the curtain
      When half of the inactivity time passes
      And the customer opens the curtain
      And half of the inactivity time passes
      And the customer moves the pointer to 10, 20
      Then the agent sees the other's pointer at 10, 20
      And the agent does not see that the session has ended

    @refused
    Scenario Outline: The agent has no curtain: it <act>
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the agent <act>
      Then the agent is refused by PAUSE-1 with "wrong_party"
      And the customer does not see that the session is suspended

      Examples:
        | act               |
        | draws the curtain |
        | opens the curtain |

    @refused
    Example: Nor can it open the customer's
      Given the policy "capabilities"
      And a session behind the curtain
      When the agent opens the curtain
      Then the agent is refused by PAUSE-1 with "wrong_party"
      And the customer does not see that the session has resumed

    @refused
    Example: A drawn curtain cannot be drawn
      Given the policy "capabilities"
      And a session behind the curtain
      When the customer draws the curtain
      Then the customer is refused by PAUSE-1 with "suspended"
      And the agent sees nothing at all

    @refused
    Scenario Outline: An open curtain cannot be opened: a <session>
      Given the policy "capabilities"
      And a <session>
      When the customer opens the curtain
      Then the customer is refused by PAUSE-1 with "not_suspended"
      And the agent sees nothing at all

      Examples:
        | session                        |
        | session in Pointer Mode        |
        | session with a pending request |
        | session in Write Mode          |
        | suspended session              |

    @absent @refused
    Scenario Outline: Where there is no curtain, the customer <act> in vain: a <session>
      Given a <session>
      When the customer <act>
      Then the customer is refused by PAUSE-1 with "not_supported"
      And the agent does not see that the session is suspended

      Examples:
        | act               | session                        |
        | draws the curtain | session in Pointer Mode        |
        | draws the curtain | session with a pending request |
        | draws the curtain | session in Write Mode          |
        | draws the curtain | suspended session              |
        | opens the curtain | session in Pointer Mode        |
        | opens the curtain | suspended session              |

    @absent @allowed
    Example: And after that all flows as before
      Given a session in Pointer Mode
      When the customer draws the curtain
      And the customer moves the pointer to 10, 20
      Then the agent sees the other's pointer at 10, 20

    @refused
    Scenario Outline: There is none before an agent has joined: the customer <act>
      Given a pending session
      When the customer <act>
      Then the customer is refused by START-5 with "pending"
      When the agent joins with the session ID
      Then the agent sees that the session has started
      And the agent does not see that the session is suspended

      Examples:
        | act               |
        | draws the curtain |
        | opens the curtain |

    @refused
    Scenario Outline: Nor after the end: the customer <act>
      Given an ended session
      When the customer <act>
      Then the customer is refused by STOP-5 with "session_ended"
      And the agent sees nothing at all

      Examples:
        | act               |
        | draws the curtain |
        | opens the curtain |

    @refused @customer-end
    Example: The customer's own end does not wait for the server to say so
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the customer draws the curtain
      And meanwhile, the customer types "Ada" into "name"
      Then the agent receives no content

    @allowed
    Example: An agent who was away learns that it was warned behind the curtain
      Given the policy "short capabilities"
      And a session behind the curtain
      When the link of the agent breaks
      Then when the warning time is over, the customer is warned that the session will end
      When the agent comes back with its token
      Then the agent finds the session again
      And the agent sees that the session is suspended: link_lost
      And the agent is warned that the session will end
      And the agent sees nothing else
