Feature: Form filling
  A customer needs help with an application. The agent looks first, then asks to type.

  Scenario: the request is granted
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 2 to 6 seconds
    And the agent joins with the session ID
    Then the customer sees that the session has started
    And the agent sees the customer's page
    When the customer moves the pointer about for 3 seconds
    And the agent moves the pointer about for 2 seconds
    And the agent clicks at 120, 240
    Then the customer sees the red circle
    When the agent waits 2 to 5 seconds
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 2 to 8 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the agent fills in:
      | name   | Ada Lovelace |
      | city   | London       |
      | income | 72000        |
    And the agent chooses "24" in "term"
    And the customer waits 1 to 3 seconds
    And the customer types "please call me" into "notes"
    And the agent clicks "send"
    Then the agent is refused by SUBMIT-1 with "submit_blocked"
    When the agent returns to Pointer Mode
    And the customer waits 1 to 3 seconds
    And the customer clicks "send"
    Then the agent sees the customer's page
    When the customer waits 1 to 3 seconds
    And the customer exits the session
    Then the agent sees that the session has ended

  Scenario: the request is denied
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 2 to 6 seconds
    And the agent joins with the session ID
    And the agent waits 2 to 5 seconds
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 2 to 10 seconds
    And the customer denies the request
    Then the agent sees that the request is denied
    When the customer fills in:
      | name   | Grace Hopper |
      | income | 81000        |
    And the agent moves the pointer about for 3 seconds
    And the agent clicks at 80, 300
    And the customer clicks "send"
    And the customer waits 1 to 4 seconds
    And the agent exits the session
    Then the customer sees that the session has ended
