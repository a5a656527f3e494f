# SPDX-License-Identifier: MIT
"""Where `ret` goes. A bound counts a function to its `ret` and lets its caller go on behind the call; that is so only
if x30 then holds what the call left there: never written since, or read back from the stack. What is read back is not
followed through memory.
"""

import a64

_RETURN_REGISTER = 30
_FROM_STACK = (31, 29)  # base registers: sp and the frame pointer
KEPT, LOST = "kept", "lost"


def effect(word):
    """What an instruction that is no call does to x30: KEPT (again), LOST, or None."""
    loaded = a64.loads(word)
    if loaded is not None and _RETURN_REGISTER in loaded[0]:
        return KEPT if loaded[1] in _FROM_STACK else LOST
    return LOST if _RETURN_REGISTER in a64.registers_written(word) else None


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
