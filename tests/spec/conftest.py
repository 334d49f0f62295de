"""What the tests of this folder share: any value of any struct of the specification, for hypothesis.

Importing this lets ``st.from_type`` make every action, observation and message, and all that they hold.
"""

import types
from enum import Enum
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
from cobrowse_spec import actions, observations, policy, trace
from cobrowse_spec.policy import Policy
from cobrowse_spec.wire import messages, rest
from hypothesis import strategies as st

_PLAIN: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: st.text(max_size=12),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type can have."""
    if get_origin(kind) is Annotated:
        return _within(*get_args(kind))
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is msgspec.Raw:
        return st.builds(msgspec.json.encode, values_of(Policy)).map(msgspec.Raw)
    if isinstance(kind, types.UnionType):
        return st.one_of([values_of(one) for one in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(values_of(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is dict:
        key, value = get_args(kind)
        return st.dictionaries(values_of(key), values_of(value), max_size=3)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    fields = {field.name: values_of(field.type) for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **fields)


def _within(kind: Any, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    if meta.pattern is not None:
        return st.from_regex(meta.pattern, fullmatch=True).filter(lambda text: len(text) <= 20)
    return values_of(kind).map(abs).filter(lambda number: number >= 1)


for _module in (actions, observations, policy, trace, messages, rest):
    for _kind in vars(_module).values():
        if isinstance(_kind, type) and issubclass(_kind, msgspec.Struct) and _kind is not msgspec.Struct:
            st.register_type_strategy(_kind, values_of(_kind))
