"""Which faults to play: by rule, by kind, by name."""

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import click
from cobrowse_spec.rulebook import rulebook

from .tools import DERIVED, Fault


def chosen(
    known: Iterable[Fault], rule_ids: Sequence[str], kind: str | None, names: Sequence[str]
) -> list[Fault]:
    """Those of the known faults that are asked for; raises :class:`click.UsageError` where there are none."""
    book = rulebook()
    wanted = [rule_id.upper() for rule_id in rule_ids]
    for rule_id in wanted:
        if rule_id not in book:
            near = difflib.get_close_matches(rule_id, book, n=1, cutoff=0.0)
            raise click.UsageError(f"there is no rule {rule_id!r}; did you mean {near[0]}?")
    found = [
        fault
        for fault in known
        if (not wanted or fault.rule in wanted)
        and (kind is None or fault.kind == kind or (kind == "derived" and fault.kind in DERIVED))
        and (not names or any(fnmatchcase(fault.name, name) for name in names))
    ]
    if not found:
        raise click.UsageError("no fault is of this rule, kind and name")
    return found
