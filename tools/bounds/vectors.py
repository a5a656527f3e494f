# SPDX-License-Identifier: MIT
"""The kernel leaves the floating-point and SIMD registers to the threads that own them: no instruction of its touches
them, but for the code that hands them over."""

import a64

HANDS_OVER = "arch_fp_switch"
KERNEL_END = "__kernel_text_end"  # the application's code is behind


def used(image):
    """A line for each kernel instruction that touches such a register; and one if nobody hands them over."""
    end = image.symbols.named[KERNEL_END][0]
    lines = [f"{image.place(address)}: {image.word(address):#010x} touches a floating-point or SIMD register"
             for function in image.symbols.functions if function.address < end and function.name != HANDS_OVER
             for address in range(function.address, function.end, 4)
             if not image.is_data(address) and a64.uses_vectors(image.word(address))]
    return lines + ([] if HANDS_OVER in image.by_name else [f"no function {HANDS_OVER}"])
