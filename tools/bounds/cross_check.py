#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The decoder of a64.py against objdump, on every word of an image's text: what goes where, what touches the interrupt
mask, what moves SP, what uses vector registers."""

import re
import subprocess
import sys

import a64

_LINE = re.compile(r"\s*([0-9a-f]+):\s+([0-9a-f]{8})\s+(\S+)\s*([^/<]*)")
_KINDS = {"b": a64.JUMP, "bl": a64.CALL, "cbz": a64.BRANCH, "cbnz": a64.BRANCH, "tbz": a64.BRANCH, "tbnz": a64.BRANCH,
          "blr": a64.CALL_REGISTER, "br": a64.JUMP_REGISTER, "ret": a64.RETURN, "eret": a64.ERET, "svc": a64.SVC,
          "hvc": a64.ESCAPE, "smc": a64.ESCAPE, "brk": a64.TRAP, "udf": a64.TRAP}
_EXCLUSIVE = ("stxr", "stlxr", "stxp", "stlxp", "stxrb", "stxrh", "stlxrb", "stlxrh")
_VECTOR = re.compile(r"\b(?:[vqdshbzp]\d+|fpcr|fpsr)\b")
_NEVER = ("b.al", "b.nv")


def _number(text):
    return int(text.lstrip("#"), 0)


def kind(mnemonic):
    """The kind that objdump's mnemonic means."""
    if mnemonic in _NEVER:
        return a64.JUMP
    return a64.BRANCH if mnemonic.startswith("b.") else _KINDS.get(mnemonic, a64.NEXT)


def mask(mnemonic, operands):
    """What an instruction does to the interrupt mask, in objdump's words."""
    if mnemonic != "msr":
        return None
    register, value = operands[0], operands[1]
    if register in ("daifset", "daifclr"):
        return (a64.MASK if register == "daifset" else a64.UNMASK) if _number(value) & 2 else None
    return {"daif": a64.RESTORE, "icc_pmr_el1": a64.PRIORITY}.get(register)


def stack(mnemonic, operands):
    """What an instruction does to SP, or to x29 from SP: like a64.stack_effect."""
    text = ",".join(operands)
    if mnemonic.startswith(("ld", "st")) and "[sp" in text:
        before, after = re.search(r"\[sp,#(-?\w+)\]!$", text), re.search(r"\[sp\],#(-?\w+)$", text)
        return ("add", _number((before or after)[1])) if before or after else None
    if mnemonic == "mov" and "sp" in operands and operands[0] in ("sp", "x29") and operands[1] in ("sp", "x29"):
        return "frame" if operands[0] == "x29" else "unframe", 0
    if mnemonic in ("add", "sub") and len(operands) >= 3 and operands[2].startswith("#"):
        amount = _number(operands[2]) << (12 if "lsl#12" in text.replace(" ", "") else 0)
        amount = -amount if mnemonic == "sub" else amount
        pair = operands[0], operands[1]
        named = {("sp", "sp"): "add", ("x29", "sp"): "frame", ("sp", "x29"): "unframe"}.get(pair)
        if named:
            return named, amount
    if operands and operands[0] == "sp" and mnemonic in ("mov", "add", "sub", "and", "orr", "eor"):
        return "set", None
    return None


def _differs(word, address, mnemonic, operands):
    step = a64.decode(word, address)
    if step.kind != kind(mnemonic):
        return f"is {mnemonic}, decoded as {step.kind}"
    if step.kind in (a64.JUMP, a64.CALL, a64.BRANCH) and step.target != int(operands[-1], 16):
        return f"goes to {operands[-1]}, decoded as {step.target:#x}"
    if a64.mask_effect(word) != mask(mnemonic, operands):
        return f"{mnemonic} {operands}: effect on the mask decoded as {a64.mask_effect(word)}"
    expected, effect = stack(mnemonic, operands), a64.stack_effect(word)
    if (expected or effect) and (expected is None or effect is None or expected[0] != effect[0]
                                 or (expected[1] is not None and expected[1] != effect[1])):
        return f"{mnemonic} {operands}: effect on the stack decoded as {effect}"
    if a64.is_exclusive_store(word) != (mnemonic in _EXCLUSIVE):
        return f"{mnemonic}: exclusive decoded as {a64.is_exclusive_store(word)}"
    if a64.uses_vectors(word) != bool(_VECTOR.search(",".join(operands))):
        return f"{mnemonic} {operands}: vector registers decoded as {'used' if a64.uses_vectors(word) else 'not used'}"
    return None


def check(listing):
    """(words compared, lines for those that differ)."""
    count, lines = 0, []
    for line in listing.splitlines():
        match = _LINE.match(line)
        if not match or match[3].startswith("."):
            continue
        operands = [operand.strip() for operand in re.split(r",(?![^\[]*\])", match[4].strip())] if match[4].strip() else []
        operands = [re.sub(r"\s+", "", operand) for operand in operands]
        count += 1
        found = _differs(int(match[2], 16), int(match[1], 16), match[3], operands)
        if found:
            lines.append(f"{match[1]}: {match[2]}: {found}")
    return count, lines


def main():
    done = subprocess.run(["aarch64-linux-gnu-objdump", "-d", sys.argv[1]], capture_output=True, text=True, check=True)
    count, lines = check(done.stdout)
    print("\n".join(lines))
    print(f"{count} words, {len(lines)} decoded differently")
    return 1 if lines or not count else 0


if __name__ == "__main__":
    sys.exit(main())
