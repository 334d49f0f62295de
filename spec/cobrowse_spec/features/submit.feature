Feature: SUBMIT, submitting forms

  Submitting is the customer's. An agent who has Write Mode can fill in a form and cannot send it off,
  however cleverly; unless administrators have allowed agents that very button.

  @SUBMIT-1 @must @wire @browser
  Rule: By default no agent act submits a form, by any means.
    Submit and image buttons, default-type buttons, buttons tied to a form by `form=`, Enter in a
    field, Space or Enter on a focused control, a label's click, a script that an agent's event runs.

    Source: S1.4

    @allowed
    Example: A button that submits nothing works
      Given a session in Write Mode
      When the agent clicks "more"
      Then the customer sees its page changed by the agent

    @refused @customer-end
    Scenario Outline: Clicking "<element>"
      Given a session in Write Mode
      When the agent clicks "<element>"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged

      Examples:
        | element      |
        | send         |
        | send-input   |
        | send-image   |
        | send-default |
        | send-outside |
        | send-label   |
        | send-icon    |

    @refused @customer-end
    Scenario Outline: <key> in "<element>"
      Given a session in Write Mode
      When the agent presses <key> in "<element>"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged

      Examples:
        | key   | element |
        | Enter | name    |
        | Enter | query   |
        | Enter | send    |
        | Space | send    |

    @refused @customer-end
    Example: Submitting outright
      Given a session in Write Mode
      When the agent submits the form of "name"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged

    @refused @obeying @customer-end
    Scenario Outline: A script that the agent's click on "<element>" runs
      Given a session in Write Mode
      When the agent clicks "<element>"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged

      Examples:
        | element     |
        | send-script |
        | send-span   |
        | send-link   |

    @refused @obeying @customer-end
    Example: A script that the agent's choice runs
      Given a session in Write Mode
      When the agent chooses "branch" in "send-select"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged

  @SUBMIT-2 @must @wire @browser
  Rule: A blocked submit does nothing: page, fields and scroll stay as they were and the customer is not asked; the agent's client gets `submit_blocked`.
    Source: S1.4

    @allowed
    Example: What the agent filled in stays
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode
      When the customer approves the request
      And the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent
      When the agent clicks "send"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees "Graz" in "city"

    @refused
    Example: Nothing happens
      Given a session in Write Mode
      When the agent clicks "send"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged
      And the customer is not asked
      And the agent sees no page

    @refused @obeying @customer-end
    Example: Nothing happens when a script is stopped in the middle either
      Given a session in Write Mode
      When the agent chooses "branch" in "send-select"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged
      And the customer sees "" in "send-select"

  @SUBMIT-3 @must @wire @browser
  Rule: The customer can always submit, in either mode, as if browsing alone.
    Source: S1.4

    @allowed
    Scenario Outline: In <mode>
      Given a session in <mode>
      When the customer clicks "send"
      Then the customer sees its page changed by the customer
      And the agent sees the page "https://bank.example/thanks"

      Examples:
        | mode         |
        | Pointer Mode |
        | Write Mode   |

    @allowed
    Example: While a request is pending
      Given a session with a pending request
      When the customer presses Enter in "name"
      Then the customer sees its page changed by the customer
      And the agent sees the page "https://bank.example/thanks"

    @allowed
    Example: Right after the agent was blocked
      Given a session in Write Mode
      When the agent clicks "send"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      When the customer clicks "send"
      Then the customer sees its page changed by the customer
      And the agent sees the page "https://bank.example/thanks"

    @refused
    Example: What the customer may, the agent may not
      Given a session in Write Mode
      When the agent presses Enter in "name"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the agent sees no page

  @SUBMIT-4 @must @wire @browser
  Rule: Administrators can allow chosen submit buttons to agents; all others stay blocked.
    Source: S1.4, G

    @allowed
    Example: The allowed button submits
      Given the policy "subscribing allowed"
      And a session in Write Mode
      When the agent clicks "subscribe"
      Then the customer sees its page changed by the agent
      And the agent sees the page "https://bank.example/thanks"

    @refused @customer-end
    Example: Any other does not
      Given the policy "subscribing allowed"
      And a session in Write Mode
      When the agent clicks "send"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: Without the administrators' word that one does not either
      Given a session in Write Mode
      When the agent clicks "subscribe"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      And the customer sees its page unchanged
