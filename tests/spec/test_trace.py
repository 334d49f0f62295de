"""Traces: what is written is what is read, and what is damaged is said to be damaged."""

import io
from pathlib import Path
from typing import Any

import pytest
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.terms import EndReason, Party
from cobrowse_spec.trace import (
    Event,
    Header,
    Recorder,
    Trace,
    TraceError,
    parse_trace,
    read_trace,
    write_trace,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)

HEADER = Header(suite_version="0.1.0", target="reference", story="WRITE-1.1", seed=7, clock="virtual")
EVENTS = (
    Event(1, 0.0, Party.CUSTOMER, "customer", did=do.Start(), re=1),
    Event(2, 0.25, Party.CUSTOMER, "customer", saw=see.Started("123456789"), re=1, n=1, session="s1"),
    Event(3, 0.5, Party.AGENT, "agent", did=do.Type("7", value="Österreich ✓"), re=2, session="s1"),
    Event(4, 0.75, Party.AGENT, "agent", saw=see.Ended(EndReason.AGENT_EXIT), n=3, session="s1"),
)
TRACE = Trace(HEADER, EVENTS)


def written(trace: Trace) -> str:
    """The trace as the text of its file."""
    file = io.StringIO()
    write_trace(trace, file)
    return file.getvalue()


def read(text: str) -> Trace:
    """The trace that a file of this text holds."""
    return parse_trace(io.StringIO(text))


def one_sided(event: Event) -> Event:
    """An event as recorders make them: either done or seen."""
    if event.did is not None:
        return replace(event, saw=None)
    return event if event.saw is not None else replace(event, did=do.Exit())


# Round trips


@fair
@given(st.from_type(Header), st.lists(st.from_type(Event).map(one_sided), max_size=4))
def test_what_is_written_is_what_is_read(header: Header, events: list[Event]) -> None:
    """Any header and any events survive the file."""
    trace = Trace(header, tuple(events))

    assert trace == read(written(trace))


def test_a_trace_is_read_from_its_file(tmp_path: Path) -> None:
    """The file is UTF-8."""
    path = tmp_path / "story.trace"
    path.write_text(written(TRACE), encoding="utf-8")

    assert read_trace(path) == TRACE


def test_a_trace_is_one_line_an_event() -> None:
    """A header, the events, a footer; whatever is in an event does not break its line."""
    lines = written(replace(TRACE, events=(*EVENTS, replace(EVENTS[2], did=do.Type(value="a\nb\r\u2028c")))))

    assert len(lines.split("\n")) - 1 == 1 + 5 + 1


def test_blank_lines_are_passed_over() -> None:
    """A file that was edited by hand still counts its lines rightly."""
    assert read(written(TRACE).replace("\n", "\n\n")) == TRACE


def test_a_traces_line_has_no_room_for_a_token() -> None:
    """The recorder leaves out what brings tokens and policies (SECURE-6)."""
    recorder = Recorder(HEADER, clock=lambda: 0.0)
    recorder.saw(Party.AGENT, "agent", see.TokenIssued("hunter2"))

    assert "hunter2" not in written(recorder.trace())


# Truncated


def test_a_trace_without_its_footer_is_truncated() -> None:
    """Whoever judges it must know that it may lack the worst."""
    lines = written(TRACE).splitlines(keepends=True)

    assert replace(TRACE, complete=False) == parse_trace(lines[:-1])


def test_a_footer_that_counts_otherwise_is_a_truncated_trace() -> None:
    """A line that is missing in the middle is not passed over."""
    lines = written(TRACE).splitlines(keepends=True)
    del lines[2]

    assert not parse_trace(lines).complete


def test_a_truncated_trace_stays_so_when_it_is_written_again() -> None:
    """Reading and writing do not make it whole."""
    truncated = replace(TRACE, complete=False)

    assert truncated == read(written(truncated))


@fair
@given(st.data())
def test_a_trace_that_is_cut_anywhere_is_truncated(data: Any) -> None:
    """A writer that dies in the middle of a line leaves what it had finished, and no error."""
    text = written(TRACE)
    first = text.index("\n")
    cut = data.draw(st.integers(first, len(text) - 2))
    trace = read(text[:cut])

    assert trace.header == HEADER
    assert EVENTS[: len(trace.events)] == trace.events
    assert not trace.complete


def test_a_file_that_is_cut_within_a_character_is_truncated(tmp_path: Path) -> None:
    """Bytes are cut where the disk was full, not where characters end."""
    data = written(TRACE).encode()
    path = tmp_path / "cut.trace"
    path.write_bytes(data[: data.index("Ö".encode()) + 1])

    assert Trace(HEADER, EVENTS[:2], complete=False) == read_trace(path)


# Garbage


@pytest.mark.parametrize(
    "line",
    [
        "garbage\n",
        "{}\n",
        "[]\n",
        '{"seq":1}\n',
        '{"seq":1,"at":0,"party":"agent","who":"agent"}\n',
        '{"seq":1,"at":0,"party":"agent","who":"a","did":{"type":"exit"},"saw":{"type":"welcome"}}\n',
        '{"seq":1,"at":0,"party":"nobody","who":"a","did":{"type":"exit"}}\n',
        '{"seq":1,"at":0,"party":"agent","who":"a","did":{"type":"teleport"}}\n',
        '{"type":"footer"}\n',
    ],
)
@pytest.mark.parametrize("place", [2, 4])
def test_garbage_names_its_line(line: str, place: int) -> None:
    """Whatever is no event, wherever it stands."""
    lines = written(TRACE).splitlines(keepends=True)
    lines.insert(place - 1, line)
    with pytest.raises(TraceError, match=f"^line {place}: ") as caught:
        parse_trace(lines)

    assert place == caught.value.line


def test_bytes_that_are_no_text_name_their_line(tmp_path: Path) -> None:
    """A file of another kind is refused as a trace, and does not crash its reader."""
    path = tmp_path / "garbage.trace"
    lines = written(TRACE).encode().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"seq":"\xff\xfe"}\n', *lines[2:]]))
    with pytest.raises(TraceError, match=r"^line 3: ") as caught:
        read_trace(path)

    assert caught.value.line == 3


@pytest.mark.parametrize("text", ["", "\n", "\n\n", '{"type":"header"', "garbage"])
def test_a_file_without_a_header_is_no_trace(text: str) -> None:
    """An empty file, or one that ends within its first line."""
    with pytest.raises(TraceError, match="a trace begins with its header"):
        read(text)


def test_nothing_may_follow_the_footer() -> None:
    """Two traces in one file are none."""
    with pytest.raises(TraceError, match=r"^line 7: nothing may follow the footer$"):
        read(written(TRACE) * 2)


def test_a_trace_that_does_not_begin_with_its_header_is_none() -> None:
    """The first line says what is judged, and how."""
    lines = written(TRACE).splitlines(keepends=True)
    with pytest.raises(TraceError, match=r"^line 1: "):
        parse_trace(lines[1:])
