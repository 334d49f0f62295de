Feature: NAVIGATE, moving about

  In Write Mode the agent can lead the way: by links, back and forward, by a typed address, by refreshing.
  Never off the site, never to what administrators have disabled or denied.

  @NAVIGATE-1 @must @wire @browser
  Rule: In Write Mode the agent navigates by links, back, forward, a typed URL with Enter, and refresh.
    Source: S1.4

    @allowed
    Example: By a link
      Given a session in Write Mode
      When the agent clicks "rates-link"
      Then the customer sees its page changed by the agent
      And the agent sees the page "https://bank.example/rates"

    @allowed
    Example: By a typed address
      Given a session in Write Mode
      When the agent opens "https://bank.example/profile"
      Then the customer sees its page changed by the agent
      And the agent sees the page "https://bank.example/profile"

    @allowed
    Example: Back and forward
      Given a session in Write Mode
      When the agent clicks "rates-link"
      Then the agent sees the page "https://bank.example/rates"
      When the agent goes back
      Then the agent sees the page "https://bank.example/apply"
      When the agent goes forward
      Then the agent sees the page "https://bank.example/rates"

    @allowed
    Example: By refreshing
      Given a session in Write Mode
      When the agent refreshes the page
      Then the customer sees its page changed by the agent
      And the agent sees the page "https://bank.example/apply"

    @refused @customer-end
    Example: Not in Pointer Mode
      Given a session in Pointer Mode
      When the agent opens "https://bank.example/profile"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged
      And the agent sees no page

  @NAVIGATE-2 @must @wire @browser
  Rule: The agent cannot take the customer off the site: refused, and the session stays active.
    The reason is `off_site`.

    Source: G
    Decision: What an agent can lead a customer to under the company's name must be the company's.

    @allowed
    Example: On the site it can
      Given a session in Write Mode
      When the agent opens "https://bank.example/rates"
      Then the agent sees the page "https://bank.example/rates"

    @refused @customer-end
    Scenario Outline: Not to <url>
      Given a session in Write Mode
      When the agent opens "<url>"
      Then the agent is refused by NAVIGATE-2 with "off_site"
      And the customer sees its page unchanged
      And the agent does not see that the session is suspended

      Examples:
        | url                              |
        | https://partner.example/         |
        | https://bank.example.evil.test/  |
        | https://bank.example@evil.test/  |
        | https://BANK.EXAMPLE.:443/       |

    @refused @obeying @customer-end
    Example: Not by a link either
      Given a session in Write Mode
      When the agent clicks "partner-link"
      Then the agent is refused by NAVIGATE-2 with "off_site"
      And the customer sees its page unchanged
      And the agent does not see that the session is suspended

    @allowed
    Example: The customer can go where it likes
      Given a session in Write Mode
      When the customer clicks "partner-link"
      Then the customer sees its page changed by the customer
      And the agent sees that the session is suspended: off_site

  @NAVIGATE-3 @must @wire @browser
  Rule: `javascript:`, `data:`, `file:`, `blob:`, `view-source:` and the like are refused in every mode.
    Source: decided here
    Decision: They run or read something in the customer's browser instead of opening a page.

    @allowed
    Example: An address of the site is opened
      Given a session in Write Mode
      When the agent opens "https://bank.example/rates"
      Then the customer sees its page changed by the agent

    @refused @customer-end
    Scenario Outline: <url>
      Given a session in Write Mode
      When the agent opens "<url>"
      Then the agent is refused by NAVIGATE-3 with "bad_scheme"
      And the customer sees its page unchanged

      Examples:
        | url                                        |
        | javascript:document.forms[0].submit()      |
        | JavaScript:alert(1)                        |
        | data:text/html,<h1>hello</h1>              |
        | file:///etc/passwd                         |
        | blob:https://bank.example/0000             |
        | view-source:https://bank.example/          |
        | about:blank                                |
        | chrome://settings                          |

    @refused @customer-end
    Example: In Pointer Mode it is refused as well
      Given a session in Pointer Mode
      When the agent opens "javascript:alert(1)"
      Then the agent is refused
      And the customer sees its page unchanged

  @NAVIGATE-4 @must @wire @browser
  Rule: An element that administrators disabled is inert for the agent, by every means of activating it, and works for the customer.
    Source: S1.4

    @allowed
    Example: For the customer it works
      Given a session in Write Mode
      When the customer clicks "terms-link"
      Then the customer sees its page changed by the customer
      And the agent sees the page "https://bank.example/terms"

    @allowed
    Example: Another link works for the agent
      Given a session in Write Mode
      When the agent clicks "rates-link"
      Then the customer sees its page changed by the agent

    @refused @customer-end
    Example: Clicking it does nothing
      Given a session in Write Mode
      When the agent clicks "terms-link"
      Then the agent is refused by NAVIGATE-4 with "disabled"
      And the customer sees its page unchanged

    @refused @customer-end
    Example: Nor does Enter on it
      Given a session in Write Mode
      When the agent presses Enter in "terms-link"
      Then the agent is refused by NAVIGATE-4 with "disabled"
      And the customer sees its page unchanged

  @NAVIGATE-5 @should @wire @browser
  Rule: Administrators can deny URLs to agents; the policy check warns where a disabled link's target is not denied as well.
    The reason is `denied_url`.

    Source: decided here
    Decision: A disabled link that can be typed is not disabled.

    @allowed
    Example: What is not denied can be opened
      Given the policy "addresses denied"
      And a session in Write Mode
      When the agent opens "https://bank.example/rates"
      Then the customer sees its page changed by the agent

    @refused @customer-end
    Scenario Outline: <url> is denied
      Given the policy "addresses denied"
      And a session in Write Mode
      When the agent opens "<url>"
      Then the agent is refused by NAVIGATE-5 with "denied_url"
      And the customer sees its page unchanged

      Examples:
        | url                                |
        | https://bank.example/profile       |
        | https://bank.example/profile?a=b   |
        | https://bank.example/profile#top   |

    @refused @obeying @customer-end
    Example: A link to it is no way round
      Given the policy "addresses denied"
      And the customer has "/rates" open
      And a session in Write Mode
      When the agent clicks "profile-link"
      Then the agent is refused by NAVIGATE-5 with "denied_url"
      And the customer sees its page unchanged

    @allowed
    Example: The customer can open it
      Given the policy "addresses denied"
      And a session in Write Mode
      When the customer opens "https://bank.example/profile"
      Then the agent sees the page "https://bank.example/profile"

  @NAVIGATE-6 @must @wire @browser
  Rule: Back or forward with no history changes nothing; refreshing a page that came from a POST is refused to the agent.
    The reasons are `no_history` and `would_resubmit`.

    Source: decided here
    Decision: To load such a page again is to submit the form again.

    @allowed @obeying
    Example: With history it goes back
      Given a session in Write Mode
      When the customer clicks "rates-link"
      And the agent goes back
      Then the agent sees the page "https://bank.example/apply"

    @refused @obeying @customer-end
    Scenario Outline: There is nothing to go to
      Given a session in Write Mode
      When the agent goes <where>
      Then the agent is refused by NAVIGATE-6 with "no_history"
      And the customer sees its page unchanged

      Examples:
        | where   |
        | back    |
        | forward |

    @refused @obeying @customer-end
    Example: The page came from a form
      Given a session in Write Mode
      When the customer clicks "send"
      Then the agent sees the page "https://bank.example/thanks"
      When the agent refreshes the page
      Then the agent is refused by NAVIGATE-6 with "would_resubmit"
      And the customer sees its page unchanged

  @NAVIGATE-7 @must @wire @browser
  Rule: Navigating or reloading within the site keeps the session and its mode; the agent's view follows.
    Source: decided here
    Decision: A session that broke at every link would be no help with a form of two pages.

    @allowed
    Scenario Outline: In <mode> the view follows
      Given a session in <mode>
      When the customer clicks "rates-link"
      Then the agent sees the page "https://bank.example/rates"
      And the agent receives content
      And the agent sees no change of mode
      And the agent does not see that the session is suspended

      Examples:
        | mode         |
        | Pointer Mode |
        | Write Mode   |

    @allowed
    Example: A reload is followed as well
      Given a session in Write Mode
      When the customer refreshes the page
      Then the agent sees the page "https://bank.example/apply"
      And the agent receives content
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent
      When the customer returns to Pointer Mode
      Then the agent sees Pointer Mode

    @refused
    Example: What was on the page before cannot be acted on any more
      Given a session in Write Mode
      When the customer clicks "rates-link"
      Then the agent sees the page "https://bank.example/rates"
      When the agent types "Graz" into "city"
      Then the agent is refused
      And the customer sees its page unchanged

  @NAVIGATE-8 @must @browser
  Rule: The agent cannot open file choosers, downloads, print or permission prompts on the customer's machine.
    The reason is `prompt_blocked`.

    Source: decided here
    Decision: They are windows of the customer's own machine, not of the page.

    @allowed
    Scenario Outline: The customer opens a <prompt>
      Given the customer has "/tools" open
      And a session in Write Mode
      When the customer clicks "<element>"
      Then the customer sees its browser open a <prompt>

      Examples: Everything that the page offers
        | element    | prompt            |
        | attachment | file chooser      |
        | statement  | download          |
        | print      | print dialog      |
        | branches   | permission prompt |
        | calculator | new window        |
        | attach     | file chooser      |
        | scan       | file chooser      |
        | archive    | download          |
        | receipt    | print dialog      |
        | comparison | new window        |

    @refused
    Scenario Outline: The agent opens no <prompt> with "<element>"
      Given the customer has "/tools" open
      And a session in Write Mode
      When the agent <act> "<element>"
      Then the customer sees its browser open nothing

      Examples: By a click
        | act    | element          | prompt            |
        | clicks | attachment       | file chooser      |
        | clicks | attachment-label | file chooser      |
        | clicks | statement        | download          |
        | clicks | export           | download          |
        | clicks | print            | print dialog      |
        | clicks | branches         | permission prompt |
        | clicks | reminders        | permission prompt |
        | clicks | calculator       | new window        |

      Examples: By a key
        | act              | element    | prompt       |
        | presses Enter in | attachment | file chooser |
        | presses Enter in | statement  | download     |
        | presses Space in | print      | print dialog |

    @refused
    Scenario Outline: Nor right after the customer has clicked: no <prompt> with "<element>"
      Given the customer has "/tools" open
      And a session in Write Mode
      When the customer clicks "heading"
      And meanwhile, the agent clicks "<element>"
      Then the customer sees its browser open nothing

      Examples: While a browser lets the page open what it would not open by itself
        | element          | prompt            |
        | attachment       | file chooser      |
        | attachment-label | file chooser      |
        | attach           | file chooser      |
        | scan             | file chooser      |
        | export           | download          |
        | archive          | download          |
        | receipt          | print dialog      |
        | branches         | permission prompt |
        | calculator       | new window        |
        | comparison       | new window        |
