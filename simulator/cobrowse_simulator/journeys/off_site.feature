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

  Scenario: the agent goes on all the same
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 1 to 4 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the agent types "London" into "city"
    And the customer leaves the site
    Then the agent sees that the session is suspended
    When the agent moves the pointer to 40, 50
    And the agent clicks at 40, 50
    Then the agent is refused by SITE-6 with "suspended"
    When the agent scrolls to 0, 400
    Then the agent is refused by SITE-6 with "suspended"
    When the agent requests Write Mode
    Then the agent is refused by SITE-6 with "suspended"
    When the customer waits 5 to 20 seconds
    And the customer comes back to the site
    Then the agent sees that the session has resumed
    And the agent sees the customer's page
    When the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer leaves the site
    Then the agent sees that the request is void
    When the customer waits 5 to 20 seconds
    And the customer comes back to the site
    Then the agent sees that the session has resumed
    When the customer waits 2 to 4 seconds
    And the customer exits the session
    Then the agent sees that the session has ended
