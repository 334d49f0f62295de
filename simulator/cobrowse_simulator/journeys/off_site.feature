Feature: Off-site detour
  The customer looks something up elsewhere, and comes back.

  Scenario: away and back
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    And the customer moves the pointer about for 2 seconds
    And the customer leaves the site
    Then the agent sees that the session is suspended
    When the customer waits 5 to 20 seconds
    And the customer comes back to the site
    Then the agent sees that the session has resumed
    And the agent sees the customer's page
    When the customer waits 2 to 4 seconds
    And the customer exits the session
    Then the agent sees that the session has ended
