"""What the stores promise, as a table: each promise with its tests, its negative control and its limits."""

from __future__ import annotations

import attrs

__all__ = ["PROMISES", "Promise"]


@attrs.frozen(kw_only=True)
class Promise:
    """One thing that the stores promise.

    Attributes:
        tests: where it is shown; each exists, and one of them tells a figure.
        control: what is switched off so that the same harness must fail; "" where there is nothing to switch off.
        limits: what is not promised, or not modelled.

    """

    id: str
    says: str
    tests: tuple[str, ...]
    control: str = ""
    limits: str = ""


KILLED_SQLITE = "tests/faults/test_killed_sqlite.py"
KILLED_POSTGRES = "tests/faults/test_killed_postgres.py"
POWER = "tests/faults/test_power_loss.py"
DISK = "tests/faults/test_disk.py"
DAMAGED = "tests/faults/test_damaged_file.py"
LINES = "tests/faults/test_lost_connections.py"
CROWD = "tests/faults/test_concurrent_edits.py"
ORDERS = "tests/faults/test_interleavings.py"
WHOLE = "tests/faults/test_all_or_nothing.py"
MISUSE = "tests/faults/test_misuse.py"

PROMISES: tuple[Promise, ...] = (
    Promise(
        id="D1",
        says="An acknowledged unit survives the death of the process, of the connection and of the server",
        tests=(
            f"{KILLED_SQLITE}::test_a_killed_process_loses_nothing",
            f"{KILLED_SQLITE}::test_a_process_killed_at_the_beginning_leaves_a_beginning",
            f"{KILLED_POSTGRES}::test_a_killed_client_loses_nothing",
            f"{KILLED_POSTGRES}::test_a_cut_connection_undoes_its_unit_and_the_store_goes_on",
            f"{KILLED_POSTGRES}::test_a_crashed_server_keeps_what_it_acknowledged",
        ),
        control="without a transaction, or with the relaxed mode on a server that crashes.",
        limits="PostgreSQL with its settings `fsync`, `synchronous_commit` and `full_page_writes` on; the store says by "
        "its capability `durable` whether they are. In the bulk unit of SQLite, where each of thousands of rows is a "
        "kill point, some are left out.",
    ),
    Promise(
        id="D2",
        says="With durability=full, an acknowledged unit in a SQLite file survives a power loss",
        tests=(f"{POWER}::test_power_loss_loses_nothing",),
        control="the relaxed mode.",
        limits="Modelled: unsynced writes kept, dropped, kept in part, torn at sectors of 512 bytes, and deletions "
        "undone. Not modelled: disks that lie about a sync, sectors torn within. PostgreSQL's own promise is relied on.",
    ),
    Promise(
        id="D3",
        says="With durability=relaxed, a power loss takes the last units at most, and never half of one",
        tests=(f"{POWER}::test_the_relaxed_mode_loses_the_last_units_and_no_more",),
        control="no syncs at all, which no mode of the store offers.",
        limits="As D2.",
    ),
    Promise(
        id="D4",
        says="A full, failing or refusing disk or server raises StoreUnavailable; nothing is half done; afterwards it goes on",
        tests=(
            f"{DISK}::test_a_full_disk_stops_whole_units",
            f"{DISK}::test_a_file_that_may_not_grow_stops_whole_units",
            f"{DISK}::test_a_failing_write_stops_whole_units",
            f"{LINES}::test_a_statement_that_takes_too_long_undoes_its_unit",
            f"{LINES}::test_a_commit_that_the_server_refuses_undoes_its_unit",
        ),
        limits="A full disk of PostgreSQL is simulated by its error code.",
    ),
    Promise(
        id="D5",
        says="A sync that fails is never taken for a commit",
        tests=(f"{DISK}::test_a_failing_sync_is_never_taken_for_a_commit",),
        limits="Of the log; a sync that fails while the log is folded into the file leaves the log as it is.",
    ),
    Promise(
        id="D6",
        says="After `history.verify()`, a damaged file is refused or answers as before",
        tests=(
            f"{DAMAGED}::test_a_flipped_bit_is_told_or_harmless",
            f"{DAMAGED}::test_a_cut_file_is_told",
        ),
        control="reading without verifying.",
        limits="No digest covers search columns, words and the outbox. `crmcore db check` compares the first two with the "
        "records, and tells outbox rows that cannot have been written; another count of attempts, or a delivery that is "
        "missing, it cannot tell.",
    ),
    Promise(
        id="A1",
        says="A unit of work is all or nothing: records, search columns, claims, history, events and outbox",
        tests=(f"{WHOLE}::test_a_unit_that_fails_anywhere_is_undone",),
        control="a store that keeps what a failed unit had written.",
    ),
    Promise(
        id="A2",
        says="No reader sees half of a unit",
        tests=(
            f"{CROWD}::test_a_ring_stays_a_ring",
            f"{ORDERS}::test_an_invariant_holds_in_every_interleaving",
        ),
        control="the same changes in several units.",
        limits="One reading is one call of get or find, or an as-of reader; two calls may see two states.",
    ),
    Promise(
        id="A3",
        says="A bulk unit is one unit: killed within, nothing of it stays, and with its key it is done once",
        tests=(f"{KILLED_SQLITE}::test_a_killed_process_loses_nothing",),
    ),
    Promise(
        id="C1",
        says="No update is lost: a stale version raises Conflict",
        tests=(f"{CROWD}::test_no_edit_is_lost",),
        control="writing over whatever version is there.",
    ),
    Promise(
        id="C2",
        says="Declared invariants hold in every interleaving of two users' steps",
        tests=(f"{ORDERS}::test_an_invariant_holds_in_every_interleaving",),
        control="no version check, no unique key, or the check made before the unit.",
    ),
    Promise(
        id="C3",
        says="What is appended to a record is seen in one order by all",
        tests=(
            f"{CROWD}::test_appends_are_seen_in_one_order",
            f"{ORDERS}::test_an_invariant_holds_in_every_interleaving",
        ),
        control="writing over whatever version is there.",
    ),
    Promise(
        id="C4",
        says="A structure of many records survives concurrent rewiring",
        tests=(
            f"{CROWD}::test_a_ring_stays_a_ring",
            f"{ORDERS}::test_an_invariant_holds_in_every_interleaving",
        ),
        control="one unit for each record.",
    ),
    Promise(
        id="C5",
        says="Nobody waits for ever: each unit ends, or raises StoreUnavailable after the timeout",
        tests=(f"{CROWD}::test_no_edit_is_lost",),
        limits="SQLite hands its lock to whoever asks at the right moment, so waits differ; give a longer timeout to many "
        "writers.",
    ),
    Promise(
        id="C6",
        says="Threads may share a store; a wrong thread, process or nesting raises UnitMisuse",
        tests=(
            f"{MISUSE}::test_misuse_is_told_and_harms_nothing",
            f"{MISUSE}::test_a_child_process_is_refused_and_the_parent_goes_on",
            f"{MISUSE}::test_threads_share_a_store",
        ),
    ),
    Promise(
        id="C7",
        says="A connection lost during COMMIT is settled by the store, or by the idempotency key",
        tests=(
            f"{LINES}::test_a_commit_that_never_arrived_is_told",
            f"{LINES}::test_a_commit_whose_answer_is_lost_is_settled",
            f"{LINES}::test_an_unknown_outcome_is_settled_by_the_key",
        ),
        control="beginning again without a key.",
    ),
)
