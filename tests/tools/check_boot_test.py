#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_boot.py against small images linked by the real linker script: a sound one, and one for each kind of violation,
which must be refused for its own reason."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CROSS = os.environ.get('CROSS', 'aarch64-linux-gnu-')
CHECK = os.path.join(ROOT, 'tools', 'check_boot.py')

# The low part, before objcopy gives its sections their names. {start}: planted in code, {data}: in constants.
BOOT = '''
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    adrp    x0, __image_end
    adrp    x1, __text_load_start
    adr     x2, constant
    bl      near
    mov     x3, #0xfffffffffffff000
    mov     x3, #0x0000ffffffffffff
    ldr     x3, =0x0123456789abcdef
{start}
    b       boot_handover
    .ltorg
    .text
    .type near, %function
near:
    cbz     x0, 1f
    tbnz    x0, #3, 1f
    b.ne    1f
1:  ret
{boot}
    .global boot_handover
    .type boot_handover, %function
boot_handover:
    mov     x1, #0xffff000000000000
    add     sp, sp, x1
{handover}
    .balign 8
boot_handover_target:
    .quad   {target}
    .size boot_handover, . - boot_handover
    .section .rodata
constant:
    .quad   0x40080000, 0xfffffffffffff000
{data}
    .section .bss, "aw", %nobits
    .skip   64
'''
HANDOVER = '    ldr     x3, boot_handover_target\n    br      x3'
HIGH = '''
    .text
    .global high_entry, kernel_function, memcpy, panic, __stack_chk_fail
    .type high_entry, %function
high_entry:
    ret
kernel_function:
    ret
memcpy:
    ret
panic:
    ret
__stack_chk_fail:
    ret
    .section .data
    .global kernel_variable
kernel_variable:
    .quad 0
'''


class CheckBootTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def command(self, *arguments):
        subprocess.run(arguments, check=True, cwd=ROOT, capture_output=True, text=True)

    def assemble(self, name, text):
        with open(self.path(name + '.S'), 'w', encoding='ascii') as file:
            file.write(text)
        self.command(CROSS + 'gcc', '-c', self.path(name + '.S'), '-o', self.path(name + '.o'))
        return self.path(name + '.o')

    def linker_script(self, edit):
        script = subprocess.run([CROSS + 'gcc', '-E', '-P', '-x', 'assembler-with-cpp', '-I.',
                                 'arch/aarch64/kernel.ld.S'], check=True, cwd=ROOT, capture_output=True,
                                text=True).stdout
        edited = re.sub(*edit, script) if edit else script
        self.assertTrue(edit is None or edited != script, 'the edit of the linker script has no effect')
        with open(self.path('kernel.ld'), 'w', encoding='ascii') as file:
            file.write(edited)
        return self.path('kernel.ld')

    def link(self, start='', boot='', handover=HANDOVER, target='high_entry', data='', high='', edit=None,
             linker=(CROSS + 'ld',), options=()):
        """Links an image with what is planted. Returns the paths of the ELF and of the boot object."""
        low = self.assemble('low', BOOT.format(start=start, boot=boot, handover=handover, target=target,
                                               data=data))
        self.command(CROSS + 'objcopy', '--prefix-alloc-sections=.boot', low)
        self.command(*linker, '-nostdlib', '-static', '-z', 'max-page-size=4096', *options,
                     '-T', self.linker_script(edit), '-o', self.path('k.elf'), low,
                     self.assemble('high', HIGH + high))
        return self.path('k.elf'), low

    def check(self, *paths):
        result = subprocess.run([sys.executable, CHECK, *paths], capture_output=True, text=True, check=False)
        return result.returncode, result.stderr

    def expect_refused(self, reason, text='', symbol='', **planted):
        """Every complaint about the planted image must be for this reason, at this symbol."""
        elf, _ = self.link(**planted)
        status, complaints = self.check(elf)
        self.assertEqual(status, 1, complaints)
        for line in complaints.splitlines():
            self.assertTrue(line.startswith(f'check_boot: {elf}: {reason}: '), line)
            self.assertIn(text, line)
            self.assertIn(symbol, line)

    # --- Sound images ---

    def test_clean_image_is_accepted(self):
        elf, low = self.link()
        self.assertEqual(self.check(elf), (0, ''))
        self.assertEqual(self.check(elf, low), (0, ''))

    def test_clean_image_of_lld_is_accepted(self):
        elf, low = self.link(linker=('ld.lld',))
        self.assertEqual(self.check(elf, low), (0, ''))

    # --- The file ---

    def test_relocations_left(self):
        self.expect_refused('relocation', options=('--emit-relocs',))

    def test_undefined_weak(self):
        self.expect_refused('undefined', 'missing', start='    .weak missing\n    bl missing', linker=('ld.lld',))

    def test_load_address(self):
        self.expect_refused('load address', '.boot.rodata', edit=(r'(\.boot\.rodata :)', r'\1 AT(0x48000000)'))

    def test_entry_not_in_boot(self):
        self.expect_refused('load address', 'entry', options=('-e', 'kernel_function'))

    def test_writable_code(self):
        self.expect_refused('writable code', edit=(r'boot_text PT_LOAD FLAGS\(5\)', 'boot_text PT_LOAD FLAGS(7)'))

    # --- Calls and branches ---

    def test_helper_call(self):
        for helper in ('memcpy', 'panic', '__stack_chk_fail'):
            with self.subTest(helper):
                self.expect_refused('helper', helper, symbol='_start+', start=f'    bl {helper}')

    def test_helper_call_linked_by_lld(self):
        self.expect_refused('helper', 'memcpy', symbol='_start+', start='    bl memcpy', linker=('ld.lld',))

    def test_helper_brought_along(self):
        self.expect_refused('helper', 'memset is part', start='    bl memset', boot='memset:\n    ret',
                            options=('--allow-multiple-definition',))

    def test_branch_out_by_veneer(self):
        self.expect_refused('branch out', 'kernel_function', symbol='_start+', start='    b kernel_function')

    def test_branch_out_by_veneer_of_lld(self):
        self.expect_refused('branch out', 'kernel_function', symbol='near+', boot='    bl kernel_function',
                            linker=('ld.lld',))

    def test_branch_out_to_the_load_address(self):
        for branch in ('bl', 'b', 'b.eq', 'cbnz w3,', 'tbz x1, #40,'):
            with self.subTest(branch):
                self.expect_refused('branch out', symbol='near+', boot=f'    {branch} __text_load_start')

    def test_branch_into_boot_data(self):
        self.expect_refused('branch out', 'constant', start='    bl constant')

    def test_indirect_branches(self):
        for branch in ('blr x7', 'br x30', '.inst 0xd73f08e1 // blraa x7, x1'):
            with self.subTest(branch):
                self.expect_refused('indirect branch', symbol='near+', boot=f'    {branch}')

    # --- Addresses ---

    def test_high_literal(self):
        self.expect_refused('high address', 'kernel_variable', start='    ldr x5, =kernel_variable')

    def test_high_moves(self):
        moves = '\n'.join(f'    mov{"z" if part == 3 else "k"} x6, #:abs_g{part}{"_nc" if part < 3 else ""}:'
                          f'kernel_variable' for part in (3, 2, 1, 0))
        self.expect_refused('high address', 'moves build', start=moves)

    def test_high_by_bitmask_move(self):
        self.expect_refused('high address', 'moves build 0xffff000000000001',
                            start='    orr x6, xzr, #0xffff000000000001')

    def test_offset_outside_handover(self):
        self.expect_refused('high address', '0xffff000000000000', start='    mov x6, #0xffff000000000000')

    def test_high_half_of_a_low_address(self):
        self.expect_refused('high address', start='    adr x6, constant\n    movk x6, #0xffff, lsl #48')

    def test_high_word_in_constants(self):
        self.expect_refused('high address', 'kernel_function', symbol='constant+',
                            data='    .word 0\n    .quad kernel_function\n    .word 0')

    def test_outside_address(self):
        for instruction in ('adrp x6, __image_end + 0x5000', 'adr x6, __image_end + 16', 'ldr x6, __image_end + 16'):
            with self.subTest(instruction):
                self.expect_refused('outside address', symbol='_start+', start=f'    {instruction}')

    # --- The hand-over ---

    def test_handover_to_another_function(self):
        self.expect_refused('hand-over', 'does not hold high_entry', target='kernel_function')

    def test_handover_target_is_low(self):
        self.expect_refused('hand-over', target='near')

    def test_two_ways_out(self):
        self.expect_refused('hand-over', '2 ways out', handover='    blr x9\n' + HANDOVER)

    def test_way_out_by_another_register(self):
        self.expect_refused('hand-over', 'not a branch to', handover=HANDOVER.replace('br      x3', 'br x4'))

    def test_handover_missing(self):
        elf, _ = self.link()
        self.command(CROSS + 'objcopy', '--strip-symbol=high_entry', elf)
        status, complaints = self.check(elf)
        self.assertEqual((status, complaints), (1, f'check_boot: {elf}: hand-over: no symbol high_entry\n'))

    # --- The objects ---

    def test_object_refers_to_helper(self):
        elf, low = self.link()
        extra = self.assemble('extra', '    bl memcpy\n    bl near\n')
        status, complaints = self.check(elf, low, extra)
        self.assertEqual(status, 1)
        self.assertIn('helper: ' + extra + ' refers to memcpy', complaints)

    def test_object_refers_to_nothing(self):
        """GNU ld leaves no trace of an undefined weak symbol in the image."""
        elf, low = self.link(start='    .weak missing\n    bl missing')
        self.assertEqual(self.check(elf, low), (1, f'check_boot: {elf}: undefined: {low} refers to missing\n'))

    def test_object_refers_to_the_high_part(self):
        elf, low = self.link()
        extra = self.assemble('extra', '    .quad kernel_variable, __image_end\n')
        status, complaints = self.check(elf, low, extra)
        self.assertEqual(status, 1)
        self.assertEqual(complaints, f'check_boot: {elf}: outside address: {extra} refers to kernel_variable\n')

    # --- What is no image ---

    def test_usage_and_broken_files(self):
        self.assertEqual(self.check()[0], 2)
        self.assertEqual(self.check(self.path('none'))[0], 2)
        for content in (b'', b'\x7fELF', b'\x7fELF\x02\x01' + bytes(100)):
            with open(self.path('broken'), 'wb') as file:
                file.write(content)
            status, complaints = self.check(self.path('broken'))
            self.assertEqual(status, 2)
            self.assertEqual(complaints.count('\n'), 1, complaints)

    def test_truncated_image(self):
        elf, _ = self.link()
        with open(elf, 'rb') as file:
            data = file.read()
        for size in (70, len(data) // 2, len(data) - 10):
            with open(self.path('short'), 'wb') as file:
                file.write(data[:size])
            status, complaints = self.check(self.path('short'))
            self.assertNotEqual(status, 0)
            self.assertNotIn('Traceback', complaints)


if __name__ == '__main__':
    unittest.main()
