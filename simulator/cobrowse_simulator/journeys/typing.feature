Feature: Many fields
  The agent fills in a long form, with what the page does meanwhile.

  Scenario: typed by the agent
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 3 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 1 to 3 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the agent fills in:
      | name   | A                              |
      | name   | Ad                             |
      | name   | Ada                            |
      | name   | Ada Lovelace                   |
      | city   | Lon                            |
      | city   | London                         |
      | income | 7                              |
      | income | 72                             |
      | income | 72000                          |
      | notes  | Wants to pay back early        |
      | notes  | Wants to pay back early, if it |
    And the page of the customer changes for 3 seconds
    And the agent chooses "36" in "term"
    And the agent chooses "on" in "newsletter"
    And the customer returns to Pointer Mode
    Then the agent sees Pointer Mode
    When the customer exits the session
    Then the agent sees that the session has ended
