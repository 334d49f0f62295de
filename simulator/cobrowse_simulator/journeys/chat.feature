Feature: Ended chat
  The session was started from a chat, and ends with it.

  Scenario: the chat ends
    Given a chat between the customer and the agent
    When the customer starts a session
    And the contact centre posts "{start:(session ID)}" in the chat as the system
    Then the agent sees the customer's page
    When the customer moves the pointer about for 2 seconds
    And the agent waits 2 to 6 seconds
    And the contact centre ends the interaction
    Then the customer sees that the session has ended
    And the agent sees that the session has ended
