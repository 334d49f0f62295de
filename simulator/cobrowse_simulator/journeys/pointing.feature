Feature: Pointer only
  The agent only points, and never asks for more.

  Scenario: pointing things out
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    Then the agent sees the customer's page
    When the agent moves the pointer about for 5 seconds
    And the agent clicks at 100, 200
    Then the customer sees the red circle
    When the customer moves the pointer about for 5 seconds
    And the page of the customer changes for 2 seconds
    And the agent clicks at 300, 220
    Then the customer sees the red circle
    When the customer waits 1 to 4 seconds
    And the customer exits the session
    Then the agent sees that the session has ended
