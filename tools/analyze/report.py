# SPDX-License-Identifier: MIT
"""What was found, as a table, as JSON and as a chart."""

import bench_svg
from task_model import EDF


def _rows(system, answers):
    """A dictionary for each task, in the order of the file, servers first."""
    servers = {task.name: task for task in system.tasks}
    tasks = [(task, None) for task in system.tasks]
    tasks += [(member.task, servers[member.server]) for member in system.members]
    for task, server in tasks:
        answer = answers[task.name]
        yield {
            "name": task.name,
            "kind": "server" if task.name in system.servers else "task",
            "server": server.name if server else None,
            "priority": (server or task).priority,
            "order": (server or task).order,
            **{key: getattr(task, key) for key in ("period", "deadline", "execution", "blocking", "jitter")},
            "response": answer.response,
            "margin": task.deadline - answer.response if answer.response is not None else None,
            "holds": answer.holds,
            "why": answer.why,
        }


def load(system):
    """The share of the CPU that tasks and servers take, with the kernel's costs of each job."""
    each = system.costs.release + system.costs.finish
    inside = sum(system.costs.release / member.task.period for member in system.members)
    return sum((task.execution + each) / task.period for task in system.tasks) + inside


def data(system, answers):
    """What --json prints."""
    return {"holds": all(answer.holds for answer in answers.values()),
            "clock_hz": system.clock_hz, "load": round(load(system), 6),
            "costs": {key: {"ticks": ticks, "from": source} for key, (ticks, source) in system.kernel.items()},
            "tasks": list(_rows(system, answers))}


def _cells(row):
    name = row["name"] + (f" (in {row['server']})" if row["server"] else " (server)" if row["kind"] == "server" else "")
    order = f"{row['priority']}{' edf' if row['order'] == EDF else ''}"
    numbers = [f"{row[key]:,}" if row[key] is not None else "?" for key in
               ("period", "deadline", "execution", "blocking", "jitter", "response", "margin")]
    return [name, order, *numbers, row["why"] or "ok"]


def table(found):
    """Lines for a reader."""
    head = ["task", "priority", "period", "deadline", "execution", "blocking", "jitter", "response", "margin", ""]
    rows = [head] + [_cells(row) for row in found["tasks"]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1])]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    costs = [f"{key} {cost['ticks']:,} ({cost['from']})" for key, cost in found["costs"].items()]
    late = sum(not row["holds"] for row in found["tasks"])
    return [*lines, "", f"ticks of {found['clock_hz']:,} Hz; load {found['load']:.1%}; kernel: " + ", ".join(costs),
            "every deadline holds" if found["holds"] else f"{late} of {len(found['tasks'])} cannot be said to hold"]


def chart(found, title):
    """The SVG: a bar for each task, how much of its deadline its response takes."""
    rows = []
    for row in found["tasks"]:
        share, words = None, f"{row['name']}: {row['why']}"
        if row["response"] is not None:
            share = 100 * row["response"] / row["deadline"]
            words = f"{row['name']}: response {row['response']:,}, deadline {row['deadline']:,}"
        rows.append(bench_svg.Bar(row["name"], share, row["holds"], words))
    subtitle = f"load {found['load']:.1%}, ticks of {found['clock_hz']:,} Hz"
    return bench_svg.bars(title, subtitle, "response, percent of the deadline", rows, 100)
