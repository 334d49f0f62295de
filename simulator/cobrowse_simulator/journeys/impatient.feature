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
    Then the agent sees the request for Write Mode
    When the agent withdraws the request
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

  Scenario: acts before it may
    Given a call between the customer and the agent
    When the customer starts a session
    And the agent waits 1 to 2 seconds
    And the agent joins with the session ID
    Then the customer sees that the session has started
    When the agent types "London" into "city"
    Then the agent is refused by POINTER-2 with "pointer_mode"
    When the agent transfers the session to "Ben"
    Then the agent is refused by JOIN-4 with "no_transfer"
    When the agent requests Write Mode
    Then the customer sees the request for Write Mode
    When the agent types "London" into "city"
    Then the agent is refused by POINTER-2 with "pointer_mode"
    When the agent approves the request
    Then the agent is refused by WRITE-1 with "only_customer_answers"
    When the customer waits 1 to 3 seconds
    And the customer approves the request
    Then the agent sees Write Mode
    When the agent clicks "subscribe"
    Then the agent sees the customer's page
    When the agent opens "https://bank.example/apply"
    Then the agent sees the customer's page
    When the agent waits 1 to 2 seconds
    And the agent types "123" into "ssn"
    Then the agent is refused by MASK-7 with "masked"
    When the agent clicks "terms-link"
    Then the agent is refused by NAVIGATE-4 with "disabled"
    When the agent opens "https://bank.example/terms"
    Then the agent is refused by NAVIGATE-5 with "denied_url"
    When the agent opens "data:text/html,Hello"
    Then the agent is refused by NAVIGATE-3 with "bad_scheme"
    When the agent clicks "send"
    Then the agent is refused by SUBMIT-1 with "submit_blocked"
    When the customer returns to Pointer Mode
    Then the agent sees Pointer Mode
    When the agent opens "https://bank.example/rates"
    Then the agent is refused by POINTER-2 with "pointer_mode"
    When the customer waits 1 to 3 seconds
    And the customer exits the session
    Then the agent sees that the session has ended
    When the agent requests Write Mode
    Then the agent is refused by STOP-5 with "session_ended"
    When the agent opens "https://bank.example/rates"
    Then the agent is refused by STOP-5 with "session_ended"
    When the agent exits the session
    Then the agent is refused by STOP-5 with "session_ended"
