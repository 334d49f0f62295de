Feature: Hesitant customer
  The customer presses what there is to press, and calls it off.

  Scenario: answers what nobody asked
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 2 seconds
    And the agent joins with the session ID
    Then the customer sees that the session has started
    When the customer cancels the session
    Then the customer is refused by START-6 with "already_joined"
    When the customer approves the request
    Then the customer is refused by WRITE-1 with "no_such_request"
    When the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer approves request "another"
    Then the customer is refused by WRITE-7 with "no_such_request"
    When the agent withdraws request "another"
    Then the agent is refused by WRITE-7 with "no_such_request"
    When the customer waits 1 to 3 seconds
    And the customer denies the request
    Then the agent sees that the request is denied
    When the customer denies the request
    Then the customer is refused by WRITE-1 with "no_such_request"
    When the agent exits the session
    Then the customer sees that the session has ended

  Scenario: thinks better of it
    Given a call between the customer and the agent
    When the customer starts a session
    And the customer waits 1 to 4 seconds
    And the customer cancels the session
    Then the customer sees that the session has ended
