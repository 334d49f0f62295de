"""The durable journal's own: group commit, its file, what it refuses.  What any journal does is in `test_journal`."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path

import pytest
import trio
from cobrowse_server import sqlite_journal
from cobrowse_server.host import Host, Live
from cobrowse_server.journal import Entry, Recovered
from cobrowse_server.records import RestingId
from cobrowse_server.sqlite_file import VERSION, JournalError, take
from cobrowse_server.sqlite_journal import SqliteJournal, open_journal
from cobrowse_spec import actions as do
from cobrowse_spec.actions import Deed
from cobrowse_spec.alphabet import BEGINNINGS, LETTERS, Letter
from cobrowse_spec.policy import Policy
from cobrowse_spec.session import Session
from cobrowse_spec.terms import Party
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

DEED = Deed(Party.AGENT, do.Request(), "agent-1", "Alex")
BEGUN = Session("123456789", Policy(site=("https://bank.example",)), "interaction-1")


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteJournal]:
    """The journal in this file, written and closed as a server does it."""
    journal = await open_journal(path)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.run)
        yield journal
        nursery.cancel_scope.cancel()
    await journal.close()


async def recovered(path: Path) -> Recovered:
    """What the journal in this file holds."""
    async with opened(path) as journal:
        return await journal.recover()


async def write_journal(path: Path, *, sessions: int = 3, entries: int = 8) -> None:
    """A journal with some sessions and records in it, not closed but left as a killed server leaves it."""
    folder = path.parent / "living"
    folder.mkdir()
    async with opened(folder / "journal.sqlite") as journal:
        for number in range(sessions):
            await journal.begin(f"key-{number}", BEGUN)
            journal.keep(RestingId(f"{number:09}", 86400.0))
            for place in range(entries):
                await journal.append(f"key-{number}", DEED, float(place), str(place), b"t")
        for suffix in ("", "-wal"):
            shutil.copy(f"{folder / 'journal.sqlite'}{suffix}", f"{path}{suffix}")
    shutil.rmtree(folder)


def fingerprint(path: Path) -> dict[str, bytes]:
    """All files in the journal's folder."""
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}


# Group commit


async def test_many_deeds_share_one_transaction_and_none_is_answered_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is on its way to the disk all others wait together for the next."""
    transactions: list[int] = []
    gates = [trio.Event() for _ in range(2)]
    entered = [trio.Event() for _ in range(2)]
    commit = SqliteJournal._commit

    def slow(self: SqliteJournal, statements: list[sqlite_journal._Statement]) -> None:
        if (number := len(transactions)) < len(gates):
            trio.from_thread.run_sync(entered[number].set)
            trio.from_thread.run(gates[number].wait)
        transactions.append(len(statements))
        commit(self, statements)

    answered: list[int] = []
    async with opened(tmp_path / "journal.sqlite") as journal, trio.open_nursery() as nursery:
        await journal.begin("key", BEGUN)
        await journal.settle()
        monkeypatch.setattr(SqliteJournal, "_commit", slow)

        async def append() -> None:
            answered.append((await journal.append("key", DEED, 1.0)).place)

        nursery.start_soon(append)
        await entered[0].wait()
        for _ in range(50):
            nursery.start_soon(append)
        await trio.testing.wait_all_tasks_blocked()
        async with aclosing(journal.follow("key")) as entries:
            assert answered == []
            gates[0].set()
            assert (await anext(entries)).place == 1
            await entered[1].wait()
            await trio.testing.wait_all_tasks_blocked()
            assert answered == [1]
            gates[1].set()
            assert [(await anext(entries)).place for _ in range(50)] == list(range(2, 52))
        await trio.testing.wait_all_tasks_blocked()

    assert transactions[:2] == [1, 50]
    assert sorted(answered) == list(range(1, 52))


async def test_whoever_is_cancelled_while_it_waits_has_appended_all_the_same(tmp_path: Path) -> None:
    """There is no half of an entry, and no gap."""
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        await journal.begin("key", BEGUN)
        with trio.CancelScope() as scope:
            scope.deadline = trio.current_time()  # it is cancelled at its first wait, which is for the disk
            async with trio.open_nursery() as nursery:
                nursery.start_soon(journal.append, "key", DEED, 1.0)
                nursery.start_soon(journal.append, "key", DEED, 1.0)
        await journal.append("key", DEED, 2.0)
    (session,) = (await recovered(path)).sessions

    assert [entry.place for entry in session.entries] == list(range(1, len(session.entries) + 1))


async def test_what_is_kept_last_of_all_is_written_when_the_journal_is_closed(tmp_path: Path) -> None:
    """Even where nobody waited for it."""
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        journal.keep(RestingId("123456789", 1.0))

    assert (await recovered(path)).records == (RestingId("123456789", 1.0),)


async def test_a_full_disk_stops_the_journal_and_says_so(tmp_path: Path) -> None:
    """Nothing is acknowledged that is not kept, and what was kept is still there."""
    path = tmp_path / "journal.sqlite"
    journal = await open_journal(path)
    kept: list[Entry] = []
    with pytest.RaisesGroup(pytest.RaisesExc(JournalError, match=r"cannot write the journal .*journal\.sqlite: .*full")):  # fmt: skip
        async with trio.open_nursery() as nursery:
            nursery.start_soon(journal.run)
            await journal.begin("key", BEGUN)
            await journal.append("key", DEED, 1.0)
            pages = vars(journal)["_connection"].execute("PRAGMA page_count").fetchone()[0]
            vars(journal)["_connection"].execute(f"PRAGMA max_page_count={pages}")
            for _ in range(1000):
                kept.append(await journal.append("key", replace(DEED, name="x" * 1000), 2.0))
    journal.keep(RestingId("nobody waits for it" * 1000, 1.0))
    await journal.close()
    (session,) = (await recovered(path)).sessions

    assert list(session.entries[1:]) == kept


# Its file


async def test_it_makes_a_file_for_nobody_else_to_read_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """Whatever it is made with is gone."""
    path = tmp_path / "journal.sqlite"
    await write_journal(tmp_path / "other.sqlite")
    async with opened(path):
        mode = path.stat().st_mode & 0o777
    assert (mode, sorted(fingerprint(path))) == (
        0o600,
        ["journal.sqlite", "other.sqlite", "other.sqlite-wal"],
    )

    assert await recovered(path) == Recovered()


async def test_a_journal_is_found_through_a_link_to_it(tmp_path: Path) -> None:
    """With what belongs to it, which is beside the file itself."""
    path = tmp_path / "journal.sqlite"
    await write_journal(path)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.sqlite"
    link.symlink_to(path)

    assert len((await recovered(link)).sessions) == 3


def refuses(path: Path, *words: str) -> None:
    """It is refused with these words, one after the other, with its name, and left as it is."""
    before = fingerprint(path) if path.parent.is_dir() else {}
    with pytest.raises(JournalError) as caught:
        take(path)
    message, at = str(caught.value), 0
    for word in (str(path), *words):
        at = message.find(word, at)
        assert at >= 0, (word, message)
    assert (fingerprint(path) if path.parent.is_dir() else {}) == before


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """And it says to name a file."""
    refuses(tmp_path, "it is a folder", "name a file in it with --journal")


def test_a_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    """It makes no folders."""
    refuses(tmp_path / "none" / "journal.sqlite", "No such file or directory", "--journal")


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such files")
def test_what_is_no_regular_file_is_refused() -> None:
    """Without waiting for it."""
    refuses(Path("/dev/null"), "no regular file", "--journal")


@pytest.mark.skipif(sys.platform == "win32", reason="files there have other permissions")
@pytest.mark.parametrize("exists", [True, False])
async def test_a_file_that_this_user_may_not_use_is_refused(exists: bool) -> None:
    """To read, to write, or to make."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        if exists:
            await write_journal(path)
        path.parent.chmod(0o555)
        if exists:
            path.chmod(0)
        with as_nobody(), pytest.raises(JournalError, match=r"sqlite: Permission denied; .*--journal"):
            take(path)
        path.parent.chmod(0o755)
        assert path.exists() == exists


def as_nobody() -> "closing[_Nobody]":
    """As a user to whom permissions mean something, where the tests are run by one to whom they do not."""
    return closing(_Nobody())


class _Nobody:
    def __init__(self) -> None:
        self.was_root = os.geteuid() == 0
        if self.was_root:
            os.seteuid(65534)

    def close(self) -> None:
        if self.was_root:
            os.seteuid(0)


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"site = []\n" * 500, b"\x7fELF" * 2000])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file too: it may have been a journal."""
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    refuses(path, "no SQLite database", "Nothing has been changed", "move journal.sqlite", "--journal")


@pytest.mark.parametrize("wal", [False, True])
def test_another_programs_database_is_refused(tmp_path: Path, wal: bool) -> None:
    """Its own log is not touched either."""
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        refuses(path, "another program's", "--journal")


def changed(path: Path, statement: str) -> None:
    """The journal, stopped, with something done to it by hand."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement).fetchall()


@pytest.mark.parametrize(
    "statement, words",
    [
        (f"PRAGMA user_version={VERSION + 1}", (f"of version {VERSION + 1}", "start the newer server")),
        ("PRAGMA user_version=0", ("its version is none",)),
        ("PRAGMA application_id=7", ("another program's database", "is left alone")),
        ("CREATE TABLE more (what TEXT)", ("its tables are not those of a journal",)),
        ("DROP TABLE agents", ("its tables are not those of a journal",)),
        ("DELETE FROM server", ("damaged",)),
        ("DELETE FROM sessions WHERE session = 'key-1'", ("damaged",)),
        ("DELETE FROM entries WHERE place = 3", ("damaged",)),
        ("UPDATE entries SET at = at + 1 WHERE place = 8", ("damaged",)),
        ("UPDATE entries SET token = x'00' WHERE place = 8", ("damaged",)),
        ("UPDATE entries SET session = 'key-9' WHERE session = 'key-0'", ("damaged",)),
        ("UPDATE sessions SET begun = begun || x'00'", ("damaged",)),
        ("UPDATE resting_ids SET name = '000000009' WHERE name = '000000000'", ("damaged",)),
        ("PRAGMA journal_mode=DELETE", ("another program's",)),
    ],
)
async def test_a_journal_that_was_changed_by_hand_or_by_another_version_is_refused(
    tmp_path: Path, statement: str, words: tuple[str, ...]
) -> None:
    """Each row says whether it is what was written."""
    path = tmp_path / "journal.sqlite"
    await write_journal(path)
    await recovered(path)  # which stops it as it should be
    changed(path, statement)
    refuses(path, *words)


async def test_a_journal_without_its_log_is_refused_unless_its_server_was_stopped(tmp_path: Path) -> None:
    """What was acknowledged last is in the log."""
    path, log = tmp_path / "journal.sqlite", tmp_path / "journal.sqlite-wal"
    await write_journal(path)
    whole = fingerprint(path)
    log.unlink()
    refuses(path, "the -wal file that belongs to it is missing", "restore it")
    path.unlink()
    log.write_bytes(whole[log.name])
    refuses(path, "is missing, but journal.sqlite-wal beside it is not")
    path.write_bytes(whole[path.name])
    await recovered(path)

    assert not log.exists()
    assert len((await recovered(path)).sessions) == 3


async def test_a_rollback_journal_beside_it_is_another_programs(tmp_path: Path) -> None:
    """SQLite would play it back into the journal."""
    path = tmp_path / "journal.sqlite"
    await write_journal(path)
    (tmp_path / "journal.sqlite-journal").write_bytes(b"x" * 600)
    refuses(path, "another program's rollback journal")


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_journal_that_was_cut_short_is_refused(tmp_path: Path, stopped: bool) -> None:
    """At any page, in the middle of one, in its header."""
    path = tmp_path / "journal.sqlite"
    await write_journal(path)
    if stopped:
        await recovered(path)
    data = path.read_bytes()
    for size in (0, 1, 50, 100, 4096, 5000, len(data) // 2):
        path.write_bytes(data[:size])
        refuses(path, "Nothing has been changed")
    if stopped:  # else the end of the file may still be in the log
        for size in (len(data) - 4096, len(data) - 1):
            path.write_bytes(data[:size])
            refuses(path, "cut short")


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_flipped_bit_is_refused_or_changes_nothing(tmp_path: Path, stopped: bool) -> None:
    """It may be where nothing is written. It is never read as something else."""
    path = tmp_path / "journal.sqlite"
    await write_journal(path)
    if stopped:
        await recovered(path)
    whole = fingerprint(path)
    data = whole[path.name]
    right = await recovered(path)
    found = dict.fromkeys(("refused", "harmless"), 0)
    for place, bit in flips(data):
        flipped = bytearray(data)
        flipped[place] ^= bit
        folder = tmp_path / "flipped"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy = folder / path.name
        for name, content in (whole | {path.name: bytes(flipped)}).items():
            (folder / name).write_bytes(content)
        before = fingerprint(copy)
        try:
            taken = take(copy)
        except JournalError:
            found["refused"] += 1
            assert fingerprint(copy) == before
            continue
        taken.connection.close()
        os.close(taken.lock)
        assert taken.recovered == right, (place, bit)
        found["harmless"] += 1

    assert min(found.values()) > 0


async def test_a_row_that_is_cut_off_its_page_is_refused(tmp_path: Path) -> None:
    """The last entry of a session: no other one says that it is missing, but the page does."""
    path = tmp_path / "journal.sqlite"
    await write_journal(path)
    await recovered(path)
    data = path.read_bytes()
    leaves = [at for at in range(4096, len(data), 4096) if data[at] == 0x0A and data[at + 4] > 0]
    assert len(leaves) >= 3
    for at in leaves:
        shorter = bytearray(data)
        shorter[at + 4] -= 1  # the number of its rows
        path.write_bytes(shorter)
        refuses(path, "it is damaged")


def flips(data: bytes) -> Iterator[tuple[int, int]]:
    """Where to flip which bit, seeded: the header, and then mostly where something is written."""
    chance = random.Random(7)  # noqa: S311 # it is to repeat
    written = [place for place, byte in enumerate(data) if byte]
    places = [*range(100), *(chance.choice(written) for _ in range(150)), *(chance.randrange(len(data)) for _ in range(20))]  # fmt: skip
    return ((place, 1 << chance.randrange(8)) for place in places)


HOLDER = """
import sys
from pathlib import Path
from cobrowse_server.sqlite_file import take
taken = take(Path(sys.argv[1]))
print("taken", flush=True)
sys.stdin.read()
"""


async def test_a_journal_that_another_server_uses_is_refused(tmp_path: Path) -> None:
    """Until that server is gone, however it goes."""
    path = tmp_path / "journal.sqlite"
    await write_journal(path)
    holder = subprocess.Popen(  # noqa: ASYNC220 # nothing else is to be done meanwhile
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        refuses(path, "in use by another process", "stop that server first", "--journal")
    finally:
        holder.kill()
        holder.communicate()

    assert len((await recovered(path)).sessions) == 3


async def test_a_journal_that_this_process_uses_already_is_refused(tmp_path: Path) -> None:
    """And the one that holds it goes on."""
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        with pytest.raises(JournalError, match="in use"):
            await open_journal(path)
        # A process that closes a file loses its locks on it, but not this one.
        other = await trio.run_process(
            [sys.executable, "-c", HOLDER, str(path)], check=False, capture_stdout=True, capture_stderr=True
        )
        assert b"in use by another process" in other.stderr
        await journal.begin("key", BEGUN)
        await journal.append("key", DEED, 1.0)

    assert len((await recovered(path)).sessions) == 1


async def test_a_journal_that_someone_looks_into_is_refused(tmp_path: Path) -> None:
    """Another program's lock on the database counts as well."""
    path = tmp_path / "journal.sqlite"
    async with opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="in use"):
            await open_journal(path)
        connection.execute("COMMIT")

    assert await recovered(path) == Recovered()


# What survives

#: What leads on, so that stories come as far as Write Mode.
USUAL: tuple[Letter, ...] = tuple(
    letter
    for kind in (do.Start, do.Join, do.Request, do.Approve, do.ShowPage, do.LeaveSite)
    for letter in LETTERS
    if isinstance(letter.make(BEGUN), kind) and letter.role.party in kind.performers
)
STEPS = st.tuples(
    st.integers(0, 2),
    st.one_of(st.sampled_from(USUAL), st.sampled_from(LETTERS)),
    st.sampled_from([0.0, 1.0, 31.0, 121.0]),
)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEPS, max_size=40), beginning=st.sampled_from(sorted(BEGINNINGS)))
async def test_sessions_are_the_same_after_a_crash_at_any_moment(
    steps: list[tuple[int, Letter, float]], beginning: str
) -> None:
    """Whatever was done in them, refused deeds included; and their tokens are good."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        now = [1000.0]
        lives = [Live(f"key-{number}", BEGINNINGS[beginning], None) for number in range(3)]
        async with with_host(folder / "journal.sqlite", lambda: now[0]) as host:
            for live in lives:
                await host.begin(live)
            for number, letter, pause in steps:
                now[0] += pause
                await host.put(lives[number], letter.deed(lives[number].session))
            await vars(host)["_journal"].settle()
            (folder / "image").mkdir()
            for suffix in ("", "-wal"):
                shutil.copy(
                    f"{folder / 'journal.sqlite'}{suffix}", f"{folder / 'image' / 'journal.sqlite'}{suffix}"
                )
        async with with_host(folder / "image" / "journal.sqlite", lambda: now[0]) as host:
            found = {live.key: (live.session, live.applied) for live in vars(host)["_sessions"].values()}

    assert found == {live.key: (live.session, live.applied) for live in lives}


@asynccontextmanager
async def with_host(path: Path, clock: Callable[[], float]) -> AsyncIterator[Host]:
    """A host on this journal, with the sessions that are in it."""
    async with opened(path) as journal, trio.open_nursery() as nursery:
        host = Host(journal, nursery, clock=clock)
        for one in (await journal.recover()).sessions:
            host.restore(Live(one.key, one.begun, None), one.entries)
        yield host
        nursery.cancel_scope.cancel()
