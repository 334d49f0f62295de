Feature: Navigation tour
  The agent shows the customer around.

  Scenario: through the site and back
    Given a call between the customer and the agent
    And the customer has "/" open
    When the customer starts a session
    And the agent waits 1 to 4 seconds
    And the agent joins with the session ID
    And the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the customer waits 1 to 4 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the agent waits 2 to 5 seconds
    And the agent opens "https://bank.example/rates"
    Then the agent sees the customer's page
    When the agent moves the pointer about for 3 seconds
    And the agent scrolls to 0, 400
    And the agent opens "https://bank.example/apply"
    Then the agent sees the customer's page
    When the agent waits 2 to 5 seconds
    And the agent goes back
    Then the agent sees the customer's page
    When the agent refreshes the page
    And the agent opens "https://elsewhere.example/"
    Then the agent is refused by NAVIGATE-2 with "off_site"
    When the customer waits 1 to 3 seconds
    And the agent exits the session
    Then the customer sees that the session has ended
