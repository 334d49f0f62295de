"""Locust on the exchange: ``locust --headless -f locustfile.py`` with the environment of :mod:`.tools`.

It runs in Locust's own environment and imports nothing of the project.  Each party is a user of its own; a
request event is fired for every answer, as Locust's documentation shows for protocols other than HTTP.
"""

import os
import time

from locust import User, task
from locust.exception import StopUser
from websocket import WebSocketException, create_connection

_URL = os.environ["EXCHANGE_URL"]
_SOCKETS = int(os.environ["EXCHANGE_SOCKETS"])
_MESSAGE = os.environ["EXCHANGE_MESSAGE"]
_PATIENCE_S = 120


class Party(User):
    """A customer or an agent; which, the exchange decides."""

    ended = 0

    @task
    def play(self) -> None:
        """Answer until the exchange closes the socket."""
        socket = create_connection(_URL, timeout=_PATIENCE_S)
        fire = self.environment.events.request.fire
        try:
            socket.recv()
            while True:
                began = time.perf_counter()
                socket.send(_MESSAGE)
                answer = socket.recv()
                if not answer:
                    break
                fire(
                    request_type="WS",
                    name="answer",
                    response_time=(time.perf_counter() - began) * 1000,
                    response_length=len(answer),
                    exception=None,
                )
        except (OSError, WebSocketException):
            pass
        Party.ended += 1
        if Party.ended == _SOCKETS:
            self.environment.runner.quit()
        raise StopUser
