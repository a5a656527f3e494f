# SPDX-License-Identifier: MIT
"""gdb's extension for genrt: `source tools/gdb/extension.py`, or ./genrt gdb, which does. docs/debugging.md."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import commands  # noqa: E402
import printers  # noqa: E402

commands.install()
printers.install()
