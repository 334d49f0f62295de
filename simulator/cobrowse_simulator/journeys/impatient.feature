Feature: Impatient agent
  The agent asks again and again, and acts before it may.

  Scenario: asks too often
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 2 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    And the agent sees the request for Write Mode
    When the agent requests Write Mode
    And the agent withdraws the request
    Then the customer sees that the request is withdrawn
    When the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 1 to 3 seconds
    And the customer denies the request
    Then the agent sees that the request is denied
    When the agent requests Write Mode
    Then the agent is refused by WRITE-9 with "cooling_down"
    When the customer waits 2 to 5 seconds
    And the agent exits the session
    Then the customer sees that the session has ended
