"""The presets in SQL of DuckDB, as somebody writes them who knows the tables: views derive what the table derives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from benchmarks.pipeline.generating import END, SINCE, STAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.pipeline.generating import Spring

NOW = f"TIMESTAMP '{END:%Y-%m-%d %H:%M:%S}'"
FROM = f"TIMESTAMP '{SINCE:%Y-%m-%d %H:%M:%S}'"
WINDOW_DAYS = (END - SINCE).days

VIEWS = """
CREATE VIEW walked AS SELECT s.*, p.place, p.category,
  lead(s.ts) OVER w AS left_at, lead(s.verb) OVER w AS left_by, lead(p.place) OVER w AS next_place
  FROM steps s JOIN stages p USING (stage) WINDOW w AS (PARTITION BY application ORDER BY ts, n);
CREATE VIEW stays AS SELECT * FROM walked WHERE verb NOT IN ('hire', 'reject', 'withdraw', 'transfer');
CREATE VIEW became AS SELECT application, n, stage, place, ts, left_at, left_by,
  max(place) OVER later > place OR left_by = 'hire' AS advanced,
  max(place) OVER later > place OR min(place) OVER later < place OR left_by = 'hire' AS moved_on
  FROM stays WINDOW later AS (PARTITION BY application ORDER BY ts, n ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING);
CREATE VIEW pairs AS SELECT application, stage, bool_or(coalesce(advanced, false)) AS advanced,
  bool_or(coalesce(moved_on, false)) AS moved_on FROM became GROUP BY ALL;
CREATE VIEW status AS SELECT application, min(ts) AS applied, max(ts) AS stepped, arg_max(verb, (ts, n)) AS last
  FROM steps GROUP BY application;
CREATE VIEW hires AS SELECT s.application, a.job, a.person, min(ts) FILTER (verb = 'hire') AS first,
  max(ts) FILTER (verb = 'hire') AS hired, min(ts) AS applied
  FROM steps s JOIN applications a USING (application) GROUP BY ALL HAVING arg_max(verb, (ts, n)) = 'hire';
CREATE VIEW opened AS SELECT job, min(ts) AS ts FROM job_steps WHERE verb = 'open' GROUP BY job;
CREATE VIEW posted AS SELECT of AS job, min(ts) AS ts FROM marks WHERE kind = 'posted' GROUP BY of;
CREATE VIEW added AS SELECT of AS application, min(ts) AS ts FROM marks WHERE kind = 'added' GROUP BY of;
CREATE VIEW versions AS SELECT offer, number, application, arg_max(verb, (ts, n)) AS last,
  min(ts) FILTER (verb = 'send') AS sent, max(ts) FILTER (verb = 'accept') AS accepted,
  max(ts) FILTER (verb IN ('accept', 'decline')) AS answered,
  row_number() OVER (PARTITION BY offer ORDER BY number DESC) = 1 AS is_latest
  FROM offer_steps GROUP BY offer, number, application;
CREATE VIEW accepted AS SELECT application, max(accepted) AS ts FROM versions WHERE last = 'accept'
  GROUP BY application;
CREATE VIEW applied AS SELECT application, min(ts) AS ts FROM steps WHERE verb = 'enter' GROUP BY application;
CREATE VIEW holds AS SELECT job, ts AS begins, coalesce(next, TIMESTAMP '2999-01-01') AS ends FROM (
  SELECT *, lead(ts) OVER (PARTITION BY job ORDER BY ts, n) AS next FROM job_steps) WHERE verb = 'hold';
CREATE VIEW gaps AS SELECT application, ts AS begins, left_at AS ends FROM walked
  WHERE verb IN ('reject', 'withdraw') AND left_by = 'reopen';
CREATE VIEW seats AS SELECT opening, any_value(job) AS job, min(ts) FILTER (verb = 'open') AS opened,
  max(ts) FILTER (verb = 'fill') AS filled, arg_max(verb, (ts, n)) AS last FROM seat_entries GROUP BY opening;
"""


def days(start: str, end: str) -> str:
    """Return the days from one expression to another."""
    return f"(epoch_us({end}) - epoch_us({start})) / 86400e6"


def hedgehog(start: str, end: str) -> str:
    """Return the mean of the days between two expressions of hires, without holds and gaps, not counted twice."""
    return f"""
    WITH h AS (SELECT * FROM hires),
    held AS (SELECT application, sum(greatest(0, {days(f"greatest(begins, {start})", f"least(ends, {end})")})) AS days
      FROM h JOIN holds USING (job) GROUP BY application),
    gone AS (SELECT application, greatest(begins, {start}) AS b, least(ends, {end}) AS e, job
      FROM h JOIN gaps USING (application) WHERE least(ends, {end}) > greatest(begins, {start})),
    both_ AS (SELECT application, sum(greatest(0, {days("greatest(begins, b)", "least(ends, e)")})) AS days
      FROM gone JOIN holds USING (job) GROUP BY application),
    lost AS (SELECT application, sum({days("b", "e")}) AS days FROM gone GROUP BY application)
    SELECT avg({days(start, end)} - coalesce(held.days, 0) - coalesce(lost.days, 0) + coalesce(both_.days, 0))
    FROM h LEFT JOIN held USING (application) LEFT JOIN lost USING (application) LEFT JOIN both_ USING (application)"""


def dates(start: str, end: str) -> str:
    """Return the dates from one expression to another."""
    return f"date_diff('day', {start}, {end})"


def lever(start: str, end: str, *, lasts: Callable[[str, str], str] = days) -> str:
    """Return one of Lever's choices."""
    end_view = "accepted" if end == "accepted" else "(SELECT application, hired AS ts FROM hires)"
    begin = {
        "applied": "applied b USING (application)",
        "posted": "applications a USING (application) JOIN posted b USING (job)",
        "added": "added b USING (application)",
    }[start]
    return f"SELECT avg({lasts('b.ts', 'e.ts')}) FROM {end_view} e JOIN {begin} WHERE e.ts >= b.ts"


QUERIES = {
    "time-to-fill": f"""SELECT quantile_cont({days("opened", "filled")}, 0.5) FROM seats JOIN jobs USING (job)
        WHERE last = 'fill' AND NOT is_evergreen""",
    "time-to-fill-greenhouse": lever("posted", "accepted", lasts=dates),
    "time-to-fill-workable": f"""WITH began AS (
        SELECT h.application, h.job, h.hired, coalesce(max(s.ts), o.ts) AS ts FROM hires h JOIN opened o USING (job)
        LEFT JOIN job_steps s ON s.job = h.job AND s.verb IN ('open', 'resume', 'reopen') AND s.ts <= h.applied
        GROUP BY h.application, h.job, h.hired, o.ts)
        SELECT avg(d - coalesce(held, 0)) FROM (SELECT application, any_value({days("b.ts", "hired")}) AS d,
        sum(greatest(0, {days("greatest(begins, b.ts)", "least(ends, hired)")})) FILTER (begins IS NOT NULL) AS held
        FROM began b LEFT JOIN holds USING (job) GROUP BY application)""",
    "time-to-fill-pinpoint": f"""SELECT round(avg(m), 1) FROM (SELECT job, avg({days("o.ts", "first")}) AS m
        FROM hires JOIN opened o USING (job) GROUP BY job)""",
    "time-to-fill-peopleforce": f"SELECT avg({days('o.ts', 'hired')}) FROM hires JOIN opened o USING (job)",
    "time-to-fill-frappe": f"""WITH c AS (SELECT job, ts,
        sum(CASE verb WHEN 'open' THEN 1 WHEN 'fill' THEN -1 END) AS change,
        bool_or(verb = 'fill') AS fills FROM seat_entries GROUP BY job, ts),
        l AS (SELECT job, ts, fills, sum(change) OVER (PARTITION BY job ORDER BY ts) AS free FROM c)
        SELECT avg({dates("o.ts", "f.ts")})
        FROM (SELECT job, max(ts) AS ts FROM l WHERE fills AND free = 0 GROUP BY job) f JOIN opened o USING (job)""",
    "time-to-fill-taleo": f"""WITH ok AS (SELECT of AS job, max(ts) AS ts FROM marks
        WHERE kind = 'approved' GROUP BY of),
        p AS (SELECT of AS job, min(m.ts) AS ts FROM marks m JOIN ok ON ok.job = m.of AND m.ts >= ok.ts
        WHERE kind = 'posted' GROUP BY of),
        e AS (SELECT job, max(ts) AS ts FROM accepted JOIN applications USING (application) GROUP BY job)
        SELECT avg({days("p.ts", "e.ts")}) FROM p JOIN e USING (job) WHERE e.ts >= p.ts""",
    **{
        f"time-to-fill-lever-{start}-{end}": lever(start, end)
        for start in ("applied", "posted", "added")
        for end in ("accepted", "hired")
    },
    "time-to-hire-workable": f"""WITH t AS (SELECT h.application, min(m.ts) AS ts FROM hires h
        JOIN marks m ON m.of = h.application AND kind = 'touched' AND m.ts <= h.applied GROUP BY h.application)
        SELECT avg({days("coalesce(t.ts, applied)", "hired")}) FROM hires LEFT JOIN t USING (application)""",
    "time-to-hire-hedgehog": hedgehog("applied", "hired"),
    "time-to-hire-hedgehog-clipped": hedgehog(f"greatest(applied, {FROM})", f"least(hired, {NOW})"),
    "time-to-hire-opm": lever("applied", "accepted"),
    "days-to-offer-greenhouse": f"""SELECT avg({days("b.ts", "e.ts")}) FROM (SELECT application, max(answered) AS ts
        FROM versions GROUP BY application HAVING max(answered) IS NOT NULL) e JOIN applied b USING (application)""",
    "time-to-accept": f"SELECT avg({days('sent', 'accepted')}) FROM versions WHERE accepted IS NOT NULL",
    "time-to-start": f"""SELECT avg({dates("o.ts", "m.ts")}) FROM hires h JOIN opened o USING (job)
        JOIN marks m ON m.of = h.application AND kind = 'started'""",
    "time-in-stage": f"""SELECT avg(d) FROM (SELECT sum({days("ts", f"coalesce(left_at, {NOW})")}) AS d FROM stays
        GROUP BY application, stage)""",
    "time-in-stage-gem": f"""SELECT avg({days("ts", "left_at")}) FROM stays
        WHERE left_by = 'hire' OR (left_by = 'move' AND next_place > place)""",
    "time-in-stage-crosschq": """SELECT avg(b.n - a.n) FROM stays JOIN calendar a ON a.day = ts::DATE
        JOIN calendar b ON b.day = left_at::DATE""",
    "time-in-stage-ashby": f"SELECT median({days('ts', 'left_at')}) FROM stays WHERE left_at IS NOT NULL",
    "pass-rate-greenhouse": "SELECT avg(moved_on::INT) FROM pairs",
    "pass-rate-greenhouse-skips": """WITH f AS (SELECT application, max(place) AS far FROM stays GROUP BY application),
        every AS (SELECT sum(far) AS n FROM f),
        was AS (SELECT count(*) AS n FROM (SELECT DISTINCT application, stage, place FROM stays)
        JOIN f USING (application) WHERE place < far)
        SELECT (sum(moved_on::INT) + any_value(every.n) - any_value(was.n))
        / (count(*) + any_value(every.n) - any_value(was.n)) FROM pairs, every, was""",
    "conversion": "SELECT avg(advanced::INT) FROM pairs",
    "pass-through-ashby": """SELECT avg(advanced::INT) FROM pairs JOIN status USING (application)
        WHERE last IN ('hire', 'reject', 'withdraw', 'transfer')""",
    "drop-off": """SELECT avg((ended IN ('reject', 'withdraw'))::INT) FROM
        (SELECT arg_max(coalesce(left_by, ''), (ts, n)) AS ended FROM stays GROUP BY application, stage)""",
    "reached-greenhouse": "SELECT count(*) FROM (SELECT DISTINCT application, stage FROM stays)",
    "exited-greenhouse": "SELECT count(*) FROM stays WHERE left_by IN ('move', 'hire')",
    "stage-count-smartrecruiters": f"""SELECT count(*) FROM (SELECT DISTINCT application, stage FROM stays
        WHERE ts < {NOW} AND coalesce(left_at, {NOW}) >= {FROM})""",
    "offer-acceptance-frappe": "SELECT avg((last = 'accept')::INT) FROM versions WHERE is_latest AND sent IS NOT NULL",
    "offer-acceptance-taleo": """SELECT avg((last = 'accept')::INT) FROM versions
        WHERE sent IS NOT NULL AND last IN ('accept', 'decline', 'rescind', 'renege')""",
    "offer-acceptance-ashby": """SELECT avg((last = 'accept')::INT) FROM versions
        WHERE sent IS NOT NULL AND is_latest AND last IN ('accept', 'decline')""",
    "applicant-to-hire-frappe": """SELECT avg((e.ts IS NOT NULL)::INT) FROM applied
        LEFT JOIN accepted e USING (application)""",
    "source-effectiveness": """SELECT avg(h::INT) FROM (SELECT person, bool_or(last = 'hire') AS h FROM status
        JOIN applications USING (application) GROUP BY person)""",
    "source-quality-greenhouse": """SELECT avg(CASE WHEN last = 'hire' THEN 1 ELSE far / 5 END) FROM status
        JOIN (SELECT application, max(place) AS far FROM stays GROUP BY application) USING (application)""",
    "stale-lever": f"""SELECT avg(({days("stepped", NOW)} > 90)::INT) FROM status
        WHERE last NOT IN ('hire', 'reject', 'withdraw', 'transfer')""",
    "ageing": f"SELECT avg({days('ts', NOW)}) FROM stays WHERE left_at IS NULL",
    "cycle-time": f"""SELECT quantile_cont({days("applied", "stepped")}, 0.5) FROM status
        WHERE last IN ('hire', 'reject', 'withdraw', 'transfer')""",
    "hires": "SELECT count(*) FROM hires",
    "velocity": f"SELECT count(*) / ({WINDOW_DAYS} / 30) FROM hires WHERE hired >= {FROM} AND hired < {NOW}",
    "throughput": f"""SELECT count(*) / ({WINDOW_DAYS} / 7) FROM stays
        WHERE left_at >= {FROM} AND left_at < {NOW}""",
    "work-in-progress": f"""SELECT sum({days(f"greatest(ts, {FROM})", f"least(coalesce(left_at, {NOW}), {NOW})")})
        / {WINDOW_DAYS} FROM stays WHERE ts < {NOW} AND coalesce(left_at, {NOW}) >= {FROM}""",
    "openings-left-taleo": f"""SELECT sum(n) FROM (SELECT 1 AS n FROM seats JOIN jobs USING (job)
        WHERE last <> 'close' AND NOT is_evergreen AND opened < {NOW}
        UNION ALL SELECT -1 FROM hires JOIN jobs USING (job) WHERE NOT is_evergreen)""",
    "qualified-per-position-iso": """SELECT avg(n) FROM (SELECT job, count(DISTINCT application)
        FILTER (category = 'interview') AS n FROM stays JOIN applications USING (application) GROUP BY job)""",
}
"""The presets by their keys."""


def loaded(connection: Any, told: Spring) -> None:
    """Make the tables and the views."""
    for name in ("steps", "applications", "jobs", "job_steps", "seat_entries", "offer_steps", "marks"):
        columns = {("ts" if key == "at" else key): values for key, values in getattr(told, name).items()}
        if "occurred_at" in columns:
            columns["ts"] = columns.pop("occurred_at")
            columns["n"] = list(range(len(columns["ts"])))
        rows = pa.table({key: pa.array(values) for key, values in columns.items()})  # noqa: F841 - DuckDB finds it
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
    stages = pa.table({"stage": list(STAGES), "category": list(STAGES.values()), "place": range(len(STAGES))})  # noqa: F841
    connection.execute("CREATE TABLE stages AS SELECT * FROM stages")
    connection.execute("""CREATE TABLE calendar AS SELECT day, sum((isodow(day) < 6)::INT) OVER (ORDER BY day)
        - (isodow(day) < 6)::INT AS n
        FROM (SELECT unnest(range(DATE '2024-12-01', DATE '2027-12-01', INTERVAL 1 DAY))::DATE AS day)""")
    connection.execute(VIEWS)
