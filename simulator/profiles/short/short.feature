Feature: Short session
  A question, and the session is over.

  Scenario: a field is filled in
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 2 to 6 seconds
    And the agent joins with the session ID
    Then the agent sees the customer's page
    When the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 2 to 8 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the agent types "London" into "city"
    And the customer exits the session
    Then the agent sees that the session has ended

  Scenario: the request is denied
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 2 to 6 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 2 to 8 seconds
    And the customer denies the request
    Then the agent sees that the request is denied
    When the agent moves the pointer about for 1 seconds
    And the agent clicks at 80, 300
    And the customer types "Grace Hopper" into "name"
    And the agent exits the session
    Then the customer sees that the session has ended
