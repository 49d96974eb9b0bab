"""Views as a job would hand them over, with made-up people."""

from __future__ import annotations

from crmcore import reports as r

NAMES = ("Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Annie Easley", "Radia Perlman", "Barbara Liskov")


def evidence(step: int) -> tuple[r.Evidence, ...]:
    """Four comparisons, one of them against."""
    return (
        r.Evidence(comparison="family name", left="Lovelace", right="Lovelace", agreement="same, rare", weight=11.4),
        r.Evidence(
            comparison="given name", left="Ada", right="Adda", agreement="one typing error", weight=4.1 + step / 10
        ),
        r.Evidence(comparison="e-mail", left="ada@example.org", right=None, agreement="one side empty", weight=0.0),
        r.Evidence(comparison="city", left="London", right="Leeds", agreement="differs", weight=-3.7),
    )


def cluster(key: int, *, size: int = 2) -> r.Cluster:
    """One person with *size* rows, at most six of them listed."""
    name = NAMES[key % len(NAMES)]
    rows = tuple(
        r.RowView(
            row=key * 10 + number,
            values={
                "name": name if number == 0 else name.replace("a", "e", 1),
                "email": f"{name.split()[0].lower()}{key}@example.org" if number % 2 == 0 else None,
                "phone": "+44 20 7946 0958" if number == 0 else "020 7946 0958",
                "city": ("London", "Leeds", "London")[number % 3],
                "birth date": "1815-12-10" if number == 0 else "10/12/1815",
                "company": "Analytical Engines Ltd",
            },
        )
        for number in range(min(size, 6))
    )
    pair = r.PairEvidence(
        left=key * 10,
        right=key * 10 + 1,
        probability=0.9 + (key % 10) / 100,
        weight=12.3 + key % 7,
        evidence=evidence(key % 5),
    )
    return r.Cluster(
        key=key,
        title=name,
        size=size,
        rows=rows,
        pairs=(pair,),
        weakest=0.9 + (key % 10) / 100,
        conflicts=("birth date",) if key % 9 == 0 else (),
    )


def dedupe_view(clusters: int = 24) -> r.DedupeView:
    """A job of 20,000 rows."""
    counts = (90_000, 61_000, 22_000, 8_000, 2_400, 900, 350, 260, 420, 1_300, 3_900, 6_100, 4_200, 1_700, 300, 40)
    return r.DedupeView(
        name="people-2024.csv",
        rows=20_000,
        people=8_012,
        repeated=5_604,
        threshold=0.95,
        score=81.4,
        mend_first=(
            "412 phone numbers have no country code: tell --region, or ask the source to export them with one.",
            "188 e-mail addresses are placeholders such as none@example.com: remove them.",
            "birth date mixes day-month and month-day; 96 dates can be read both ways.",
        ),
        quality=(
            r.FieldQuality(field="name", role="full name", valid=19_870, doubtful=96, invalid=4, missing=30),
            r.FieldQuality(
                field="email",
                role="e-mail",
                valid=15_004,
                doubtful=1_200,
                invalid=188,
                missing=3_608,
                reasons=(
                    r.ReasonCount(
                        code="role-address",
                        message="The address belongs to a role, not to a person.",
                        count=1_012,
                        examples=("info@example.org", "jobs@example.com"),
                    ),
                    r.ReasonCount(
                        code="placeholder",
                        message="The address stands for none.",
                        count=188,
                        examples=("none@none.com",),
                    ),
                ),
            ),
            r.FieldQuality(
                field="phone",
                role="phone",
                valid=11_310,
                doubtful=412,
                invalid=2_011,
                missing=6_267,
                reasons=(
                    r.ReasonCount(
                        code="no-region",
                        message="Without a country code the number means different people.",
                        count=412,
                        examples=("020 7946 0958",),
                    ),
                ),
            ),
            r.FieldQuality(
                field="birth date", role="date of birth", valid=9_100, doubtful=96, invalid=40, missing=10_764
            ),
            r.FieldQuality(field="city", role="city", valid=18_400, doubtful=0, invalid=0, missing=1_600),
        ),
        sizes={1: 2_408, 2: 3_100, 3: 1_350, 4: 700, 5: 300, 6: 100, 7: 40, 12: 14},
        clusters=tuple(cluster(key, size=(2, 3, 2, 5, 14, 3)[key % 6]) for key in range(clusters)),
        rejects_total=7,
        rejects=(
            r.RejectedRow(
                line=17,
                column=None,
                code="too-many-cells",
                message="The row has 9 cells, the header 6; quote cells that hold the delimiter.",
                raw="Ada,Lovelace,London,,,,,,x",
            ),
            r.RejectedRow(
                line=1_204, column="birth date", code="not-a-date", message="No date can be read here.", raw="yesterday"
            ),
        ),
        weights=tuple(
            r.Bin(low=-40 + 5 * step, high=-35 + 5 * step, count=number) for step, number in enumerate(counts)
        ),
        weight_threshold=5.0,
        columns=(
            r.ColumnGuess(
                column="name",
                role="full_name",
                confidence=0.99,
                why="The header says so and 98% of the values look like names.",
                examples=("Ada Lovelace", "Hopper, Grace"),
            ),
            r.ColumnGuess(
                column="email",
                role="email",
                confidence=1.0,
                why="Nearly all values hold an @ and a domain.",
                examples=("ada@example.org",),
            ),
            r.ColumnGuess(column="ref", role="record_id", confidence=1.0, told=True),
            r.ColumnGuess(column="cluster", role="number", confidence=0.8, ignored=True),
        ),
        file_facts=(
            r.Fact(label="Format", value="CSV"),
            r.Fact(label="Encoding", value="utf-8"),
            r.Fact(label="Delimiter", value="comma"),
        ),
        run_facts=(
            r.Fact(label="Time", value="12.4 seconds"),
            r.Fact(label="Pairs compared", value="203,110"),
            r.Fact(label="crmcore", value="0.1.0"),
        ),
    )


def database_view() -> r.DatabaseView:
    """A database after three imports."""
    return r.DatabaseView(
        name="sqlite:///crm.db",
        contacts=8_012,
        merged=11_988,
        opt_outs=211,
        sources=(
            r.Count(label="people-2024.csv", count=6_000),
            r.Count(label="jobs-board.csv", count=2_700),
            r.Count(label="referrals.xlsx", count=310),
        ),
        channels=(
            r.ChannelStates(
                channel="e-mail",
                states=(
                    r.Count(label="active", count=6_900),
                    r.Count(label="bounced", count=312),
                    r.Count(label="opted out", count=205),
                ),
            ),
            r.ChannelStates(
                channel="phone", states=(r.Count(label="active", count=5_022), r.Count(label="opted out", count=12))
            ),
        ),
        completeness=tuple(
            r.Completeness(field=f, filled=n, total=8_012)
            for f, n in (("name", 8_010), ("e-mail", 6_950), ("phone", 5_034), ("employer", 3_200), ("skills", 0))
        ),
        imports=(
            r.ImportView(
                at="2024-03-07 09:12 UTC",
                source="jobs-board.csv",
                rows=4_000,
                new=1_900,
                merged=2_093,
                rejected=7,
                actor="ada",
            ),
            r.ImportView(
                at="2024-03-01 17:40 UTC",
                source="people-2024.csv",
                rows=16_000,
                new=6_112,
                merged=9_888,
                rejected=0,
                actor="ada",
            ),
        ),
        events=tuple(
            r.PeriodEvents(
                label=f"2024-{month:02}",
                events={"created": 100 * month, "merged": 37 * (13 - month), "opted out": month},
            )
            for month in range(1, 13)
        ),
        facts=(r.Fact(label="Schema", value="1"), r.Fact(label="Tenant", value="default")),
    )


def pipeline_view(title: str = "Ada Lovelace") -> r.PipelineReport:
    """A job with somebody in most of its stages, one of them called *title*."""
    names = (title, *NAMES[1:])
    labels = (("Applied", 9, None), ("Screen", 3, None), ("Onsite", 2, 2), ("Reference", 0, None), ("Offer", 1, 4))
    columns = tuple(
        r.BoardColumn(
            label=label,
            category="interview",
            count=count,
            capacity=capacity,
            cards=tuple(
                r.BoardCard(
                    title=names[(place + card) % len(names)],
                    days=(place * 7 + card * 5) % 40,
                    state=("", "due", "stale")[(place + card) % 3],
                    note=("referred", "")[card % 2],
                )
                for card in range(min(count, 5))
            ),
        )
        for place, (label, count, capacity) in enumerate(labels)
    )
    reached = (("Applied", 64, 0.5, 3.2), ("Screen", 31, 0.4, 6.1), ("Onsite", 12, None, 8.0), ("Offer", 0, None, None))
    return r.PipelineReport(
        name="Data engineer",
        at="1 March 2026, 12:00 UTC",
        active=15,
        columns=columns,
        seats=r.Seats(open=1, reserved=1, filled=1),
        ended=(r.Count(label="rejected", count=41), r.Count(label="withdrawn", count=7)),
        funnel=tuple(
            r.FunnelRow(label=label, reached=count, began=64, passed=passed, days=days)
            for label, count, passed, days in reached
        ),
        slow=(r.SlowStage(label="Onsite", days=4.2, reason="11.0 days (8.1 to 14.0) against 6.8; 8 people"),),
        facts=(r.Fact(label="Counts", value="all who applied since the job was opened"),),
    )
