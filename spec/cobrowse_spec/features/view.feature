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

    @allowed
    Example: Where it fits there are none
      Given the agent has room for 1600 by 1000
      And a session in Pointer Mode
      Then the agent sees no scroll bars
      And the agent sees a window of 1280 by 720

    @refused
    Scenario Outline: Where there is room for <width> by <height> only, it is as large as ever
      Given the agent has room for <width> by <height>
      And a session in Pointer Mode
      Then the agent sees scroll bars
      And the agent sees a window of 1280 by 720
      And the customer sees a window of 1280 by 720

      Examples:
        | width | height |
        | 800   | 1000   |
        | 1600  | 500    |
        | 800   | 500    |

    @refused
    Example: Nor when the customer's window grows
      Given the agent has room for 1300 by 760
      And a session in Pointer Mode
      Then the agent sees no scroll bars
      When the customer makes the window 1600 by 900
      Then the agent sees scroll bars
      And the agent sees a window of 1600 by 900

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
      When the agent sends "{'id': 909, 'do': {'type': 'resize', 'width': 300, 'height': 200}}" as it is
      Then the agent is refused by SECURE-4 with "unknown_type"
      And the customer sees a window of 1280 by 720
      When the customer makes the window 900 by 500
      Then the agent sees a window of 900 by 500

  @VIEW-4 @must @browser
  Rule: The customer's scroll position is mirrored; the agent's own panning in Pointer Mode moves nothing at the customer's end.
    Source: decided here
    Decision: Two people who look at different parts of a page do not see the same page.

    @allowed
    Example: The customer scrolls
      Given a session in Pointer Mode
      When the customer scrolls to 0, 300
      Then the agent sees the page scrolled to 0, 300

    @allowed
    Example: It is so from the beginning
      Given a pending session
      When the customer scrolls to 0, 300
      And the agent joins with the session ID
      Then the agent sees the page scrolled to 0, 300

    @refused
    Example: The agent's panning is the agent's own
      Given the agent has room for 800 by 500
      And a session in Pointer Mode
      When the agent pans the view to 100, 200
      Then the customer sees the page scrolled to 0, 0
      And the agent sees the page scrolled to 0, 0
