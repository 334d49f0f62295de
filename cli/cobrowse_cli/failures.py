"""Failures in words: what a command says of what went wrong while its tasks were running."""

from collections.abc import Iterator

import click


def in_words(error: BaseException, known: tuple[type[Exception], ...], head: str) -> BaseException:
    """What to raise instead of an error that came out of ``trio.run``, be it one or a group.

    Control-C aborts; wrong usage stays as it is; errors of the ``known`` kinds become a message that begins
    with ``head``.  Where there is any other among them it is a fault of this program, and comes back as it is.
    """
    errors = list(_single(error))
    if any(isinstance(one, KeyboardInterrupt) for one in errors):
        return click.Abort()
    if not all(isinstance(one, (click.UsageError, *known)) for one in errors):
        return error
    wrong_usage = (one for one in errors if isinstance(one, click.UsageError))
    return next(wrong_usage, None) or click.ClickException(f"{head}: {errors[0]}")


def _single(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _single(one)
    else:
        yield error
