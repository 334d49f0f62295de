Feature: Long idle
  Both do something else for a while.

  Scenario: nothing happens for a while
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    Then the customer sees that the session has started
    When the customer waits 30 to 90 seconds
    And the customer moves the pointer about for 1 seconds
    And the agent waits 20 to 60 seconds
    And the agent exits the session
    Then the customer sees that the session has ended
