# SPDX-License-Identifier: MIT
"""Where `ret` goes. A bound counts a function to its `ret` and lets its caller go on behind the call; that is so only
if x30 then holds what the call left there: never written since, or read back from the stack. What is read back is not
followed through memory.
"""

import a64

_RETURN_REGISTER = 30
_FROM_STACK = (31, 29)  # base registers: sp and the frame pointer
KEPT, LOST = "kept", "lost"


def _loads(word):
    """(registers that a load fills, base register) for a load of general registers, else None. C4.1.66."""
    base, first, second = word >> 5 & 31, word & 31, word >> 10 & 31
    if word & 0x0a000000 != 0x08000000 or word >> 26 & 1:
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


def _writes_back(word):
    """Whether a load or store changes its base register."""
    return (word & 0x3a800000 == 0x28800000) or (word & 0x3b200400 == 0x38000400)


def effect(word):
    """What an instruction that is no call does to x30: KEPT (again), LOST, or None."""
    loaded = _loads(word)
    if loaded is not None and _RETURN_REGISTER in loaded[0]:
        return KEPT if loaded[1] in _FROM_STACK else LOST
    if word & 0x0a000000 == 0x08000000:
        return LOST if _writes_back(word) and word >> 5 & 31 == _RETURN_REGISTER else None
    is_arithmetic = word & 0x1c000000 == 0x10000000 or word & 0x0e000000 == 0x0a000000
    is_system_read = word & 0xffe00000 == 0xd5200000
    if (is_arithmetic or is_system_read) and word & 31 == _RETURN_REGISTER:
        return LOST
    return None


def _behind(image, block, lost):
    """Whether x30 may be lost at the end of a block, if it may be at its start."""
    for address in range(block.address, block.end, 4):
        found = effect(image.word(address))
        lost = found == LOST if found else lost
    return lost


def _is_call(image, block):
    return block.end > block.address and a64.decode(image.word(block.end - 4), 0).kind in (a64.CALL, a64.CALL_REGISTER)


def strayed(graph, comes_back):
    """Keys of the blocks that leave the function by a return, or to another's, that may go elsewhere.
    comes_back(block): whether a block that calls is followed by what stands behind it."""
    image, first = graph.image, graph.function.address
    arriving, pending, found = {first: False}, [first], set()
    while pending:
        key = pending.pop()
        block = graph.blocks[key]
        lost = _behind(image, block, arriving[key])
        if block.leave == "exit" and block.effect != a64.ERET:
            lost = lost or block.number != _RETURN_REGISTER
        if lost and block.leave in ("exit", "tail", "svc"):
            found.add(key)
        if block.calls and not comes_back(block):
            continue
        lost = lost or _is_call(image, block)
        for successor in block.successors:
            if successor not in arriving or lost and not arriving[successor]:
                arriving[successor] = lost or arriving.get(successor, False)
                pending.append(successor)
    return found
