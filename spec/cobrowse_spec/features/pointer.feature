Feature: POINTER, Pointer Mode

  Every session begins in Pointer Mode. The agent sees what the customer sees, and can point at it with
  the mouse and with the red circle of a click. The agent can do nothing to the page.

  @POINTER-1 @must @wire @browser
  Rule: The agent sees what the customer sees: same content, same state of the page, except what masks and placeholders hide.
    Changes on the page follow live.

    Source: S1.0, S1.3

    @allowed
    Example: What the customer types is seen as it is typed
      Given a session in Pointer Mode
      When the customer types "Ada Lovelace" into "name"
      Then the agent receives content
      And the agent sees "Ada Lovelace" in "name"
      When the customer types "Ada King" into "name"
      Then the agent sees "Ada King" in "name"

    @allowed
    Example: A choice is seen
      Given a session in Pointer Mode
      When the customer chooses "24" in "term"
      Then the agent sees "24" in "term"

    @allowed
    Example: A page that the customer goes to is seen
      Given a session in Pointer Mode
      When the customer clicks "rates-link"
      Then the agent sees the page "https://bank.example/rates"
      And the agent receives content

    @allowed
    Example: A field that comes later is seen, and one that goes is gone
      Given a session in Pointer Mode
      When the customer clicks "second-income"
      Then the agent sees "" in "employer"
      And the agent is shown elements that have come, changed or gone
      When the customer types "The mill" into "employer"
      Then the agent sees "The mill" in "employer"
      When the customer clicks "no-second-income"
      Then the agent is shown elements that have come, changed or gone
      And the agent sees no page

    @refused
    Example: What is masked is seen as asterisks
      Given a session in Pointer Mode
      When the customer types "078051120" into "ssn"
      Then the agent sees "*********" in "ssn"

  @POINTER-2 @must @wire @browser
  Rule: In Pointer Mode no agent act changes the customer's page or browser.
    No typing, clicking, selecting, scrolling, navigating, submitting.

    Source: S1.3

    @allowed
    Example: In Write Mode the same act does
      Given a session in Write Mode
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

    @refused @customer-end
    Example: Typing
      Given a session in Pointer Mode
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused @customer-end
    Scenario Outline: Clicking "<element>"
      Given a session in Pointer Mode
      When the agent clicks "<element>"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

      Examples:
        | element    |
        | more       |
        | rates-link |
        | newsletter |
        | send       |

    @refused @customer-end
    Example: Choosing
      Given a session in Pointer Mode
      When the agent chooses "36" in "term"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: Pressing a key
      Given a session in Pointer Mode
      When the agent presses Enter in "name"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: Scrolling
      Given a session in Pointer Mode
      When the agent scrolls to 0, 400
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: Opening an address
      Given a session in Pointer Mode
      When the agent opens "https://bank.example/rates"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: Going back in the history
      Given a session in Pointer Mode
      When the customer clicks "rates-link"
      And the agent goes back
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the agent sees the page "https://bank.example/rates"

    @refused @customer-end
    Example: Refreshing
      Given a session in Pointer Mode
      When the agent refreshes the page
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: Submitting
      Given a session in Pointer Mode
      When the agent submits the form of "name"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: Content comes from the customer, and never from the agent
      Given a session in Write Mode
      When the agent sends a frame of content
      Then the customer receives no content

  @POINTER-3 @must @wire @browser
  Rule: While the session is active both see each other's pointer move, in either mode.
    Never while it is pending, suspended or ended.

    Source: S1.3

    @allowed
    Scenario Outline: In <mode> both pointers are seen
      Given a session in <mode>
      When the customer moves the pointer to 12, 34
      Then the agent sees the other's pointer at 12, 34
      When the agent moves the pointer to 56, 78
      Then the customer sees the other's pointer at 56, 78

      Examples:
        | mode         |
        | Pointer Mode |
        | Write Mode   |

    @refused
    Example: Not while pending
      Given a pending session
      When the customer moves the pointer to 12, 34
      And the agent moves the pointer to 56, 78
      Then the agent does not see the other's pointer
      And the customer does not see the other's pointer

    @refused
    Example: Not while suspended
      Given a suspended session
      When the customer moves the pointer to 12, 34
      And the agent moves the pointer to 56, 78
      Then the agent does not see the other's pointer
      And the customer does not see the other's pointer

    @refused
    Example: Not after the end
      Given an ended session
      When the customer moves the pointer to 12, 34
      And the agent moves the pointer to 56, 78
      Then the agent does not see the other's pointer
      And the customer does not see the other's pointer

  @POINTER-4 @must @wire @browser
  Rule: An agent's click shows a red circle at the agent's pointer, on both screens, in either mode.
    Source: S1.3
    Decision: The source describes the circle under Pointer Mode. It is shown in Write Mode as well: to
    point something out does not become less useful there.

    @allowed
    Scenario Outline: In <mode> both see the circle
      Given a session in <mode>
      When the agent clicks at 120, 80
      Then the agent sees the red circle at 120, 80
      And the customer sees the red circle at 120, 80

      Examples:
        | mode         |
        | Pointer Mode |
        | Write Mode   |

    @refused
    Example: Not while suspended
      Given a suspended session
      When the agent clicks at 120, 80
      Then the agent is refused by SITE-6 with "suspended"
      And the customer sees no red circle
      And the agent sees no red circle

    @refused
    Example: A click that only points changes nothing
      Given a session in Pointer Mode
      When the agent clicks at 120, 80
      Then the customer sees the red circle at 120, 80
      And the customer sees its page unchanged

    @refused
    Example: The red circle is the agent's
      Given a session in Pointer Mode
      When the customer clicks at 120, 80
      Then the customer is refused by POINTER-4 with "wrong_party"
      And the agent sees no red circle

  @POINTER-5 @must @wire @browser
  Rule: In Pointer Mode the agent may request Write Mode at any time.
    Source: S1.3

    @allowed
    Example: At once after joining
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode
      And the agent sees the request for Write Mode

    @allowed
    Example: After an earlier stretch of Write Mode
      Given a session in Write Mode
      When the agent returns to Pointer Mode
      And the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @allowed
    Example: After a suspension
      Given a suspended session
      When the customer comes back to the site
      And the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @refused
    Example: Not before joining
      Given a pending session
      When the agent requests Write Mode
      Then the agent is refused
      And the customer is not asked

    @refused
    Example: Not while suspended
      Given a suspended session
      When the agent requests Write Mode
      Then the agent is refused by SITE-6 with "suspended"
      And the customer is not asked

    @allowed
    Example: A repeat is answered as well
      Given a session with a pending request
      When the agent requests Write Mode
      Then the agent sees the request for Write Mode
