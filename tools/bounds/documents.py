# SPDX-License-Identifier: MIT
"""Tables in documents, kept as they were generated: between <!-- NAME --> and <!-- end -->."""

import re

EVIDENCE = "docs/evidence.md"
_BLOCK = re.compile(r"(<!-- ([a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text, tables):
    """The document with every block whose name is among the tables written anew."""
    return _BLOCK.sub(lambda match: match[1] + tables[match[2]] + match[3] if match[2] in tables else match[0], text)


def table(heads, rows):
    """A Markdown table; heads that begin with '>' are of numbers."""
    names = [head.lstrip(">") for head in heads]
    lines = ["| " + " | ".join(names) + " |", "|" + "|".join(" ---: " if head.startswith(">") else " --- " for head in heads) + "|"]
    return "\n".join(lines + ["| " + " | ".join("–" if cell is None else str(cell) for cell in row) + " |" for row in rows]) + "\n"


def evidence(gathered, observed, masked_seen, reasons):
    """The tables of docs/evidence.md for one toolchain."""
    rows = []
    for name, entry in gathered["entries"].items():
        if entry["kind"] == "fatal":
            continue
        seen = observed.get(name)
        rows.append([f"`{name}`", f"{entry['bound']:,}", f"{seen:,}" if seen else None,
                     f"{entry['bound'] / seen:.2f}" if seen else None, entry["masked"] if entry["kind"] != "boot" else None,
                     reasons.get(name, "")])
    stretches = [[f"{row['bound']}", f"`{row['function']}`", f"{row['file']}:{row['line']}"] for row in gathered["masked"][:10]]
    stacks = [[name, row["need"], row["size"]] for name, row in gathered["stack"].items() if name != "threads"]
    return {"entries": table(["entry", ">bound", ">seen", ">ratio", ">masked", "why not closer"], rows),
            "masked": table([">bound", "in", "from"], stretches) + f"\nThe longest seen: {masked_seen}.\n",
            "stacks": table(["stack", ">may need, bytes", ">has"], stacks)}


def stale(path, tables):
    """Whether a document's tables are not these."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return [] if fill(text, tables) == text else [f"{path}: its tables are not as generated; ./genrt bounds --update writes them"]


def write(path, tables):
    """Writes the tables into the document."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(fill(text, tables))
