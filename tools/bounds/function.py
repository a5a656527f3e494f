# SPDX-License-Identifier: MIT
"""The instruction bound of one call of a function, the kernel's doors included: python3 function.py IMAGE NAME.

One number, exit status 0; or why there is none, exit status 1. Reads only what the function reaches."""

import sys

import elf
from analysis import Analysis
from facts import Refusal


def bound(path, name):
    """(instructions, None) or (None, the reason)."""
    try:
        image = elf.Image(path)
        if name not in image.by_name:
            return None, f"no function '{name}' in {path}"
        analysis, address = Analysis(image), image.by_name[name].address
        if not analysis.fate(address):
            return None, f"'{name}' does not come back: what one job calls must"
        return analysis.bound(address), None
    except OSError as error:
        return None, f"{path}: {error.strerror}"
    except elf.ElfError as error:
        return None, str(error)
    except Refusal as refusal:
        return None, f"'{name}' has no bound: {refusal.text}"


def main():
    if len(sys.argv) != 3:
        print("usage: function.py IMAGE NAME", file=sys.stderr)
        return 2
    sys.setrecursionlimit(10000)
    found, reason = bound(*sys.argv[1:])
    print(reason if found is None else found, file=sys.stderr if found is None else sys.stdout)
    return 1 if found is None else 0


if __name__ == "__main__":
    sys.exit(main())
