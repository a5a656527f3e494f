# SPDX-License-Identifier: MIT
"""AArch64 instructions, as far as control flow, the interrupt mask and the stack pointer go.

Everything that is not recognised here goes on to the next instruction and does none of these things; that this is
so for every word of an image is checked against objdump by cross_check.py. Source: Arm ARM DDI 0487, C4.1.
"""

from dataclasses import dataclass

NOP = 0xd503201f

# What an instruction does to control flow.
NEXT, JUMP, BRANCH, CALL, CALL_REGISTER, JUMP_REGISTER, RETURN, ERET, SVC, ESCAPE, TRAP = (
    "next", "jump", "branch", "call", "call register", "jump register", "return", "eret", "svc", "escape", "trap")

# What it does to DAIF.I or to what stands in for it.
MASK, UNMASK, RESTORE, PRIORITY = "mask", "unmask", "restore", "priority"


@dataclass(frozen=True)
class Step:
    """One instruction: `kind`, where it may go (`target`), the register or immediate it names."""

    kind: str
    target: int = 0
    number: int = 0


def signed(value, bits):
    """The lowest `bits` of a value as a two's complement number."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _register_branch(word):
    operation, register = word >> 21 & 15, word >> 5 & 31
    # BR, BLR and RET, with pointer authentication or without; ERET, ERETAA, ERETAB.
    kinds = {0: JUMP_REGISTER, 8: JUMP_REGISTER, 1: CALL_REGISTER, 9: CALL_REGISTER, 2: RETURN, 4: ERET}
    return Step(kinds.get(operation, TRAP), 0, register)


def _exception(word):
    """SVC, HVC, SMC, BRK, HLT, DCPS: a semihosting call (HLT) comes back, BRK does not."""
    operation, low = word >> 21 & 7, word & 31
    number = word >> 5 & 0xffff
    if operation == 0 and low in (1, 2, 3):
        return Step(SVC if low == 1 else ESCAPE, 0, number)
    if operation == 2 and low == 0:
        return Step(NEXT, 0, number)
    return Step(TRAP, 0, number)


def decode(word, address):
    """The Step of the instruction `word` at `address`."""
    if word & 0x7c000000 == 0x14000000:
        target = address + 4 * signed(word, 26)
        return Step(CALL if word >> 31 else JUMP, target)
    if word & 0xff000000 == 0x54000000:  # B.cond, BC.cond; conditions AL and NV always hold
        target = address + 4 * signed(word >> 5, 19)
        return Step(JUMP if word & 0xe == 0xe else BRANCH, target)
    if word & 0x7e000000 == 0x34000000:  # CBZ, CBNZ
        return Step(BRANCH, address + 4 * signed(word >> 5, 19))
    if word & 0x7e000000 == 0x36000000:  # TBZ, TBNZ
        return Step(BRANCH, address + 4 * signed(word >> 5, 14))
    if word & 0xfe000000 == 0xd6000000:
        return _register_branch(word)
    if word & 0xff000000 == 0xd4000000:
        return _exception(word)
    if word & 0xffff0000 == 0:  # UDF
        return Step(TRAP)
    return Step(NEXT)


def mask_effect(word):
    """MASK, UNMASK, RESTORE or PRIORITY for an instruction that changes the interrupt mask, else None."""
    if word & 0xfffff0ff == 0xd50340df and word >> 8 & 2:  # MSR DAIFSet with I
        return MASK
    if word & 0xfffff0ff == 0xd50340ff and word >> 8 & 2:  # MSR DAIFClr with I
        return UNMASK
    if word & 0xffffffe0 == 0xd51b4220:  # MSR DAIF, Xt
        return RESTORE
    if word & 0xffffffe0 == 0xd5184600:  # MSR ICC_PMR_EL1, Xt
        return PRIORITY
    return None


def is_exclusive_store(word):
    """STXR, STLXR, STXP, STLXP: what a retry loop turns round. C4.1.66, load/store exclusive."""
    return word & 0x3fe00000 == 0x08000000 or word & 0xbfe00000 == 0x88200000


def uses_vectors(word):
    """Anything that names a floating-point, SIMD, SVE or SME register, FPCR or FPSR."""
    group = word >> 25 & 15
    is_data_processing = group & 7 == 7
    is_transfer = group & 5 == 4 and word >> 26 & 1
    is_scalable = group == 2 or group == 0 and word >> 31
    is_control = word & 0xffdfffc0 == 0xd51b4400  # MSR, MRS of FPCR and FPSR
    return bool(is_data_processing or is_transfer or is_scalable or is_control)


# --- General registers ---------------------------------------------------------------------------

MRS_DAIF, MRS_DAIF_MASK = 0xd53b4220, 0xffffffe0


def is_load_or_store(word):
    """Loads and stores of any kind, vector ones too."""
    return word & 0x0a000000 == 0x08000000


def loads(word):
    """(registers that a load fills, base register or None if that is of no interest), or None."""
    base, first, second = word >> 5 & 31, word & 31, word >> 10 & 31
    if not is_load_or_store(word) or word >> 26 & 1:
        return None
    if word & 0x3a000000 == 0x28000000:  # pairs
        return ((first, second), base) if word >> 22 & 1 else None
    if word & 0x3b000000 == 0x18000000:  # literal
        return (first,), None
    if word & 0x3f000000 == 0x08000000:  # exclusive and ordered, compare and swap
        return ((first, second) if word >> 22 & 1 else ()) + (word >> 16 & 31,), None
    if word & 0x3b200c00 == 0x38200000:  # atomic
        return (first,), None
    if word & 0x3a000000 == 0x38000000 and word >> 22 & 3:
        return (first,), base
    return None


def writes_base(word):
    """Whether a load or store changes its base register."""
    is_vectors = word & 0xbe800000 == 0x0c800000  # LD1 to LD4, ST1 to ST4, post-indexed
    return word & 0x3a800000 == 0x28800000 or word & 0x3b200400 == 0x38000400 or is_vectors


def registers_written(word):
    """General registers that an instruction other than a call may write; 31 means nothing."""
    if is_load_or_store(word):
        found = loads(word)
        return set(found[0] if found else ()) | ({word >> 5 & 31} if writes_base(word) else set())
    is_arithmetic = word & 0x1c000000 == 0x10000000 or word & 0x0e000000 == 0x0a000000
    is_vector = word & 0x0e000000 == 0x0e000000  # some move to a general register
    is_system_read = word & 0xffe00000 == 0xd5200000
    return {word & 31} if is_arithmetic or is_vector or is_system_read else set()


# --- The stack pointer ---------------------------------------------------------------------------

SP_REGISTER = 31


def _add_immediate(word):
    """(destination, source, signed amount) of ADD or SUB (immediate) of 64 bits, else None."""
    if word & 0xff800000 not in (0x91000000, 0xd1000000):
        return None
    amount = (word >> 10 & 0xfff) << (12 if word >> 22 & 1 else 0)
    return word & 31, word >> 5 & 31, -amount if word >> 30 & 1 else amount


def _write_back(word):
    """What a load or store with write-back adds to SP as its base, else None. C4.1.66."""
    if word >> 5 & 31 != SP_REGISTER:
        return None
    if word & 0x3a000000 == 0x28000000 and word >> 23 & 3 in (1, 3):  # pairs, post- and pre-indexed
        is_vector = word >> 26 & 1
        scale = 2 + (word >> 30 if is_vector else word >> 31)
        return signed(word >> 15, 7) << scale
    if word & 0x3b200400 == 0x38000400:  # single, post- and pre-indexed
        return signed(word >> 12, 9)
    return None


def stack_effect(word):
    """How an instruction changes SP or the frame pointer x29:
    ("add", n), ("frame", n): x29 = SP + n, ("unframe", n): SP = x29 + n, ("set", register), or None."""
    added = _add_immediate(word)
    if added is not None:
        destination, source, amount = added
        if destination == SP_REGISTER and source == SP_REGISTER:
            return "add", amount
        if destination == 29 and source == SP_REGISTER:
            return "frame", amount
        if destination == SP_REGISTER and source == 29:
            return "unframe", amount
        if destination == SP_REGISTER:
            return "set", source
        return None
    if word & 0x1f200000 == 0x0b200000 and word & 31 == SP_REGISTER and not word >> 29 & 1:
        return "set", word >> 5 & 31  # ADD or SUB (extended register)
    if word & 0x1f800000 == 0x12000000 and word & 31 == SP_REGISTER and word >> 29 & 3 != 3:
        return "set", word >> 5 & 31  # AND, ORR, EOR (immediate)
    amount = _write_back(word)
    if amount is not None:
        return "add", amount
    return None


def selects_stack(word):
    """MSR SPSel: from here on SP is another register."""
    return word & 0xfffff0ff == 0xd50040bf


def probes_below_stack(word):
    """How far below SP `ldur xzr, [sp, #-n]` looks, else None: what arch_irq_mask() does first."""
    if word & 0xffe00c00 == 0xf8400000 and word >> 5 & 31 == SP_REGISTER and word & 31 == 31:
        return -signed(word >> 12, 9)
    return None
