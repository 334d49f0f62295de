Feature: Hasty
  Neither waits for what the other does, so that what they do is often on its way at the same time.

  Scenario: both at once
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 0 to 1 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the agent withdraws the request
    And the customer approves the request
    And the agent requests Write Mode
    And the customer waits 0 to 1 seconds
    And the customer approves the request
    And the agent waits 0 to 1 seconds
    And the agent types "London" into "city"
    And the customer returns to Pointer Mode
    And the agent types "Paris" into "city"
    And the agent returns to Pointer Mode
    And the agent clicks at 100, 200
    And the customer exits the session
    And the agent clicks at 120, 220
    And the agent requests Write Mode
    And the agent exits the session

  Scenario: an answer too late
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 0 to 1 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    And the customer waits 5.5 to 6.2 seconds
    And the customer approves the request
    And the agent waits 2 to 3 seconds
    And the agent requests Write Mode
    And the customer waits 0 to 2 seconds
    And the agent withdraws the request
    And the customer denies the request
    And the agent waits 2 to 3 seconds
    And the agent requests Write Mode
    And the customer waits 0 to 1 seconds
    And the agent exits the session
    And the customer approves the request

  Scenario: gone in the midst of it
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 0 to 1 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    And the customer waits 1 to 2 seconds
    And the customer approves the request
    And the agent waits 0 to 1 seconds
    And the agent types "London" into "city"
    And the customer clicks "send"
    And the agent types "Paris" into "city"
    And the agent waits 0 to 1 seconds
    And the agent requests Write Mode
    And the customer leaves the site
    And the agent requests Write Mode
    And the agent types "Rome" into "city"
    And the customer waits 3.5 to 5.5 seconds
    And the customer comes back to the site
    And the agent waits 2 to 3 seconds
    And the agent requests Write Mode
    And the customer waits 0 to 1 seconds
    And the customer approves the request
    And the agent types "Oslo" into "city"
    And the customer exits the session
    And the agent types "Bonn" into "city"
