# SPDX-License-Identifier: MIT
"""Device trees that are wrong in one way each, made from a good one: what the kernel must survive.

A maker takes a compact tree (bytes) and returns the spoiled one. Those that change what a tree says work on
its source, through dtc; those that break its form work on the bytes. QEMU's virt board has its RAM at
0x4000_0000; its tree says so with two address and two size cells.
"""

import re
import struct
import subprocess

RAM_BASE = 0x40000000


def _edit(blob, change):
    """change: source text -> source text."""
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts"], input=blob, capture_output=True, check=True)
    text = change(source.stdout.decode())
    return subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb"], input=text.encode(), capture_output=True,
                          check=True).stdout


def _cells(value):
    return f"{value >> 32:#x} {value & 0xffffffff:#x}"


def _memory_size(blob):
    """Bytes of RAM that the good tree states."""
    sizes = []

    def look(text):
        match = re.search(r"memory@40000000 \{[^}]*reg = <(\S+) (\S+) (\S+) (\S+)>", text)
        sizes.append((int(match.group(3), 16) << 32) | int(match.group(4), 16))
        return text

    _edit(blob, look)
    return sizes[0]


def _with_memory(blob, ranges):
    """The tree with one memory node that has these (start, size) ranges."""
    reg = " ".join(f"{_cells(start)} {_cells(size)}" for start, size in ranges)

    def change(text):
        changed, count = re.subn(r"(memory@40000000 \{[^}]*reg = <)[^>]*>", rf"\g<1>{reg}>", text)
        assert count == 1, "no memory node to change"
        return changed

    return _edit(blob, change)


def _with_root_text(blob, text_to_add):
    """The tree with these nodes added at the end of the root."""
    return _edit(blob, lambda text: text.rstrip().removesuffix("};") + text_to_add + "\n};\n")


# --- Form ------------------------------------------------------------------------------------------

def garbage(_blob):
    """Bytes that are no tree at all."""
    return bytes((index * 167 + 13) & 0xff for index in range(4096))


def bad_magic(blob):
    """A good tree but for its first byte."""
    return bytes([blob[0] ^ 0xff]) + blob[1:]


def truncated(blob):
    """Cut in the middle; the header still states the whole length."""
    return blob[:len(blob) // 2] + bytes(len(blob) - len(blob) // 2)


def header_only(blob):
    """The header, and after it nothing but zeros."""
    return blob[:40] + bytes(len(blob) - 40)


def huge(blob):
    """States a length of almost 4 GiB."""
    return blob[:4] + struct.pack(">I", 0xfffffff0) + blob[8:]


def bad_offsets(blob):
    """The structure block begins past the end."""
    return blob[:8] + struct.pack(">I", 0xfffffffc) + blob[12:]


def strings_past_end(blob):
    """The strings block is larger than the tree."""
    return blob[:32] + struct.pack(">I", 0xfffffff0) + blob[36:]


def odd_structure(blob):
    """The structure block begins at half a word."""
    return blob[:11] + bytes([blob[11] | 2]) + blob[12:]


def old_version(blob):
    """Of a version without the size of the structure block."""
    return blob[:20] + struct.pack(">I", 16) + blob[24:]


def bit_flipped(blob):
    """One bit flipped in every 61st byte after the header: names, lengths and tokens."""
    spoiled = bytearray(blob)
    for index in range(40, len(spoiled), 61):
        spoiled[index] ^= 1 << (index % 8)
    return bytes(spoiled)


def endless_nodes(blob):
    """A structure block of nothing but node beginnings: deeper than any stack."""
    begin, length = struct.unpack_from(">I", blob, 8)[0], struct.unpack_from(">I", blob, 36)[0]
    nodes = struct.pack(">II", 1, 0x61000000) * (length // 8)
    return blob[:begin] + nodes + blob[begin + len(nodes):]


def endless_nops(blob):
    """A structure block of nothing but NOP tokens: it has no end."""
    begin, length = struct.unpack_from(">I", blob, 8)[0], struct.unpack_from(">I", blob, 36)[0]
    nops = struct.pack(">I", 4) * (length // 4)
    return blob[:begin] + nops + blob[begin + len(nops):]


def strings_cycle(blob):
    """The strings block lies over the structure block: each is read as the other."""
    return blob[:12] + blob[8:12] + blob[16:]


def names_past_end(blob):
    """A sound structure, but below the root no property's name lies in the strings block. /chosen stays."""
    spoiled = bytearray(blob)
    at, strings_size = struct.unpack_from(">I", blob, 8)[0], struct.unpack_from(">I", blob, 32)[0]
    path = []
    while True:
        token = struct.unpack_from(">I", spoiled, at)[0]
        at += 4
        if token == 1:  # a node begins: its name, padded
            end = spoiled.index(0, at)
            path.append(spoiled[at:end].decode())
            at = (end + 4) & ~3
        elif token == 2:  # it ends
            path.pop()
        elif token == 3:  # a property: length, name, value
            length = struct.unpack_from(">I", spoiled, at)[0]
            if len(path) > 1 and path[1] != "chosen":
                struct.pack_into(">I", spoiled, at + 4, strings_size + 1 + at)
            at = (at + 8 + length + 3) & ~3
        elif token == 9:
            return bytes(spoiled)


# --- Devices ---------------------------------------------------------------------------------------

def strange_devices(blob):
    """UART, interrupt controller and timer are of makes that nobody knows."""
    def change(text):
        for known in ("arm,pl011", "arm,cortex-a15-gic", "arm,armv8-timer", "arm,armv7-timer"):
            assert known in text, known
            text = text.replace(known, "strange," + "x" * 40)
        return text

    return _edit(blob, change)


def short_registers(blob):
    """Each device's registers are half an address; each CPU's number is three bytes."""
    def change(text):
        text, count = re.subn(r"(pl011@|intc@)([^{]*\{[^}]*?\breg = <)[^>]*>", r"\1\g<2>0x0>", text)
        assert count == 2, count
        return re.sub(r"(cpu@[^{]*\{[^}]*?\breg = )<[^>]*>", r"\1[00 00 00]", text)

    return _edit(blob, change)


def wild_cells(blob):
    """Everywhere but in the root, addresses, sizes and interrupts have almost 2^32 cells."""
    def change(text):
        first = text.index("{", text.index("{") + 1)  # the first node below the root
        head, rest = text[:first], text[first:]
        # dtc prints the root's own properties before its nodes.
        return head + re.sub(r"(#(?:address|size|interrupt)-cells = )<[^>]*>", r"\1<0xfffffffd>", rest)

    return _edit(blob, change)


def wrong_timer_line(blob):
    """The virtual timer on a private line that nothing drives."""
    return _edit(blob, lambda text: re.sub(r"(0x01 )0x0b( 0x[0-9a-f]+ 0x01 0x0a)", r"\g<1>0x04\2", text))


def wrong_gic_cpu(blob):
    """The interrupt controller's CPU interface where there is none."""
    return _edit(blob, lambda text: text.replace("0x00 0x8010000 0x00 0x10000", "0x00 0xb000000 0x00 0x10000"))


def _cut(text, name):
    """(the text of the node, the text without it); nodes within it are part of it."""
    start = text.index(f"{name} {{")
    end, depth = text.index("{", start) + 1, 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return text[start:end + 1], text[:start] + text[end + 1:]


def _in_buses(blob, uart_ranges, gic_cells):
    """UART and interrupt controller moved below two buses each, one or both of which translate; beside the UART one
    that is not there."""
    def change(text):
        uart, text = _cut(text, "pl011@9000000")
        gic, text = _cut(text, "intc@8000000")
        uart = re.sub(r"reg = <[^>]*>;", 'reg = <0x5100 0x1000>; status = "okay";', uart)
        gic = re.sub(r"reg = <[^>]*>;", "reg = <0x00 0x10000 0x10000 0x10000>;", gic, count=1)
        buses = f"""
            outer {{ #address-cells = <2>; #size-cells = <2>; ranges = <0x0 0x0 0x0 0x0 0x0 0x10000000>;
                inner {{ #address-cells = <1>; #size-cells = <1>; {uart_ranges}
                    off {{ compatible = "arm,pl011"; reg = <0x0 0x1000>; status = "disabled"; }};
                    {uart}
                }};
            }};
            around {{ #address-cells = <2>; #size-cells = <2>; ranges;
                chip {{ #address-cells = <{gic_cells}>; #size-cells = <1>; ranges = <0x0 0x0 0x8000000 0x1000000>;
                    {gic}
                }};
            }};"""
        text = text.replace('stdout-path = "/pl011', 'stdout-path = "/outer/inner/pl011')
        return text.rstrip().removesuffix("};") + buses + "\n};\n"

    return _edit(blob, change)


def devices_in_buses(blob):
    """UART and interrupt controller below buses that translate."""
    return _in_buses(blob, "ranges = <0x0 0x0 0xdead0000 0x1000>, <0x5000 0x0 0x08ffff00 0x10000>;", 1)


def devices_astray(blob):
    """The same, but one bus translates nothing, and the cells of another's addresses are told in two numbers."""
    return _in_buses(blob, "", "1 1")


def devices_in_ram(blob):
    """The UART where there is RAM."""
    return _edit(blob, lambda text: text.replace("0x00 0x9000000 0x00 0x1000", "0x00 0x40100000 0x00 0x1000"))


def devices_far(blob):
    """The UART where no CPU's address reaches."""
    return _edit(blob, lambda text: text.replace("0x00 0x9000000 0x00 0x1000", "0xfffffff0 0x9000000 0x00 0x1000"))


# --- Memory ----------------------------------------------------------------------------------------

def zero_memory(blob):
    """A range of size zero before the real one."""
    return _with_memory(blob, [(RAM_BASE, 0), (RAM_BASE, _memory_size(blob))])


def no_memory(blob):
    """No RAM at all."""
    return _with_memory(blob, [(RAM_BASE, 0)])


def overlapping_memory(blob):
    """Two ranges that share a quarter."""
    size = _memory_size(blob)
    return _with_memory(blob, [(RAM_BASE, size * 5 // 8), (RAM_BASE + size * 3 // 8, size * 5 // 8)])


def unsorted_memory(blob):
    """Four quarters, out of order."""
    quarter = _memory_size(blob) // 4
    return _with_memory(blob, [(RAM_BASE + index * quarter, quarter) for index in (2, 0, 3, 1)])


def unaligned_memory(blob):
    """Starts and ends that are no multiple of a page."""
    size = _memory_size(blob)
    return _with_memory(blob, [(RAM_BASE, size // 2 - 0x123), (RAM_BASE + size // 2 + 0x321, size // 2 - 0x777)])


def wrapping_memory(blob):
    """The real RAM, and a range that runs past the end of the address space."""
    return _with_memory(blob, [(RAM_BASE, _memory_size(blob)), (0xfffffffffff00000, 0x200000)])


def memory_holes(blob):
    """Three pieces with holes between them."""
    size = _memory_size(blob)
    return _with_memory(blob, [(RAM_BASE, size // 2), (RAM_BASE + size * 5 // 8, size // 8),
                               (RAM_BASE + size * 7 // 8, size // 8)])


def many_ranges(blob):
    """Far more ranges than any map keeps: 200 pieces of 64 KiB in the upper half."""
    size = _memory_size(blob)
    upper = RAM_BASE + size // 2
    return _with_memory(blob, [(RAM_BASE, size // 2)] + [(upper + index * 0x20000, 0x10000) for index in range(200)])


def crowded(blob):
    """As much of everything as the kernel takes: RAM in 31 pieces whose ends are no borders of large pages, a
    reservation in almost each, nodes and properties, many short boot words."""
    piece, pages = _memory_size(blob) // 31 // 0x200000 * 0x200000, 0x1000
    ranges = [(RAM_BASE, piece - pages)] + [(RAM_BASE + index * piece + pages, piece - 2 * pages) for index in range(1, 31)]
    taken = [f"taken@{start + size // 2:x} {{ reg = <{_cells(start + size // 2)} {_cells(pages)}>;{no_map} }};"
             for (start, size), no_map in zip(ranges[1:29], [" no-map;", ""] * 14)]
    nodes = [f"crowd@{index} {{ " + " ".join(f"property-{number} = <{number}>;" for number in range(34)) + " };"
             for index in range(420)]
    text = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; " + "\n".join(taken) + " };\n" + "\n".join(nodes)
    words = lambda source: re.sub(r'(bootargs = "[^"]*)"', lambda match: match.group(1) + " a" * 250 + '"', source)
    return _edit(_with_root_text(_with_memory(blob, ranges), text), words)


# --- Reservations ----------------------------------------------------------------------------------

def _reserved_node(start, size):
    return f"""
    reserved-memory {{
        #address-cells = <2>;
        #size-cells = <2>;
        ranges;
        taken@{start:x} {{ reg = <{_cells(start)} {_cells(size)}>; no-map; }};
    }};"""


def reserved_everything(blob):
    """A reservation over all of RAM."""
    return _with_root_text(blob, _reserved_node(RAM_BASE, _memory_size(blob)))


def reserved_piece(blob):
    """1 MiB in the middle of RAM."""
    return _with_root_text(blob, _reserved_node(RAM_BASE + _memory_size(blob) // 2, 0x100000))


def memreserve_piece(blob):
    """1 MiB in the middle of RAM, by /memreserve/."""
    start = RAM_BASE + _memory_size(blob) // 2
    return _edit(blob, lambda text: text.replace("/dts-v1/;", f"/dts-v1/;\n/memreserve/ {start:#x} 0x100000;", 1))


def _with_initrd(blob, *properties):
    """The tree with these properties in its /chosen."""
    def change(text):
        changed, count = re.subn(r"(chosen \{\n)", r"\g<1>" + "".join(f"{word};\n" for word in properties), text)
        assert count == 1, "no /chosen to change"
        return changed

    return _edit(blob, change)


def _initrd(blob, start, end):
    return _with_initrd(blob, f"linux,initrd-start = <{_cells(start)}>", f"linux,initrd-end = <{_cells(end)}>")


def initrd_64(blob):
    """12345 bytes of initrd from within a page on, as numbers of 64 bits."""
    return _initrd(blob, 0x44000100, 0x44000100 + 12345)


def initrd_32(blob):
    """The same as numbers of 32 bits."""
    return _with_initrd(blob, "linux,initrd-start = <0x44000100>", "linux,initrd-end = <0x44003139>")


def initrd_large(blob):
    """33 MiB and some: more than one call maps."""
    return _initrd(blob, 0x44000000, 0x46123456)


def initrd_huge(blob):
    """512 MiB."""
    return _initrd(blob, 0x44000000, 0x64000000)


def initrd_backwards(blob):
    """It ends before it begins."""
    return _initrd(blob, 0x44003000, 0x44000000)


def initrd_endless(blob):
    """It only begins."""
    return _with_initrd(blob, "linux,initrd-start = <0x44000000>")


def initrd_odd(blob):
    """Numbers of a width that is none."""
    return _with_initrd(blob, "linux,initrd-start = [44 00 00]", "linux,initrd-end = <0 0 0x44003000>")


def initrd_over_kernel(blob):
    """It covers the kernel's image."""
    return _initrd(blob, 0x40000000, 0x40100000)


def initrd_beyond_ram(blob):
    """It begins in RAM and ends where there is none."""
    return _initrd(blob, 0x43fff000, 0x44001000)


def initrd_nowhere(blob):
    """It lies where nothing is."""
    return _initrd(blob, 0x123400000000, 0x123400003000)


def initrd_everywhere(blob):
    """From 0 to the end of all addresses."""
    return _initrd(blob, 0, 0xffffffffffffffff)


MAKERS = {
    maker.__name__: maker
    for maker in (
        garbage, bad_magic, truncated, header_only, huge, bad_offsets, strings_past_end, odd_structure, old_version, bit_flipped, endless_nodes, endless_nops,
        strings_cycle, names_past_end, strange_devices, short_registers, wild_cells, wrong_timer_line, wrong_gic_cpu,
        devices_in_buses, devices_astray, devices_in_ram, devices_far, zero_memory, no_memory,
        overlapping_memory, unsorted_memory, unaligned_memory, wrapping_memory, memory_holes, many_ranges, crowded,
        reserved_everything, reserved_piece, memreserve_piece,
        initrd_64, initrd_32, initrd_large, initrd_huge, initrd_backwards, initrd_endless, initrd_odd, initrd_over_kernel,
        initrd_beyond_ram, initrd_nowhere, initrd_everywhere)
}
