# SPDX-License-Identifier: MIT
"""What was found, as lines for a terminal."""

import threads


def _ratio(bound, observed):
    return f"{bound / observed:.2f}" if bound and observed else "-"


def _chain(chain):
    return " > ".join(f"{name} {bound}" for name, bound in chain[:4]) + (" > ..." if len(chain) > 4 else "")


def entries(gathered, observed):
    """A line for each entry: bound, what was seen, the longest masked stretch, the stack, the heaviest way down."""
    lines = [f"{'entry':<28} {'bound':>9} {'seen':>9} {'ratio':>6} {'masked':>7} {'stack':>6} {'facts':>6}  worst way down"]
    for name, entry in gathered["entries"].items():
        if entry["kind"] == "fatal":
            lines.append(f"{name:<28} {'stops':>9}")
            continue
        seen = observed.get(name)
        stack = entry["kernel_stack"] if entry["kind"] != "call" else entry["stack"]
        lines.append(f"{name:<28} {entry['bound']:>9} {seen if seen is not None else '-':>9} {_ratio(entry['bound'], seen):>6}"
                     f" {entry['masked'] if entry['kind'] != 'boot' else '-':>7} {stack if stack is not None else '-':>6}"
                     f" {len(entry['facts']):>6}  {_chain(entry['chain'])}")
    return lines


def stretches(gathered, limit):
    """The longest masked stretches."""
    lines = [f"longest masked stretches (limit {limit}; from the mask or the vector to the unmask or the eret):"]
    for row in gathered["masked"][:8]:
        lines.append(f"  {row['bound']:>6}  {row['file']}:{row['line']} in {row['function']}")
    return lines


def stacks(gathered):
    """What the stacks of the kernel must hold."""
    rows = gathered["stack"]
    lines = [f"stack '{name}': {row['need']} of {row['size']} bytes" + (f", at {row['where']}" if "where" in row else "")
             for name, row in rows.items() if name != "threads"]
    return lines + [f"stack of thread {name}: {depth}" + (" bytes" if isinstance(depth, int) else "")
                    for name, depth in rows["threads"].items()] + [threads.text(row) for row in gathered["threads"]]


def one(gathered, name):
    """All of one entry: the worst way in source lines, the facts it rests on."""
    entry = gathered["entries"].get(name)
    function = gathered["functions"].get(entry["function"] if entry else name)
    if function is None:
        return None
    lines = [f"{name}: at most {(entry or function)['bound']} instructions"]
    # A task call has its vector in common with the others: its own way begins at its handler.
    is_door = entry is not None and entry["kind"] == "door"
    names, done = [entry["chain"][1][0] if is_door else entry["function"] if entry else name], set()
    while names:
        each = names.pop(0)
        if each in done or each not in gathered["functions"]:
            continue
        done.add(each)
        row = gathered["functions"][each]
        lines.append(f"\n{each}: bound {row['bound']}")
        lines += [f"  {times:>8g} x  {count:>6}  {file}:{line}" for file, line, times, count in row["path"]]
        names += row["way"]
    if entry:
        lines += ["", "rests on:"] + [f"  {fact}" + (f" <= {gathered['facts'][fact]['number']} turns" if fact in gathered["facts"] else "")
                                      for fact in entry["facts"]]
    return lines
