"""What the REST part and the handshake share: bodies of errors, strict decoding."""

import re
from typing import TypeVar

import msgspec

_T = TypeVar("_T")


class ErrorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused."""

    reason: str
    message: str
    #: The line of a policy at fault.
    line: int = 0


class RestError(Exception):
    """A request that is refused: its HTTP status and why."""

    def __init__(self, status: int, reason: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.body = ErrorBody(reason, message, line)


def error_body(reason: str, message: str) -> bytes:
    """The body of an error as JSON."""
    return msgspec.json.encode(ErrorBody(reason, message))


def decode_body(body: bytes, kind: type[_T]) -> _T:
    """Read a request's body strictly; raises :class:`RestError` that repeats nothing of it."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message = re.sub(r"'.*'", "", str(error), flags=re.DOTALL).replace("  ", " ")
        raise RestError(422, "malformed", message) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RestError(400, "malformed", f"not JSON: {error}") from None
