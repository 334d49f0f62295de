Feature: SITE, leaving the company's site

  Co-browsing is for the company's own site. When the customer goes elsewhere the session is suspended:
  the agent's view goes blank and stays so until the customer comes back.

  @SITE-1 @must @wire @browser
  Rule: When the customer leaves the site the session is suspended: the agent's view goes blank, and nothing flows in either direction, pointers included.
    Source: S1.4

    @allowed
    Example: Suspended
      Given a session in Pointer Mode
      When the customer leaves the site
      Then the agent sees that the session is suspended: off_site
      And the customer sees that the session is suspended: off_site

    @allowed
    Example: Before it and after it, all flows
      Given a session in Pointer Mode
      When the customer types "Ada" into "name"
      Then the agent receives content
      When the customer moves the pointer to 10, 20
      Then the agent sees the other's pointer at 10, 20
      When the agent moves the pointer to 30, 40
      Then the customer sees the other's pointer at 30, 40

    @refused
    Example: Nothing flows
      Given a suspended session
      When the customer types "Ada" into "name"
      And the customer moves the pointer to 10, 20
      And the agent moves the pointer to 30, 40
      Then the agent receives no content
      And the agent does not see the other's pointer
      And the customer does not see the other's pointer

    @refused @customer-end
    Example: The customer's own end captures nothing there
      Given a session in Pointer Mode
      When the customer opens "https://partner.example/offer"
      Then the agent sees that the session is suspended: off_site
      When the customer types "secret" into "name"
      And the customer moves the pointer to 10, 20
      Then the agent receives no content
      And the agent does not see the other's pointer

    @refused
    Example: Who is away cannot leave, and shows no page
      Given a suspended session
      When the customer leaves the site
      Then the customer is refused by SITE-1 with "suspended"
      When the customer sends "{'id': 901, 'do': {'type': 'show_page', 'page': 'p9', 'url': 'https://bank.example/'}}" as it is
      Then the customer is refused by SITE-1 with "suspended"
      And the agent sees no page

    @refused
    Example: The agent cannot say that the customer has left
      Given a session in Pointer Mode
      When the agent leaves the site
      Then the agent is refused by SITE-1 with "wrong_party"
      And the customer does not see that the session is suspended

    @refused
    Example: What was under way when the customer left does not arrive after the return
      Given a session in Pointer Mode
      When the customer leaves the site
      And the customer comes back to the site
      Then the agent sees that the session has resumed
      When late, the customer moves the pointer to 10, 20
      And late, the agent moves the pointer to 30, 40
      Then the agent does not see the other's pointer
      And the customer does not see the other's pointer
      When late, the customer sends a frame of content
      Then the agent receives no content

    @allowed
    Example: A page of another site suspends it as well
      Given a session in Pointer Mode
      When the customer opens "https://partner.example/offer"
      Then the customer sees that the session is suspended: off_site
      And the agent sees that the session is suspended: off_site

  @SITE-2 @must @wire @browser
  Rule: When the customer comes back the same session resumes by itself, with the same ID and parties, in Pointer Mode.
    Source: S1.4
    Decision: The source does not say in which mode. Pointer Mode, since an approval is for one unbroken
    stretch (WRITE-13).

    @allowed
    Example: It resumes
      Given a pending session
      When the agent joins with the session ID
      Then the agent sees that the session has started
      When the customer leaves the site
      And the customer comes back to the site
      Then the agent sees that the session has resumed
      And the customer sees that the session has resumed
      And the agent sees the customer's page
      And the agent receives content
      And the agent does not see that the session has started

    @refused
    Example: Not in Write Mode
      Given a session in Write Mode
      When the customer leaves the site
      And the customer comes back to the site
      Then the agent sees that the session has resumed
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged

    @refused
    Example: Not for somebody else
      Given a suspended session
      And a call between the second customer and the second agent
      When the second agent joins with the session ID
      Then the second agent is refused by JOIN-4 with "session_full"
      And the second agent does not see that the session has started

    @allowed
    Example: Both are told
      Given a suspended session
      When the customer comes back to the site
      Then the customer sees that the session has resumed
      And the agent sees that the session has resumed

    @refused
    Scenario Outline: Who was not away does not come back: a <session>
      Given a <session>
      When the customer comes back to the site
      Then the customer is refused by SITE-2 with "not_suspended"
      And the agent does not see that the session has resumed

      Examples:
        | session                        |
        | session in Pointer Mode        |
        | session with a pending request |
        | session in Write Mode          |

    @refused
    Example: Nor who waits for the agent's link
      Given a session in Pointer Mode
      When the link of the agent breaks
      Then the customer sees that the session is suspended: link_lost
      When the customer comes back to the site
      Then the customer is refused by SITE-2 with "not_suspended"

    @refused
    Example: The agent cannot bring the customer back
      Given a suspended session
      When the agent comes back to the site
      Then the agent is refused by SITE-2 with "wrong_party"
      And the customer does not see that the session has resumed

  @SITE-3 @must @wire @browser
  Rule: The agent is told of suspension, with its reason, and of the return. Nothing about the other site reaches the agent or the server's records.
    No URL, no title, no content.

    Source: decided here
    Decision: Where else the customer goes is nobody's business.

    @allowed
    Example: Told of both
      Given a session in Pointer Mode
      When the customer leaves the site
      Then the agent sees that the session is suspended: off_site
      When the customer comes back to the site
      Then the agent sees that the session has resumed
      And the agent sees the customer's page

    @refused @customer-end
    Example: Not told where
      Given a session in Pointer Mode
      When the customer opens "https://partner.example/offer"
      Then the agent sees that the session is suspended: off_site
      And the agent sees no page
      And the agent receives no content

    @refused
    Example: Even where the customer's end tells it, the server passes it to nobody
      Given a session in Pointer Mode
      When the customer opens "https://partner.example/offer"
      Then the agent sees that the session is suspended: off_site
      And the agent sees no page
      And the agent receives no content

  @SITE-4 @must @wire
  Rule: A suspension that lasts longer than its limit ends the session.
    The time is the timer `off_site` (300 s by default), the reason `off_site_timeout`.

    Source: decided here
    Decision: A customer who has forgotten the session should not find it open tomorrow. In a browser the customer's
    link goes with the page, so off the site this time alone counts: the timer `customer_link` does not run, or it would
    always be over first. Once the customer is back on the site it runs for a link that is lost as ever.

    @allowed
    Example: Too long
      Given the policy "short waits"
      And a session in Pointer Mode
      When the customer leaves the site
      Then when the off-site time is over, the customer sees that the session has ended: off_site_timeout
      And the agent sees that the session has ended: off_site_timeout

    @allowed
    Example: Too long, and the link is gone with the page
      Given the policy "short waits"
      And a session in Pointer Mode
      When the customer leaves the site
      And the link of the customer breaks
      Then when the off-site time is over, the agent sees that the session has ended: off_site_timeout

    @refused
    Example: Back in time
      Given the policy "short waits"
      And a session in Pointer Mode
      When the customer leaves the site
      And half of the off-site time passes
      And the customer comes back to the site
      And the off-site time passes
      Then the agent sees that the session has resumed
      And the agent does not see that the session has ended

  @SITE-5 @must @wire @browser
  Rule: The site is a list of exact origins and explicit wildcards. Look-alikes are off-site.
    An origin is scheme, host and port; a wildcard `*.` stands for subdomains. Suffixes, user info,
    another port or scheme, a trailing dot, IDN homographs, and the site's name in path or query are
    look-alikes.

    Source: decided here
    Decision: Whoever can choose an address can choose one that looks right.

    @allowed
    Scenario Outline: <url> is the site
      Given a session in Pointer Mode
      When the customer opens "<url>"
      Then the agent sees the customer's page
      And the agent does not see that the session is suspended

      Examples:
        | url                                     |
        | https://bank.example/rates              |
        | https://bank.example:443/rates          |
        | https://BANK.example/rates              |
        | https://shop.branches.bank.example/     |

    @refused
    Scenario Outline: <url> is not
      Given a session in Pointer Mode
      When the customer opens "<url>"
      Then the agent sees that the session is suspended: off_site
      And the agent sees no page
      And the agent receives no content

      Examples:
        | url                                         |
        | https://bank.example.evil.test/             |
        | https://bank.example@evil.test/             |
        | https://bank.example:8443/                  |
        | http://bank.example/                        |
        | https://bank.example./                      |
        | https://bаnk.example/                       |
        | https://xn--bnk-6cd.example/                |
        | https://evil.test/bank.example/             |
        | https://evil.test/?https://bank.example/    |
        | https://notbank.example/                    |
        | https://branches.bank.example/              |
        | https://evilbranches.bank.example/          |

    @refused @customer-end
    Scenario Outline: The agent cannot lead the customer to <url>
      Given a session in Write Mode
      When the agent opens "<url>"
      Then the agent is refused by NAVIGATE-2 with "off_site"
      And the customer sees its page unchanged

      Examples:
        | url                             |
        | https://bank.example.evil.test/ |
        | https://bank.example@evil.test/ |
        | https://bank.example:8443/      |
        | http://bank.example/            |

    @allowed
    Example: The agent can lead the customer about the site
      Given a session in Write Mode
      When the agent opens "https://bank.example/rates"
      Then the customer sees its page changed by the agent
      And the agent sees the page "https://bank.example/rates"

  @SITE-6 @must @wire
  Rule: While suspended every agent act is refused, except exit. A request pending at that moment is void.
    The reason is `suspended`.

    Source: decided here
    Decision: Nothing that the agent does can be meant for a page that it does not see.

    @allowed
    Example: The agent can exit
      Given a suspended session
      When the agent exits the session
      Then the agent sees that the session has ended: agent_exit
      And the customer sees that the session has ended: agent_exit

    @allowed
    Example: Back on the site the agent can ask again
      Given a suspended session
      When the customer comes back to the site
      And the agent requests Write Mode
      Then the customer sees the request for Write Mode
      When the customer approves the request
      Then the agent sees Write Mode

    @refused
    Example: Typing
      Given a session in Write Mode
      When the customer leaves the site
      Then the agent sees that the session is suspended
      When the agent types "Graz" into "city"
      Then the agent is refused by SITE-6 with "suspended"
      And the customer sees its page unchanged

    @refused
    Example: Requesting
      Given a suspended session
      When the agent requests Write Mode
      Then the agent is refused by SITE-6 with "suspended"
      And the customer is not asked

    @refused
    Example: Returning to Pointer Mode
      Given a session in Write Mode
      When the customer leaves the site
      And the agent returns to Pointer Mode
      Then the agent is refused by SITE-6 with "suspended"

    @refused
    Example: A pending request is void
      Given a session with a pending request
      When the customer leaves the site
      Then the agent sees that the request is void
      And the customer sees that the request is void
      When the customer approves the request
      Then the customer is refused by SITE-6 with "suspended"
      And the agent sees no change of mode

    @refused
    Example: And it stays void after the return
      Given a session with a pending request
      When the customer leaves the site
      And the customer comes back to the site
      And the customer approves the request
      Then the customer is refused by WRITE-1 with "no_such_request"
      And the agent sees no change of mode

    @refused
    Scenario Outline: The agent <act>
      Given a suspended session
      When the agent <act>
      Then the agent is refused by SITE-6 with "suspended"
      And the customer sees nothing at all

      Examples:
        | act                     |
        | withdraws request "r1"  |
        | clicks at 10, 10        |
        | returns to Pointer Mode |

    @refused
    Scenario Outline: The customer <act>
      Given a suspended session
      When the customer <act>
      Then the customer is refused by SITE-6 with "suspended"
      And the agent sees nothing at all

      Examples:
        | act                                                              |
        | approves request "r1"                                            |
        | denies request "r1"                                              |
        | returns to Pointer Mode                                          |
        | sends "{'id': 901, 'do': {'type': 'report', 'act': 1}}" as it is |
        | sends "{'id': 902, 'do': {'type': 'show_elements', 'page': 'p1', 'gone': ['7']}}" as it is |

    @refused
    Example: A link that breaks voids it as well
      Given a session with a pending request
      When the link of the agent breaks
      Then the customer sees that the request is void
      And the customer sees that the session is suspended: link_lost

    @refused
    Example: So does a page of another site
      Given a session with a pending request
      When the customer opens "https://partner.example/offer"
      Then the agent sees that the request is void
      And the customer sees that the request is void

    @refused
    Example: And the customer's link as well
      Given a session with a pending request
      When the link of the customer breaks
      Then the agent sees that the request is void
      And the agent sees that the session is suspended: link_lost

    @refused
    Example: And a reload that takes too long voids it
      Given the policy "short reload"
      And a session with a pending request
      When the customer announces that its page reloads
      And the link of the customer breaks
      Then when the reload time is over, the agent sees that the request is void

    @refused @race
    Example: An approval that meets a suspension is not worth anything
      Given a session with a pending request
      When the customer approves the request
      And at the same moment, the link of the agent breaks
      Then the customer sees that the session is suspended: link_lost
      When the agent comes back with its token
      Then the agent sees that the session has resumed
      When the agent types "Graz" into "city"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      And the customer sees its page unchanged
