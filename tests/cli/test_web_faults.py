"""Faults of the web client: each applies to the sources as they are, and none is left behind in what is shipped."""

from cobrowse_cli.faults.web_build import WEB
from cobrowse_cli.faults.web_cast import WEB_CAST, Edit
from cobrowse_spec.rulebook import rulebook


def edits() -> list[Edit]:
    """Every text that a fault replaces, of all faults."""
    return [edit for fault in WEB_CAST for edit in (Edit(fault.file, fault.text, fault.instead), *fault.also)]


def test_every_text_that_a_fault_replaces_stands_in_its_file_once() -> None:
    """Else a build of it fails, and the matrix is void when somebody has the time to run it."""
    sources = {edit.file: (WEB / "src" / edit.file).read_text(encoding="utf-8") for edit in edits()}

    assert [] == [edit for edit in edits() if sources[edit.file].count(edit.text) != 1]
    assert [] == [edit for edit in edits() if edit.text == edit.instead]


def test_every_fault_has_a_name_of_its_own_and_breaks_a_rule() -> None:
    """Names of faults of one rule tell them apart in the matrix."""
    names = [(fault.rule, fault.name) for fault in WEB_CAST]

    assert len(names) == len(set(names))
    assert {fault.rule for fault in WEB_CAST} <= rulebook().keys()


def test_what_only_hostile_sides_notice_is_broken_too() -> None:
    """The gate of acts behind a careless relay, and the view before a hostile page, its own policy taken away."""
    files = {fault.file for fault in WEB_CAST if fault.rule in ("POINTER-2", "WRITE-12", "SECURE-4")}

    assert {"page/apply.ts"} == files
    assert all(fault.bare for fault in WEB_CAST if fault.rule == "SECURE-5")
