Feature: VIEW, the agent's virtual browser

  The agent sees the customer's window as large as it is, neither more nor less of it.

  @VIEW-1 @must @wire @browser
  Rule: The virtual browser has the actual size of the customer's window.
    Source: S1.7

    @allowed @customer-end
    Example: At the beginning
      Given a session in Pointer Mode
      Then the agent sees a window of 1280 by 720

    @allowed @customer-end
    Example: After a suspension
      Given a suspended session
      When the customer makes the window 1000 by 600
      And the customer comes back to the site
      Then the agent sees that the session has resumed
      And the agent sees a window of 1000 by 600

    @refused
    Example: While suspended nothing is seen of it
      Given a suspended session
      When the customer makes the window 1000 by 600
      Then the agent receives no content

  @VIEW-2 @must @browser
  Rule: If it does not fit the agent's area there are scroll bars; it is never rescaled, and the customer's window never resized.
    Source: S1.7

  @VIEW-3 @must @wire @browser
  Rule: A resize at the customer's end follows live.
    Source: S1.7

    @allowed @customer-end
    Scenario Outline: In <mode>
      Given a session in <mode>
      When the customer makes the window 800 by 500
      Then the agent receives content
      And the agent sees a window of 800 by 500

      Examples:
        | mode         |
        | Pointer Mode |
        | Write Mode   |

    @refused
    Example: The agent cannot resize the customer's window
      Given a session in Write Mode
      When the agent sends "{'id': 9, 'do': {'type': 'resize', 'width': 300, 'height': 200}}" as it is
      Then the agent is refused by SECURE-4 with "unknown_type"
      And the customer sees a window of 1280 by 720
      When the customer makes the window 900 by 500
      Then the agent sees a window of 900 by 500

  @VIEW-4 @must @browser
  Rule: The customer's scroll position is mirrored; the agent's own panning in Pointer Mode moves nothing at the customer's end.
    Source: decided here
    Decision: Two people who look at different parts of a page do not see the same page.
