Feature: RECORD, what remains afterwards

  Of each session a receipt remains: who did what when, and why. It is for the customer who asks later what
  happened, and for whoever has to answer. It is no recording: nothing of the page is in it.

  @RECORD-1 @must @wire
  Rule: Each session leaves a receipt: who started, joined, asked, approved, denied, took back, suspended, resumed, ended, when and why. Its entries are hash-chained and it can be verified offline. It holds no page content.
    Whoever changes, drops, adds or moves a line of it is found out by `cobrowse receipt verify`, unless all that
    follow are written anew as well; a seal with the server's key shows that, too.

    Source: decided here, beyond the source
    Decision: Who let whom do what must not be a matter of memory, and the record of it must not become a second copy of the page.

    @allowed
    Example: It says who did what, from the start to the end
      Given a session in Write Mode
      When the agent returns to Pointer Mode
      And the customer exits the session
      Then the receipt of the session says "the customer started the session"
      And the receipt of the session says "the agent joined"
      And the receipt of the session says "the agent requested Write Mode"
      And the receipt of the session says "the customer approved the request"
      And the receipt of the session says "the agent returned to Pointer Mode"
      And the receipt of the session says "the session ended: customer_exit"
      And the receipt of the session is intact and sealed

    @allowed
    Example: It says what became of each request
      Given a session with a pending request
      When the agent withdraws the request
      And the agent requests Write Mode
      And the customer denies the request
      Then the receipt of the session says "the agent withdrew the request"
      And the receipt of the session says "the customer denied the request"

    @allowed
    Example: It says why a session was suspended, and that it went on
      Given a session with a pending request
      When the customer leaves the site
      And the customer comes back to the site
      Then the receipt of the session says "the request became void"
      And the receipt of the session says "the session was suspended: off_site"
      And the receipt of the session says "the session resumed"

    @allowed
    Example: It can be read while the session goes on
      Given a session in Pointer Mode
      When the agent requests Write Mode
      Then the receipt of the session says "the agent requested Write Mode"
      And the receipt of the session is intact

    @refused
    Example: What was refused is not in it
      Given a session with a pending request
      When the customer denies the request
      And the agent requests Write Mode
      And the customer approves the request
      Then the receipt of the session says "the customer denied the request"
      And the receipt of the session does not say "the customer approved the request"
      And the receipt of the session is intact

    @refused
    Example: Nothing of the page is in it, and nothing that lets anybody in
      Given a session in Write Mode
      When the agent types "TOPSECRET" into "name"
      And the customer types "TOPSECRET" into "city"
      And the agent exits the session
      Then the receipt of the session says "the session ended: agent_exit"
      And nothing in the receipt contains "TOPSECRET"
      And nothing in the receipt contains "(session ID)"

  @RECORD-2 @should @wire
  Rule: The receipt lists the pages visited on the site (URL without query and fragment) with times and durations.
    A page stands in it once its visit is over: when another page is open, or nothing flows. What the customer opens
    elsewhere is not in it.

    Source: G
    Decision: Queries and fragments hold names, numbers and tokens.

    @allowed
    Example: The pages that were open in the session
      Given a session in Pointer Mode
      When the customer clicks "rates-link"
      And the customer exits the session
      Then the receipt of the session says "the customer visited https://bank.example/apply"
      And the receipt of the session says "the customer visited https://bank.example/rates"
      And the receipt of the session is intact and sealed

    @refused
    Example: Neither query nor fragment
      Given a session in Pointer Mode
      When the customer opens "https://bank.example/rates?account=TOPSECRET#TOPSECRET"
      And the customer exits the session
      Then the receipt of the session says "the customer visited https://bank.example/rates"
      And nothing in the receipt contains "TOPSECRET"

    @refused
    Example: No page of another site
      Given a session in Pointer Mode
      When the customer opens "https://partner.example/offers"
      And the customer exits the session
      Then the receipt of the session says "the customer visited https://bank.example/apply"
      And nothing in the receipt contains "partner.example"
