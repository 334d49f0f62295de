"""The exchange: a server of two-party sessions that measures the client at its other end.

``python -m cobrowse_simulator.bench.clients.exchange SESSIONS WARM_UP_S WINDOW_S`` says its port (a line of
JSON), takes the number of the client's process from its standard input, and ends with an :class:`Answer`.
Every second socket that opens is the agent of the customer before it.  When all are open the server gives
each customer the word; from then on it hands what a party says to the other, who answers, and so on.  Each
party does the same: wait for a message; then send one, wait for the next, note how long that took.

It is plain epoll with `websockets`' sans-IO protocol, so that no client here is slower than it.  How busy it
was stands in what it measures.  Order: what it measures, one socket, the server.
"""

import contextlib
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Final

import msgspec
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from ..process import cpu_seconds, family, peak_kib, proportional_kib

#: What a customer is told to begin with: a message like any other, as if the agent had spoken.
WORD: Final = "x"
#: Seconds that a client has to open all its sockets, from when the server listens.
OPENING_LIMIT_S: Final = 120.0
#: Seconds beyond the window that a client has for a first message in it.
SILENCE_LIMIT_S: Final = 30.0
#: Seconds that a client has to close its sockets after the server has closed them.
CLOSING_LIMIT_S: Final = 10.0

_READ_BYTES: Final = 1 << 16
_AT_A_TIME: Final = 256
_BACKLOG: Final = 4096
_MESSAGES: Final = frozenset({Opcode.TEXT, Opcode.BINARY})


class Port(msgspec.Struct, frozen=True):
    """Where the server listens, on 127.0.0.1."""

    port: int


class Measured(msgspec.Struct, frozen=True):
    """What a client used, by its process's clocks, and what it did for that."""

    sockets: int
    #: From the first socket to the last handshake: seconds of the clock, and CPU seconds of the client.
    opening_s: float
    opening_cpu_s: float
    #: Messages that one party sent and the other was sent, in a window of so many seconds.
    messages: int
    window_s: float
    window_cpu_s: float
    #: CPU seconds of this server in the window.
    server_cpu_s: float
    #: Memory after the window: the most that was ever resident, and the proportional share just then, in KiB.
    peak_kib: int
    proportional_kib: int


class Answer(msgspec.Struct, frozen=True):
    """What was measured, or what the client did instead."""

    measured: Measured | None = None
    failure: str = ""


class _Socket:
    """One party."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.protocol = ServerProtocol()
        self.partner: _Socket | None = None
        self.unsent = b""
        self._is_last = False

    def flush(self) -> bool:
        """Send what there is; whether some of it is left."""
        pieces = self.protocol.data_to_send()
        self._is_last = self._is_last or b"" in pieces  # how the protocol says that nothing will follow
        pending = self.unsent + b"".join(pieces)
        with contextlib.suppress(OSError):  # reading will find it broken
            try:
                sent = self.connection.send(pending) if pending else 0
            except BlockingIOError:
                sent = 0
            self.unsent = pending[sent:]
            if self._is_last and not self.unsent:
                self.connection.shutdown(socket.SHUT_WR)
        return bool(self.unsent)


class _Reading(msgspec.Struct, frozen=True):
    """All clocks and counts at one moment."""

    at: float
    client_s: float
    own_s: float
    messages: int


class Exchange:
    """The server; :meth:`measure` is to be called once, then :meth:`close`."""

    def __init__(self, sessions: int, warm_up_s: float, window_s: float) -> None:
        self._wanted = 2 * sessions
        self._warm_up_s = warm_up_s
        self._window_s = window_s
        self._epoll = select.epoll()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._listener.setblocking(False)
        self._epoll.register(self._listener, select.EPOLLIN)
        self._sockets: dict[int, _Socket] = {}
        self._open: list[_Socket] = []
        self._messages = 0
        self._client = 0
        self._client_ended = False
        self._first: _Reading | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def measure(self, client: int) -> Answer:
        """Serve the client with this process until all is measured."""
        self._client = client
        life = os.pidfd_open(client)
        self._epoll.register(life, select.EPOLLIN)
        self._serve_until(time.monotonic() + OPENING_LIMIT_S, lambda: self._is_complete or self._client_ended)
        self._epoll.unregister(life)
        os.close(life)
        if not self._is_complete:
            return Answer(failure=f"opened {len(self._open)} of {self._wanted} sockets")
        last = self._read_clocks()
        for customer in self._open[::2]:
            customer.protocol.send_text(WORD.encode())
            self._flush(customer)
        self._serve_until(time.monotonic() + self._warm_up_s, self._has_lost_one)
        begin = self._read_clocks()
        self._serve_until(time.monotonic() + self._window_s, self._has_lost_one)
        self._serve_until(
            time.monotonic() + SILENCE_LIMIT_S,
            lambda: self._has_lost_one() or self._messages > begin.messages,
        )
        end = self._read_clocks()
        if self._has_lost_one():
            return Answer(failure="closed a socket while the exchange went on")
        if end.messages == begin.messages:
            return Answer(failure="sent nothing")
        processes = list(family(client))
        measured = Measured(
            sockets=self._wanted,
            opening_s=last.at - self._began.at,
            opening_cpu_s=last.client_s - self._began.client_s,
            messages=end.messages - begin.messages,
            window_s=end.at - begin.at,
            window_cpu_s=end.client_s - begin.client_s,
            server_cpu_s=end.own_s - begin.own_s,
            peak_kib=sum(peak_kib(one) for one in processes),
            proportional_kib=sum(proportional_kib(one) for one in processes),
        )
        return Answer(measured)

    @property
    def _began(self) -> _Reading:
        assert self._first is not None
        return self._first

    @property
    def _is_complete(self) -> bool:
        return len(self._open) == self._wanted

    # Serving

    def _serve_until(self, deadline: float, is_over: Callable[[], bool]) -> bool:
        """See to all sockets until it is over, which is then true, or until the deadline, which is then false."""
        listener = self._listener.fileno()
        while not is_over():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            for number, events in self._epoll.poll(left, _AT_A_TIME):
                if number == listener:
                    self._accept()
                    continue
                one = self._sockets.get(number)
                if one is None:
                    self._client_ended = True
                    continue
                if events & ~select.EPOLLOUT:
                    self._read(one)
                if events & select.EPOLLOUT:
                    self._flush(one)
        return True

    def _accept(self) -> None:
        if self._first is None:
            self._first = self._read_clocks()
        with contextlib.suppress(BlockingIOError):
            for _ in range(_AT_A_TIME):
                connection, _ = self._listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets[connection.fileno()] = _Socket(connection)
                self._epoll.register(connection, select.EPOLLIN)

    def _read(self, one: _Socket) -> None:
        try:
            data = one.connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            one.protocol.receive_data(data)
        else:
            one.protocol.receive_eof()
        for event in one.protocol.events_received():
            if isinstance(event, Request):
                self._shake_hands(one, event)
            elif isinstance(event, Frame) and event.opcode in _MESSAGES:
                self._relay(event, one.partner)
        self._flush(one)
        if not data or one.protocol.state is State.CLOSED:
            self._drop(one)

    def _relay(self, message: Frame, to: _Socket | None) -> None:
        if to is not None and to.protocol.state is State.OPEN:
            self._messages += 1
            to.protocol.send_text(message.data)
            self._flush(to)

    def _shake_hands(self, one: _Socket, request: Request) -> None:
        one.protocol.send_response(one.protocol.accept(request))
        if one.protocol.state is not State.OPEN:
            return
        if len(self._open) % 2:
            one.partner, self._open[-1].partner = self._open[-1], one
        self._open.append(one)

    def _flush(self, one: _Socket) -> None:
        if one.connection.fileno() < 0:
            return
        was_full = bool(one.unsent)
        is_full = one.flush()
        if was_full is not is_full:
            self._epoll.modify(one.connection, select.EPOLLIN | (select.EPOLLOUT if is_full else 0))

    def _drop(self, one: _Socket) -> None:
        self._epoll.unregister(one.connection)
        del self._sockets[one.connection.fileno()]
        one.connection.close()

    def _has_lost_one(self) -> bool:
        return len(self._sockets) < self._wanted

    def close(self) -> None:
        """Close all sockets, and wait at most :data:`CLOSING_LIMIT_S` for the client to do the same."""
        for one in list(self._sockets.values()):
            if one.protocol.state is State.OPEN:
                one.protocol.send_close(1000)
                self._flush(one)
        self._serve_until(time.monotonic() + CLOSING_LIMIT_S, lambda: not self._sockets)

    def _read_clocks(self) -> _Reading:
        client_s = sum(cpu_seconds(one) for one in family(self._client))
        return _Reading(time.monotonic(), client_s, time.process_time(), self._messages)


def main() -> None:
    """Serve and measure one client."""
    sessions, warm_up_s, window_s = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    exchange = Exchange(sessions, warm_up_s, window_s)
    _say(Port(exchange.port))
    _say(exchange.measure(int(sys.stdin.readline())))
    exchange.close()


def _say(line: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
