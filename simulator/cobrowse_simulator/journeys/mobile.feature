Feature: Flaky mobile link
  The customer's link breaks, and breaks again.

  Scenario: two losses
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    And the customer moves the pointer about for 2 seconds
    And the link of the customer breaks
    Then the agent sees that the session is suspended
    When the customer is back after 1 to 8 seconds
    Then the agent sees that the session has resumed
    When the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 1 to 3 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the agent types "London" into "city"
    And the link of the customer breaks
    Then the agent sees that the session is suspended
    When the customer is back after 1 to 8 seconds
    Then the agent sees that the session has resumed
    When the agent waits 1 to 3 seconds
    And the agent exits the session
    Then the customer sees that the session has ended

  Scenario: lost while asked
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the link of the customer breaks
    Then the agent sees that the request is void
    When the customer is back after 1 to 8 seconds
    Then the agent sees that the session has resumed
    When the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the link of the agent breaks
    Then the customer sees that the request is void
    When the agent is back after 1 to 8 seconds
    Then the customer sees that the session has resumed
    When the customer waits 1 to 3 seconds
    And the customer exits the session
    Then the agent sees that the session has ended

  Scenario: a reload in Write Mode
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 1 to 3 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the customer announces that its page reloads
    And the link of the customer breaks
    And the customer is back after 1 to 3 seconds
    Then the agent sees the customer's page
    When the agent types "London" into "city"
    And the agent waits 1 to 3 seconds
    And the agent exits the session
    Then the customer sees that the session has ended
