# SPDX-License-Identifier: MIT
"""A page of what an Account (account.py) knows: as figures, and as lines of text for a terminal."""

HEAD = f"{'THREAD':<26} {'PRI':>3} {'STATE':<11} {'LOAD':>6} {'ALL':>6} {'SWITCHES':>9} {'JOBS':>7} {'MISSED':>7} " \
       f"{'RESPONSE':>10} {'WORST':>10} {'DEADLINE':>10}"
WIDTH = len(HEAD)


def share(part, whole):
    """In thousandths, rounded down; 0 of nothing."""
    return part * 1000 // whole if whole > 0 else 0


def figures(account, trace):
    """What is shown, as plain values: times in ns, loads in thousandths."""
    account.settle()
    span, whole = account.now - account.window, account.now - account.begin

    def time(ticks):
        return None if ticks is None else trace.nanoseconds(ticks)

    rows = [{"name": thread.name, "priority": thread.priority, "state": thread.state,
             "load": share(thread.ran - thread.ran_before, span), "load_of_all": share(thread.ran, whole),
             "cpu_ns": time(thread.ran), "switches": thread.switches, "jobs": thread.jobs, "misses": thread.misses,
             "response_ns": time(thread.response), "response_max_ns": time(thread.response_max),
             "deadline_ns": time(thread.job.deadline - thread.job.release) if thread.job and thread.job.deadline else None}
            for thread in account.threads.values()]
    rows.sort(key=lambda row: (row["name"] == "idle", -row["load"], -row["load_of_all"], -(row["priority"] or 0), row["name"]))
    return {"seconds": time(account.now) / 1e9, "window_ns": time(span), "records": account.count,
            "new_records": account.count - account.count_before, "lost": account.lost, "unknown_ns": time(account.unknown), "ended_ns": time(account.ended),
            "end": account.end, "threads": rows,
            "latest": [{"seconds": time(moment) / 1e9, "thread": name, "what": words} for moment, name, words in account.latest]}


def _percent(thousandths):
    return f"{thousandths // 10}.{thousandths % 10}%"


def _micros(nanoseconds):
    return "" if nanoseconds is None else f"{nanoseconds / 1000:,.1f}us"


def _row(row):
    jobs = f"{row['jobs']:>7} {row['misses']:>7}" if row["jobs"] or row["misses"] else " " * 15
    priority = "" if row["priority"] is None else row["priority"]
    return (f"{row['name'][:26]:<26} {priority:>3} {row['state']:<11} {_percent(row['load']):>6} "
            f"{_percent(row['load_of_all']):>6} {row['switches']:>9} {jobs} {_micros(row['response_ns']):>10} "
            f"{_micros(row['response_max_ns']):>10} {_micros(row['deadline_ns']):>10}").rstrip()


def lines(shown, what, height=None):
    """[(text, kind)]: kind is "head", "alarm" or "". height: at most so many, and then threads are left out."""
    busy = sum(row["load"] for row in shown["threads"] if row["name"] != "idle")
    title = (f"genrt monitor: {what}   {shown['seconds']:.3f} s   busy {_percent(busy)}   {shown['records']:,} records, "
             f"{shown['new_records']:,} new")
    losses = f"{shown['lost']:,} records lost: the ring was full" if shown["lost"] else "no record lost"
    top = [(title, "head"), (losses, "alarm" if shown["lost"] else ""), ("", ""), (HEAD, "head")]
    below = [("", ""), ("LATEST", "head")] if shown["latest"] else []
    below += [(f"{event['seconds']:>14.6f} s  {event['thread']:<26} {event['what']}".rstrip(), "alarm") for event in shown["latest"]]
    if shown["end"]:
        below += [("", ""), (f"ended by {shown['end']}", "head")]
    rows = [(_row(row), "alarm" if row["misses"] else "") for row in shown["threads"]]
    room = len(rows) if height is None else max(height - len(top) - len(below) - 1, 1)
    if room < len(rows):
        rows = rows[:room] + [(f"... {len(rows) - room} more", "")]
    return top + rows + below
