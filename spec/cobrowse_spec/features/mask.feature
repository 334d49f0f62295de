Feature: MASK, what agents must not read

  Administrators decide what no agent may read. What they mask does not leave the customer's browser: it is
  not hidden from the agent's screen, it is never sent.

  @MASK-1 @must @wire @browser
  Rule: Where characters are masked, the agent sees asterisks.
    Source: S1.7

    @allowed @customer-end
    Example: What is not masked is seen
      Given a session in Pointer Mode
      When the customer types "Ada Lovelace" into "name"
      Then the agent sees "Ada Lovelace" in "name"

    @refused @customer-end
    Example: What is masked is asterisks
      Given a session in Pointer Mode
      When the customer types "078051120" into "ssn"
      Then the agent sees "*********" in "ssn"

  @MASK-2 @must @wire @browser
  Rule: Masked data never leaves the customer's browser: no byte of it reaches the server, the agent, a log, a journal or a report, in any encoding.
    Source: G

    @allowed @obeying @customer-end
    Example: What is not masked does leave, so the channel is seen
      Given a session in Pointer Mode
      When the customer types "Canary of the open field" into "name"
      Then something that leaves the customer contains "Canary of the open field"
      And something that reaches the agent contains "Canary of the open field"

    @refused @obeying @customer-end
    Scenario Outline: Typed into "<element>", it does not
      Given a session in Pointer Mode
      When the customer types "Canary of the masked field" into "<element>"
      And the customer types "Canary of the open field" into "name"
      Then something that leaves the customer contains "Canary of the open field"
      And nothing that leaves the customer contains "Canary of the masked field"
      And nothing that reaches the agent contains "Canary of the masked field"

      Examples:
        | element |
        | ssn     |
        | pin     |

    @refused @obeying @customer-end
    Scenario Outline: What stood there from the beginning does not either: <what>
      Given the policy "secrets masked"
      And a session in Pointer Mode
      When the customer clicks "rates-link"
      And the customer clicks "profile-link"
      Then the agent receives content
      And something that leaves the customer contains "Your profile"
      And nothing that leaves the customer contains "<what>"

      Examples:
        | what                        |
        | 756.1234.5678.97            |
        | correct horse               |
        | CH93 0076 2011 6238 5295 7  |
        | CH56 0483 5012 3456 7800 9  |
        | 12 345.67                   |
        | 4711-0815                   |

  @MASK-3 @must @browser
  Rule: Password inputs are masked whatever the policy says.
    Source: S1.7, G

    @allowed
    Example: The agent sees that there is one
      Given a session in Pointer Mode
      Then the agent sees "****" in "pin"

    @allowed
    Example: What stands beside it is seen
      Given a session in Pointer Mode
      When the customer types "Canary of the open field" into "name"
      Then something that leaves the customer contains "Canary of the open field"
      And the agent sees "Canary of the open field" in "name"

    @refused
    Scenario Outline: Under the policy "<policy>", which does not name it
      Given the policy "<policy>"
      And a session in Pointer Mode
      When the customer types "Canary of the password" into "pin"
      And the customer types "Canary of the open field" into "name"
      Then something that leaves the customer contains "Canary of the open field"
      And nothing that leaves the customer contains "Canary of the password"
      And the agent sees "****" in "pin"

      Examples:
        | policy            |
        | standard          |
        | addresses denied  |

    @refused
    Example: A password manager has filled it in
      Given a session in Pointer Mode
      Then nothing that leaves the customer contains "271828"
      And the agent sees "****" in "pin"

  @MASK-4 @must @wire @browser
  Rule: Administrators can mask any field, any element with all that is in it, or an entire page.
    Of an entire page no node is sent: a placeholder of the same size stands for it.

    Source: S1.7

    @allowed @obeying @customer-end
    Example: Without a mask the page is seen
      Given a session in Pointer Mode
      When the customer opens "https://bank.example/rates"
      Then something that leaves the customer contains "12 months"

    @refused @obeying @customer-end
    Example: An element with all that is in it
      Given the policy "secrets masked"
      And a session in Pointer Mode
      When the customer opens "https://bank.example/profile"
      Then something that leaves the customer contains "Your profile"
      And nothing that leaves the customer contains "Savings CH93"
      And nothing that leaves the customer contains "Balance 12"

    @refused @obeying @customer-end
    Example: An entire page
      Given the policy "secrets masked"
      And a session in Pointer Mode
      When the customer opens "https://bank.example/rates"
      Then the agent sees the page "https://bank.example/rates"
      And nothing that leaves the customer contains "12 months"
      And nothing that leaves the customer contains "36 months"
      When the customer opens "https://bank.example/profile"
      Then something that leaves the customer contains "Your profile"

  @MASK-5 @must @browser
  Rule: A mask covers everything that shows the data: value, text, attributes, options, descendants, later insertions, updates, page title, URL, selection and clipboard.
    Source: decided here
    Decision: What is hidden in one place and shown in another is not hidden. The places are those at which recorders of
    pages have leaked in public.

    @allowed
    Scenario Outline: Without a mask it is seen, so the channel is there: <place>
      Given the customer has "Canary in the open" as <place> of an element that is not masked
      And a session in Pointer Mode
      Then something that leaves the customer contains "Canary in the open"

      Examples:
        | place                         |
        | the value                     |
        | a value that is typed         |
        | the text                      |
        | a text that changes later     |
        | a node that is inserted later |
        | the placeholder               |
        | the title                     |
        | the ARIA label                |
        | an option                     |
        | the label of a button         |
        | the text of a text area       |

    @refused
    Scenario Outline: Masked, it does not leave as <place>
      Given the customer has "Canary behind the mask" as <place> of a masked element
      And the customer has "Canary in the open" as the text of an element that is not masked
      And a session in Pointer Mode
      Then something that leaves the customer contains "Canary in the open"
      And nothing that leaves the customer contains "Canary behind the mask"
      And nothing that reaches the agent contains "Canary behind the mask"

      Examples: Fields
        | place                         |
        | the value                     |
        | a value that is typed         |
        | the value attribute           |
        | the text of a text area       |
        | an editable region            |
        | an option                     |
        | the label of an option        |
        | the value of an option        |
        | a suggestion                  |
        | the value of a radio button   |
        | the label of a button         |
        | the name of a file            |
        | the text of a meter           |
        | a complaint about the value   |

      Examples: Text and what is inserted later
        | place                                 |
        | the text                              |
        | a text that changes later             |
        | a node that is inserted later         |
        | a comment                             |
        | a template                            |
        | the text for browsers without scripts |
        | text that the style sheet generates   |

      Examples: Attributes
        | place                              |
        | an attribute that changes later    |
        | the placeholder                    |
        | the title                          |
        | the alternative text               |
        | the ARIA label                     |
        | the ARIA description               |
        | the ARIA value                     |
        | a data attribute                   |
        | the ID                             |
        | the class                          |
        | an attribute of an unknown element |
        | the address of a link              |

      Examples: What is embedded
        | place                   |
        | a shadow tree           |
        | a frame's document      |
        | a frame's source        |
        | the text of a drawing   |
        | an address in the style |
        | the address of an image |
        | the poster of a video   |

      Examples: What the customer does with it
        | place           |
        | the selection   |
        | the clipboard   |
        | what is dragged |

    @refused
    Scenario Outline: Nor in the address: <what>
      Given the customer has "/apply?token=canary-in-the-query#canary-in-the-fragment" open
      And a session in Pointer Mode
      Then the agent sees the customer's page
      And nothing that leaves the customer contains "<what>"

      Examples:
        | what                   |
        | canary-in-the-query    |
        | canary-in-the-fragment |

  @MASK-6 @must @browser
  Rule: Masks stick: a node that was masked stays masked while it lives, whatever becomes of its type, class or place.
    Source: decided here
    Decision: "Show password" is meant for the customer's eyes.

    @allowed
    Example: What is not masked may become so
      Given a session in Pointer Mode
      When the page of the customer builds anew "ssn"
      And the customer types "Canary of the open field" into "name"
      Then something that leaves the customer contains "Canary of the open field"
      And the agent sees "Canary of the open field" in "name"

    @refused
    Scenario Outline: The page <change> "<element>"
      Given a session in Pointer Mode
      When the page of the customer <change> "<element>"
      And the customer types "Canary that stays masked" into "<element>"
      And the customer types "Canary of the open field" into "name"
      Then something that leaves the customer contains "Canary of the open field"
      And nothing that leaves the customer contains "Canary that stays masked"

      Examples:
        | change                    | element |
        | makes a text field of     | pin     |
        | moves                     | pin     |
        | builds anew               | pin     |
        | takes name and class from | ssn     |
        | moves                     | ssn     |
        | builds anew               | ssn     |

  @MASK-7 @must @wire @browser
  Rule: The agent cannot change a masked field, in either mode, and is told that only the customer can.
    The reason is `masked`.

    Source: G

    @allowed
    Example: An open field it can change
      Given a session in Write Mode
      When the agent types "Graz" into "city"
      Then the customer sees its page changed by the agent

    @refused @customer-end
    Scenario Outline: Not "<element>"
      Given a session in Write Mode
      When the agent types "123" into "<element>"
      Then the agent is refused by MASK-7 with "masked"
      And the customer sees its page unchanged

      Examples:
        | element |
        | ssn     |
        | pin     |

    @refused
    Example: In Pointer Mode neither
      Given a session in Pointer Mode
      When the agent types "123" into "ssn"
      Then the agent is refused
      And the customer sees its page unchanged

    @refused @customer-end
    Example: It is told so
      Given a session in Write Mode
      When the agent types "123" into "ssn"
      Then the agent is told that only the customer can

  @MASK-8 @should @browser
  Rule: A customer who focuses a masked field is told that the agent cannot read it.
    Source: G

    @allowed
    Scenario Outline: Told of "<element>"
      Given a session in Pointer Mode
      When the customer focuses "<element>"
      Then the customer is told that the agent cannot read "<element>"

      Examples:
        | element |
        | ssn     |
        | pin     |

    @refused
    Example: Not of what the agent can read
      Given a session in Pointer Mode
      When the customer focuses "name"
      Then the customer is told of no mask

    @refused
    Example: Not where there is no session
      Given a call between the customer and the agent
      When the customer focuses "ssn"
      Then the customer is told of no mask

  @MASK-9 @must @wire @browser
  Rule: Secrets show exactly four asterisks whatever their length, empty stays empty; other masks show one asterisk a character.
    Secrets are passwords and fields that the policy rules secret.

    Source: S1.7
    Decision: The length of a password is part of it.

    @allowed @obeying @customer-end
    Scenario Outline: "<typed>" is "<seen>" in "<element>"
      Given a session in Pointer Mode
      When the customer types "<typed>" into "<element>"
      Then the agent sees "<seen>" in "<element>"

      Examples:
        | typed        | seen      | element |
        | 1            | ****      | pin     |
        | 123456789012 | ****      | pin     |
        | 078051120    | ********* | ssn     |
        | 12           | **        | ssn     |

    @refused @obeying @customer-end
    Example: Empty stays empty
      Given a session in Pointer Mode
      When the customer types "1234" into "pin"
      Then the agent sees "****" in "pin"
      When the customer types "" into "pin"
      Then the agent sees "" in "pin"

    @refused @obeying @customer-end
    Example: A field ruled secret does not tell its length
      Given the policy "secrets masked"
      And a session in Pointer Mode
      When the customer types "078051120" into "ssn"
      Then the agent sees "****" in "ssn"

  @MASK-10 @must @wire @browser
  Rule: Masks and disabled elements hold in both modes and for all agents; the most restrictive rule wins.
    Source: S1.7, G

    @allowed @obeying @customer-end
    Scenario Outline: In <mode>
      Given a session in <mode>
      When the customer types "078051120" into "ssn"
      Then the agent sees "*********" in "ssn"
      And nothing that leaves the customer contains "078051120"

      Examples:
        | mode         |
        | Pointer Mode |
        | Write Mode   |

    @refused @obeying
    Example: Another agent sees no more
      Given a session in Pointer Mode
      When the agent exits the session
      Given a call between the customer and the second agent
      When the customer starts a session
      And the second agent joins with the session ID
      And the customer types "078051120" into "ssn"
      Then the second agent sees "*********" in "ssn"

    @refused @obeying @customer-end
    Example: Of two rules the stricter holds
      Given the policy "secrets masked"
      And a session in Pointer Mode
      When the customer types "078051120" into "ssn"
      Then the agent sees "****" in "ssn"
      And nothing that leaves the customer contains "078051120"

  @MASK-11 @must @wire
  Rule: A policy that cannot be read is refused with the line at fault, and the last good one stays; a stricter one reaches live sessions at the next event, a looser one only new sessions.
    A server that cannot read its policy at start-up refuses to serve. Where the policy becomes stricter, both are told,
    the agent's view is blank until the page is shown anew, and nothing from before passes. A session in Write Mode, or
    with a request, returns to Pointer Mode where Write Mode has been disabled.

    Source: decided here
    Decision: Fail closed: between two policies the customer is better off with the stricter.

    @allowed @customer-end
    Example: What could be read is masked
      Given a session in Pointer Mode
      Then the agent sees "Bern" in "city"
      When the contact centre puts the policy "stricter" in force
      Then the agent sees the customer's page
      And the agent sees "****" in "city"

    @allowed
    Example: Both are told
      Given a session in Pointer Mode
      When the contact centre puts the policy "stricter" in force
      Then the contact centre sees that the policy is in force
      And the customer sees that the policy has changed
      And the customer sees nothing else
      And the agent sees that the policy has changed
      And the agent sees nothing else
      And the agent receives content

    @allowed
    Example: Write Mode that has been disabled is over
      Given a session in Write Mode
      When the contact centre puts the policy "stricter" in force
      Then the agent sees that the policy has changed
      And the agent sees Pointer Mode
      And the agent sees nothing else
      And the customer sees that the policy has changed
      And the customer sees Pointer Mode
      And the customer sees nothing else
      When the agent types "Ada" into "name"
      Then the agent is refused by POINTER-2 with "pointer_mode"
      When the agent requests Write Mode
      Then the agent is refused by WRITE-5 with "write_mode_disabled"
      And the customer is not asked

    @allowed
    Example: So is a pending request
      Given a session with a pending request
      When the contact centre puts the policy "stricter" in force
      Then the agent sees that the policy has changed
      And the agent sees that the request is void
      And the agent sees nothing else
      And the customer sees that the policy has changed
      And the customer sees that the request is void
      And the customer sees nothing else
      When the customer approves the request
      Then the customer is refused by WRITE-1 with "no_such_request"

    @allowed
    Example: It holds as well where the customer was away
      Given a suspended session
      When the contact centre puts the policy "stricter" in force
      And the customer comes back to the site
      Then the agent sees the customer's page
      And the agent sees "****" in "city"

    @refused
    Example: What was under way before does not arrive
      Given a session in Pointer Mode
      When the contact centre puts the policy "stricter" in force
      Then the agent sees the customer's page
      When late, the customer sends a frame of content
      Then the agent receives no content

    @refused
    Example: A looser one does not reach a live session
      Given the policy "stricter"
      And a session in Pointer Mode
      When the contact centre puts the policy "standard" in force
      Then the contact centre sees that the policy is in force
      And the agent sees no change of policy
      And the agent sees "****" in "city"
      When the agent requests Write Mode
      Then the agent is refused by WRITE-5 with "write_mode_disabled"

    @allowed
    Example: But new ones
      Given the policy "stricter"
      And a session in Pointer Mode
      And a call between the second customer and the second agent
      When the contact centre puts the policy "standard" in force
      And the second customer starts a session
      And the second agent joins with the session ID
      Then the second agent sees "Bern" in "city"
      And the agent sees "****" in "city"
      When the second agent requests Write Mode
      Then the second customer sees the request for Write Mode

    @refused
    Example: What cannot be read is refused with the line at fault
      Given the policy "stricter"
      And a session in Pointer Mode
      When the contact centre puts the policy "unreadable" in force
      Then the contact centre sees that line 3 of the policy is refused
      And the agent sees no change of policy
      And the agent sees "****" in "city"
      When the agent requests Write Mode
      Then the agent is refused by WRITE-5 with "write_mode_disabled"

    @refused
    Example: And new sessions follow the last good one
      Given the policy "stricter"
      And a call between the customer and the agent
      When the contact centre puts the policy "unreadable" in force
      And the customer starts a session
      And the agent joins with the session ID
      Then the agent sees that the session has started
      And the agent sees "****" in "city"

  @MASK-12 @must @browser
  Rule: What cannot be mirrored safely is a placeholder of the same size: canvas, media, plug-ins, frames of other origins, elements ruled so.
    Source: S1.1

    @allowed
    Example: What can be mirrored is no placeholder
      Given the customer has "/media" open
      And a session in Pointer Mode
      Then the agent sees "Our branches" in "heading"
      And something that leaves the customer contains "Our branches"

    @refused
    Scenario Outline: A placeholder for "<element>"
      Given the customer has "/media" open
      And a session in Pointer Mode
      Then the agent sees a placeholder of the same size for "<element>"
      And nothing that leaves the customer contains "<canary>"

      Examples:
        | element  | canary                 |
        | chart    | canary-in-the-canvas   |
        | video    | canary-of-the-video    |
        | audio    | canary-of-the-audio    |
        | document | canary-of-the-plug-in  |
        | map      | canary-of-the-frame    |

    @refused
    Example: A placeholder for an entire page that is ruled so
      Given the policy "secrets masked"
      And the customer has "/rates" open
      And a session in Pointer Mode
      Then the agent sees a placeholder of the same size for "html"
