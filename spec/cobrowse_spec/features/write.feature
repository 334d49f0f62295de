Feature: WRITE, Write Mode and the customer's approval

  The agent asks with the pencil icon, the customer says yes or no. Only a yes turns Write Mode on, and
  either of them turns it off again without asking the other.

  @WRITE-1 @must @wire @browser
  Rule: Write Mode begins only when the customer approves a request that is pending at that moment. Nobody and nothing else can turn it on.
    Source: S1.4

    @allowed
    Example: The customer approves
      Given a session with a pending request
      When the customer approves the request
      Then the agent sees Write Mode
      And the customer sees Write Mode

    @refused
    Example: The agent approves its own request
      Given a session with a pending request
      When the agent approves the request
      Then the agent is refused by WRITE-1 with "only_customer_answers"
      And the agent sees no change of mode
      And the customer sees no change of mode

    @refused
    Example: Nothing has been asked
      Given a session in Pointer Mode
      When the customer approves request "r1"
      Then the customer is refused by WRITE-1 with "no_such_request"
      And the agent sees no change of mode

    @refused
    Example: Nobody has answered yet
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the agent sees no change of mode
      And the customer sees no change of mode

    @refused
    Example: The request has been denied
      Given a session with a pending request
      When the customer denies the request
      And the customer approves the request
      Then the customer is refused by WRITE-1 with "no_such_request"
      And the agent sees no change of mode

    @refused
    Example: The request has been withdrawn
      Given a session with a pending request
      When the agent withdraws the request
      And the customer approves the request
      Then the customer is refused by WRITE-1 with "no_such_request"
      And the agent sees no change of mode

    @refused
    Example: The request has expired
      Given the policy "short waits"
      And a session with a pending request
      Then when the request time is over, the customer sees that the request is expired
      When the customer approves the request
      Then the customer is refused by WRITE-1 with "no_such_request"
      And the agent sees no change of mode

    @refused
    Scenario Outline: Nothing is pending, and the customer denies it in a <session>
      Given a <session>
      When the customer denies request "r1"
      Then the customer is refused by WRITE-1 with "no_such_request"
      When the customer approves request "r1"
      Then the customer is refused by WRITE-1 with "no_such_request"
      And the agent sees no change of mode

      Examples:
        | session                 |
        | pending session         |
        | session in Pointer Mode |
        | session in Write Mode   |

    @refused
    Example: Nor does the agent answer, or the customer ask
      Given a session with a pending request
      When the agent denies the request
      Then the agent is refused by WRITE-1 with "only_customer_answers"
      When the customer requests Write Mode
      Then the customer is refused by WRITE-1 with "wrong_party"
      When the customer approves the request
      Then the customer sees that the request is approved
      And the customer sees Write Mode
      And the agent sees Write Mode

    @allowed
    Example: The customer sees that its answer counts
      Given a session with a pending request
      When the customer denies the request
      Then the customer sees that the request is denied

    @refused
    Example: An earlier approval is used up
      Given a session in Write Mode
      When the agent returns to Pointer Mode
      And the agent requests Write Mode
      Then the customer sees the request for Write Mode
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"

  @WRITE-2 @must @wire @browser
  Rule: A request asks the customer on screen, with a clear yes and no; until answered the session stays in Pointer Mode.
    Source: S1.4

    @allowed
    Example: The customer is asked
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @allowed
    Example: With the answer the mode changes
      Given a session with a pending request
      When the customer approves the request
      Then the agent sees Write Mode

    @refused
    Example: Until then the agent cannot act
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the agent sees no change of mode
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

  @WRITE-3 @must @wire @browser
  Rule: The agent is told the answer: approved, denied, expired.
    Source: S1.4

    @allowed
    Example: Approved
      Given a session with a pending request
      When the customer approves the request
      Then the agent sees that the request is approved

    @allowed
    Example: Denied
      Given a session with a pending request
      When the customer denies the request
      Then the agent sees that the request is denied
      And the agent sees no change of mode

    @allowed
    Example: Expired
      Given the policy "short waits"
      And a session with a pending request
      Then when the request time is over, the agent sees that the request is expired

    @refused
    Example: An answer that does not count is not told as one
      Given a session with a pending request
      When the customer approves request "r77"
      Then the customer is refused by WRITE-7 with "no_such_request"
      And the agent sees no change of mode
      When the customer denies the request
      Then the agent sees that the request is denied

  @WRITE-4 @must @wire @browser
  Rule: In Write Mode both parties can type and click; neither is locked out.
    Source: S1.4

    @allowed
    Example: Both type
      Given a session in Write Mode
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent
      And the customer sees "Graz" in "city"
      And the agent sees that the act was carried out
      When the customer types "Ada" into "name"
      Then the customer sees its page changed by the customer
      And the agent sees "Ada" in "name"

    @allowed
    Example: Both click
      Given a session in Write Mode
      When the agent clicks "newsletter"
      Then the customer sees its page changed by the agent
      When the customer clicks "newsletter"
      Then the customer sees its page changed by the customer

    @allowed
    Example: The agent types into a field that has come later
      Given a session in Write Mode
      When the customer clicks "second-income"
      And the agent types "The mill" into "employer"
      Then the customer sees its page changed by the agent
      And the customer sees "The mill" in "employer"

    @allowed @race
    Example: What comes on the page does not hinder an act on what stays
      Given a session in Write Mode
      When the customer clicks "second-income"
      And at the same moment, the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent
      And the customer sees "Graz" in "city"
      And the agent sees that the act was carried out

    @refused
    Example: In Pointer Mode only the customer can
      Given a session in Pointer Mode
      When the agent types "Graz" into "city"
      Then the customer sees its page unchanged
      When the customer types "Ada" into "name"
      Then the customer sees its page changed by the customer

  @WRITE-5 @must @wire @browser
  Rule: If administrators disabled Write Mode, the agent has no pencil icon and a forged request is refused without asking the customer.
    The reason is `write_mode_disabled`.

    Source: S1.4

    @allowed
    Example: Where it is enabled, the customer is asked
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @refused
    Example: Where it is disabled, nobody is asked
      Given the policy "view only"
      And a session in Pointer Mode
      When the agent requests Write Mode
      Then the agent is refused by WRITE-5 with "write_mode_disabled"
      And the customer is not asked

    @refused
    Example: Nor can the customer turn it on
      Given the policy "view only"
      And a session in Pointer Mode
      When the agent requests Write Mode
      And the customer approves request "r1"
      Then the customer is refused by WRITE-1 with "no_such_request"
      And the agent sees no change of mode

  @WRITE-6 @must @browser
  Rule: Approved: the agent's pencil icon becomes a pointer icon; back in Pointer Mode it is a pencil again.
    Source: S1.4, S1.5

    @allowed
    Example: Before an approval
      Given a session in Pointer Mode
      Then the agent sees a pencil icon

    @allowed
    Example: Approved
      Given a session with a pending request
      When the customer approves the request
      Then the agent sees a pointer icon

    @allowed
    Scenario Outline: The <party> has returned to Pointer Mode
      Given a session in Write Mode
      Then the agent sees a pointer icon
      When the <party> returns to Pointer Mode
      Then the agent sees a pencil icon

      Examples:
        | party    |
        | agent    |
        | customer |

    @allowed
    Example: After a suspension
      Given a session in Write Mode
      When the customer leaves the site
      And the customer comes back to the site
      Then the agent sees that the session has resumed
      And the agent sees a pencil icon

    @refused
    Example: Denied
      Given a session with a pending request
      When the customer denies the request
      Then the agent sees that the request is denied
      And the agent sees a pencil icon

    @refused
    Example: Where Write Mode is disabled there is none
      Given the policy "view only"
      And a session in Pointer Mode
      Then the agent sees no icon for Write Mode

  @WRITE-7 @must @wire
  Rule: At most one request is pending. A repeat returns the same request; an answer to any other request changes nothing.
    An answer names its request.

    Source: decided here
    Decision: Else an answer that was meant for one question could be taken for another's.

    @allowed
    Example: The answer that names the pending request counts
      Given a session with a pending request
      When the customer approves the request
      Then the agent sees Write Mode

    @refused
    Example: A repeat does not ask again
      Given a session with a pending request
      When the agent requests Write Mode
      Then the agent sees the request for Write Mode
      And the customer is not asked

    @refused
    Example: An answer to another request changes nothing
      Given a session with a pending request
      When the customer approves request "r99"
      Then the customer is refused by WRITE-7 with "no_such_request"
      And the agent sees no change of mode
      When the customer denies request "r99"
      Then the customer is refused by WRITE-7 with "no_such_request"
      When the customer approves the request
      Then the agent sees Write Mode

    @refused
    Example: The answer to an earlier request does not count for a later one
      Given a session with a pending request
      When the agent withdraws the request
      And the agent requests Write Mode
      And the customer approves request "(the request before)"
      Then the customer is refused by WRITE-7 with "no_such_request"
      And the agent sees no change of mode

    @refused
    Example: Only a pending request can be withdrawn, or asked again
      Given a session with a pending request
      When the agent withdraws request "r99"
      Then the agent is refused by WRITE-7 with "no_such_request"
      When the customer approves the request
      Then the agent sees Write Mode
      When the agent requests Write Mode
      Then the agent is refused by WRITE-7 with "already_in_write_mode"
      And the customer is not asked

    @allowed
    Scenario Outline: It ends once, for both, when the customer <act>
      Given a session with a pending request
      When the customer <act>
      Then the agent sees that the request is <answer>
      And the customer sees that the request is <answer>

      Examples:
        | act                                   | answer |
        | denies the request                    | denied |
        | leaves the site                       | void   |
        | opens "https://partner.example/offer" | void   |

    @allowed
    Example: And when its time is over
      Given the policy "short waits"
      And a session with a pending request
      Then when the request time is over, the agent sees that the request is expired
      And the customer sees that the request is expired

    @refused
    Example: A reload that takes too long ends it once as well
      Given the policy "short reload"
      And a session with a pending request
      When the customer announces that its page reloads
      And the link of the customer breaks
      Then when the reload time is over, the agent sees that the request is void

    @allowed @race
    Example: A request that is withdrawn and approved at one moment is the one or the other
      Given a session with a pending request
      When the customer approves the request
      And at the same moment, the agent withdraws the request
      Then either the agent sees that the request is approved, or the agent sees that the request is withdrawn
      And either the customer sees that the request is approved, or the customer sees that the request is withdrawn

  @WRITE-8 @must @wire
  Rule: A request expires; each request has its own timer, which no other request's fate can shorten or cancel. The agent may withdraw it.
    The time is the timer `request` (30 s by default).

    Source: decided here
    Decision: A question that stands for ever is answered by accident.

    @allowed
    Example: The agent withdraws
      Given a session with a pending request
      When the agent withdraws the request
      Then the agent sees that the request is withdrawn
      And the customer sees that the request is withdrawn

    @allowed
    Example: Unanswered, it expires
      Given the policy "short waits"
      And a session in Pointer Mode
      When the agent requests Write Mode
      Then when the request time is over, the agent sees that the request is expired
      And the customer sees that the request is expired

    @refused
    Example: The timer of an earlier request does not end a later one
      Given the policy "short waits"
      And a session in Pointer Mode
      When the agent requests Write Mode
      And half of the request time passes
      And the agent withdraws the request
      And the agent requests Write Mode
      Then when the request time is over, the agent sees that the request is expired

    @refused
    Example: Withdrawing an earlier request does not end a later one
      Given a session with a pending request
      When the agent withdraws the request
      And the agent requests Write Mode
      And the agent withdraws request "(the request before)"
      Then the agent is refused by WRITE-7 with "no_such_request"
      When the customer approves the request
      Then the agent sees Write Mode

    @refused
    Scenario Outline: There is nothing to withdraw in a <session>
      Given a <session>
      When the agent withdraws request "r1"
      Then the agent is refused by WRITE-8 with "no_such_request"

      Examples:
        | session                 |
        | session in Pointer Mode |
        | session in Write Mode   |

    @refused
    Example: The customer denies, and does not withdraw
      Given a session with a pending request
      When the customer withdraws request "r1"
      Then the customer is refused by WRITE-8 with "wrong_party"
      And the agent sees nothing at all

    @refused @race
    Example: An answer at the moment of the expiry counts or does not
      Given the policy "short waits"
      And a session in Pointer Mode
      When the agent requests Write Mode
      And the request time passes
      And at the same moment, the customer approves the request
      Then either the agent sees that the request is approved, or the agent sees that the request is expired
      And either the customer sees that the request is approved, or the customer sees that the request is expired

  @WRITE-9 @should @wire
  Rule: After a denial or expiry, requests are refused for a cool-down that the refusal states.
    The time is the timer `cool_down` (10 s by default).

    Source: decided here
    Decision: A customer who is asked until they give in has not agreed.

    @allowed
    Example: After the cool-down the agent may ask again
      Given the policy "short waits"
      And a session with a pending request
      When the customer denies the request
      And the cool-down time passes
      And the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @refused
    Example: After a denial
      Given a session with a pending request
      When the customer denies the request
      And the agent requests Write Mode
      Then the agent is refused by WRITE-9 with "cooling_down"
      And the customer is not asked

    @refused
    Example: After an expiry
      Given the policy "short waits"
      And a session with a pending request
      Then when the request time is over, the agent sees that the request is expired
      When the agent requests Write Mode
      Then the agent is refused by WRITE-9 with "cooling_down"
      And the customer is not asked

    @refused
    Example: Half of the cool-down is not enough
      Given the policy "short waits"
      And a session with a pending request
      When the customer denies the request
      And half of the cool-down time passes
      And the agent requests Write Mode
      Then the agent is refused by WRITE-9 with "cooling_down"

  @WRITE-10 @must @wire @browser
  Rule: The agent can return to Pointer Mode at any time, with nobody's approval.
    Source: S1.5

    @allowed
    Example: Back to Pointer Mode
      Given a session in Write Mode
      When the agent returns to Pointer Mode
      Then the agent sees Pointer Mode
      And the customer sees Pointer Mode
      And the customer is not asked

    @allowed
    Example: There it can ask again
      Given a session in Write Mode
      When the agent returns to Pointer Mode
      And the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @refused
    Example: Where there is nothing to return from
      Given a session in Pointer Mode
      When the agent returns to Pointer Mode
      Then the agent is refused by WRITE-10 with "already_in_pointer_mode"
      And the customer sees nothing at all

    @refused
    Example: A pending request is withdrawn, and not returned from
      Given a session with a pending request
      When the agent returns to Pointer Mode
      Then the agent is refused by WRITE-10 with "already_in_pointer_mode"
      And the customer sees nothing at all

  @WRITE-11 @must @wire @browser
  Rule: The customer can return the session to Pointer Mode at any time, with nobody's approval; the agent is told.
    Source: S1.5

    @allowed
    Example: The customer takes Write Mode back
      Given a session in Write Mode
      When the customer returns to Pointer Mode
      Then the agent sees Pointer Mode
      And the customer sees Pointer Mode

    @refused
    Example: From then on the agent cannot act
      Given a session in Write Mode
      When the customer returns to Pointer Mode
      Then the agent sees Pointer Mode
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

  @WRITE-12 @must @wire @browser
  Rule: Once Write Mode has ended, no agent act has any effect, those already in flight included.
    Source: decided here
    Decision: The customer who says stop means now.

    @allowed
    Example: While Write Mode lasts, an act has its effect
      Given a session in Write Mode
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

    @refused @customer-end
    Scenario Outline: After the <party> has ended it
      Given a session in Write Mode
      When the <party> returns to Pointer Mode
      Then the agent sees Pointer Mode
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

      Examples:
        | party    |
        | agent    |
        | customer |

    @refused @customer-end
    Example: An act of an earlier stretch that arrives in a later one
      Given a session in Write Mode
      When the customer returns to Pointer Mode
      And the agent requests Write Mode
      And the customer approves the request
      Then the agent sees Write Mode
      When late, the agent types "Graz" into "city"
      Then the agent is refused by WRITE-12 with "stale"
      And the customer sees its page unchanged

    @refused
    Example: An act that crosses the customer's return
      Given a session in Write Mode
      When the customer returns to Pointer Mode
      And meanwhile, the agent types "Graz" into "city"
      Then the agent sees Pointer Mode

    @refused @race
    Example: An act that meets the customer's return comes before it or not at all
      Given a session in Write Mode
      When the customer returns to Pointer Mode
      And at the same moment, the agent types "Graz" into "city"
      Then the agent sees Pointer Mode
      And the customer sees Pointer Mode
      And either the agent sees that the act was carried out, or the agent is refused

  @WRITE-13 @must @wire @browser
  Rule: An approval is for one agent, one session, one unbroken stretch of Write Mode.
    It never outlives a suspension, an exit or a lost link, and never reaches another session.
    Navigation within the site keeps it.

    Source: decided here
    Decision: Least privilege: the customer agreed to what was on the screen then.

    @allowed
    Example: Moving within the site keeps it
      Given a session in Write Mode
      When the customer clicks "rates-link"
      Then the agent sees the page "https://bank.example/rates"
      And the agent sees no change of mode
      When the agent clicks "apply-link"
      Then the customer sees its page changed by the agent

    @refused
    Example: A suspension ends it
      Given a session in Write Mode
      When the customer leaves the site
      And the customer comes back to the site
      Then the agent sees that the session has resumed
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: A lost link of the agent ends it
      Given a session in Write Mode
      When the link of the agent breaks
      Then the customer sees that the session is suspended: link_lost
      When the agent comes back with its token
      Then the agent finds the session again
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: A lost link of the customer ends it
      Given a session in Write Mode
      When the link of the customer breaks
      Then the agent sees that the session is suspended: link_lost
      When the customer comes back with its token
      Then the agent sees that the session has resumed
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: The next agent does not inherit it
      Given a session in Write Mode
      When the agent exits the session
      Given a call between the customer and the second agent
      When the customer starts a session
      And the second agent joins with the session ID
      Then the second agent sees that the session has started
      When the second agent types "Graz" into "city"
      Then the second agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @allowed
    Example: It is nobody else's to give back
      Given a session in Write Mode
      And a call between the second customer and the second agent
      When the second agent returns to Pointer Mode
      Then the second agent is refused
      And the agent sees no change of mode
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

  @WRITE-14 @must @wire @browser
  Rule: Edits by both to one field converge: both end up seeing the same value; the customer wins a tie.
    Source: decided here
    Decision: It is the customer's form.

    @allowed @obeying
    Example: One after the other, the last one stays
      Given a session in Write Mode
      When the customer types "Wien" into "city"
      And the agent types "Graz" into "city"
      Then the customer sees "Graz" in "city"
      And the agent sees "Graz" in "city"

    @refused @obeying
    Example: At the same time, the customer's stays
      Given a session in Write Mode
      When the agent types "Graz" into "city"
      And meanwhile, the customer types "Wien" into "city"
      Then the customer sees "Wien" in "city"
      And the agent sees "Wien" in "city"

    @refused @obeying
    Example: The agent's edit of what it has not yet seen changed
      Given a session in Write Mode
      When the customer types "Wien" into "city"
      And meanwhile, the agent types "Graz" into "city"
      Then the customer sees "Wien" in "city"
      And the agent sees "Wien" in "city"

    @allowed @race
    Example: Both type at one moment
      Given a session in Write Mode
      When the customer types "Wien" into "city"
      And at the same moment, the agent types "Graz" into "city"
      Then either the customer sees "Wien" in "city", or the customer sees "Graz" in "city"
      And either the agent sees "Wien" in "city", or the agent sees "Graz" in "city"

  @WRITE-15 @may @wire @browser @capability:scoped_grants
  Rule: An approval may be limited to a form, a field or a time; the limit is shown to both and enforced; it reverts by itself.
    Optional: the capability `scoped_grants`. The agent may ask for less, for one form or one field, and the customer may
    give less than was asked: one form, one field, or the time of the timer `approval` (300 s by default). A form or field
    is named by the reference that the customer's client published for it. The reason is `out_of_scope`.

    Source: decided here, beyond the source
    Decision: A smaller yes is easier to give. Within a form or field the agent uses its elements and nothing else: it
    neither scrolls nor navigates. Such a yes ends with the page that the form or field is on: when the page is shown
    anew, the session is in Pointer Mode, and a pending request for a part of it is void. Elements that come and go on
    the page change nothing about it: what comes in the form can be used, and where the form or field itself goes,
    nothing is left that could be.

    @allowed
    Scenario Outline: The agent asks for <scope> only
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the agent requests Write Mode for "<scope>" only
      Then the customer sees the request for Write Mode for "<scope>" only
      And the agent sees the request for Write Mode for "<scope>" only
      When the customer approves the request
      Then the customer sees Write Mode for "<scope>" only
      And the agent sees Write Mode for "<scope>" only
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

      Examples:
        | scope       |
        | application |
        | city        |

    @allowed
    Scenario Outline: The customer gives <scope> only
      Given the policy "capabilities"
      And a session with a pending request
      When the customer approves the request for "<scope>" only
      Then the agent sees Write Mode for "<scope>" only
      And the customer sees Write Mode for "<scope>" only
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

      Examples:
        | scope       |
        | application |
        | city        |

    @allowed
    Example: The customer gives less than was asked
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the agent requests Write Mode for "application" only
      And the customer approves the request for "city" only
      Then the agent sees Write Mode for "city" only
      When the agent types "Ada" into "name"
      Then the agent is refused by WRITE-15 with "out_of_scope"

    @refused @customer-end
    Scenario Outline: With <scope> only, the agent <act> in vain
      Given the policy "capabilities"
      And a session with a pending request
      When the customer approves the request for "<scope>" only
      Then the agent sees Write Mode for "<scope>" only
      When the agent <act>
      Then the agent is refused by WRITE-15 with "out_of_scope"
      And the customer sees its page unchanged

      Examples:
        | scope       | act                                 |
        | application | types "rates" into "query"          |
        | application | clicks "rates-link"                 |
        | application | scrolls to 0, 100                   |
        | application | opens "https://bank.example/rates"  |
        | application | refreshes the page                  |
        | city        | types "Ada" into "name"             |
        | city        | clicks "newsletter"                 |
        | query       | types "Graz" into "city"            |

    @allowed
    Example: The customer uses the whole page all the same
      Given the policy "capabilities"
      And a session with a pending request
      When the customer approves the request for "city" only
      And the customer types "Ada" into "name"
      Then the customer sees its page changed by the customer
      And the agent receives content

    @refused
    Example: Within the limit all other rules hold
      Given the policy "capabilities"
      And a session with a pending request
      When the customer approves the request for "application" only
      And the agent clicks "send"
      Then the agent is refused by SUBMIT-1 with "submit_blocked"
      When the agent types "1" into "ssn"
      Then the agent is refused by MASK-7 with "masked"

    @allowed
    Example: What comes on the page does not end it
      Given the policy "capabilities"
      And a session with a pending request
      When the customer approves the request for "application" only
      Then the agent sees Write Mode for "application" only
      When the customer clicks "second-income"
      Then the agent sees no change of mode
      When the agent types "The mill" into "employer"
      Then the customer sees its page changed by the agent
      When the agent types "rates" into "query"
      Then the agent is refused by WRITE-15 with "out_of_scope"

    @allowed
    Example: With the page it is over
      Given the policy "capabilities"
      And a session with a pending request
      When the customer approves the request for "city" only
      Then the agent sees Write Mode for "city" only
      When the customer opens "https://bank.example/apply"
      Then the agent sees Pointer Mode
      And the agent sees nothing else
      And the customer sees Pointer Mode
      And the customer sees nothing else
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: So is a request for a part of it
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the agent requests Write Mode for "city" only
      Then the customer sees the request for Write Mode for "city" only
      When the customer opens "https://bank.example/apply"
      Then the agent sees that the request is void
      And the agent sees nothing else
      And the customer sees that the request is void
      And the customer sees nothing else
      When the customer approves the request
      Then the customer is refused by WRITE-1 with "no_such_request"

    @allowed
    Example: For a limited time
      Given the policy "short capabilities"
      And a session with a pending request
      When the customer approves the request for a limited time
      Then the agent sees Write Mode for a limited time
      And the customer sees Write Mode for a limited time
      And when the approval time is over, the agent sees Pointer Mode
      And the customer sees Pointer Mode
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @allowed
    Example: Within that time the agent acts
      Given the policy "short capabilities"
      And a session with a pending request
      When the customer approves the request for a limited time
      And the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

    @allowed
    Example: A later approval has a time of its own
      Given the policy "short capabilities"
      And a session with a pending request
      When the customer approves the request for a limited time
      And the agent returns to Pointer Mode
      And the agent requests Write Mode
      And the customer approves the request
      And the approval time passes
      And the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

    @refused
    Scenario Outline: What is not on the page is no limit: <what>
      Given the policy "capabilities"
      And a session in Pointer Mode
      When the agent sends "{'id': 901, 'do': {'type': 'request', 'scope': '<scope>', 'page': '<page>'}}" as it is
      Then the agent is refused by WRITE-15 with "no_such_element"
      And the customer is not asked

      Examples:
        | what               | scope | page |
        | no such element    | none  | p1   |
        | no such page       | 9     | none |

    @refused
    Example: Nor can the customer limit it to what is not there
      Given the policy "capabilities"
      And a session with a pending request
      When the customer sends "{'id': 901, 'do': {'type': 'approve', 'request': '(the request)', 'scope': 'none'}}" as it is
      Then the customer is refused by WRITE-15 with "no_such_element"
      And the agent sees no change of mode

    @absent @refused
    Example: Where it is not supported, a limited approval is refused rather than widened
      Given a session with a pending request
      When the customer approves the request for a limited time
      Then the customer is refused by WRITE-15 with "not_supported"
      And the agent sees no change of mode
      When the customer approves the request for "city" only
      Then the customer is refused by WRITE-15 with "not_supported"
      And the agent sees no change of mode

    @absent @refused
    Example: Where it is not supported, a limited request is refused rather than widened
      Given a session in Pointer Mode
      When the agent requests Write Mode for "name" only
      Then the agent is refused by WRITE-15 with "not_supported"
      And the customer is not asked

    @absent @allowed
    Example: An unlimited request works all the same
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the customer sees the request for Write Mode

    @refused @customer-end
    Example: The customer's own end counts the time as well
      Given the policy "short capabilities"
      And a session with a pending request
      When the customer approves the request for a limited time
      And the approval time passes
      And the agent types "Graz" into "city"
      Then the customer sees its page unchanged

    @allowed
    Example: Half of that time is not all of it
      Given the policy "short capabilities"
      And a session with a pending request
      When the customer approves the request for a limited time
      And half of the approval time passes
      And the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent
