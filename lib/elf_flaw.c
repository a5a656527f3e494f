/* SPDX-License-Identifier: MIT */
/* What each flaw of a program means, as a status and in words. */
#include "lib/elf.h"

static const struct {
    status_t status;
    const char *text;
} flaws[ELF_FLAW_COUNT] = {
    [ELF_SOUND] = {STATUS_OK, "sound"},
    [ELF_TRUNCATED_HEADER] = {STATUS_MALFORMED, "shorter than its header"},
    [ELF_NO_MAGIC] = {STATUS_MALFORMED, "not an ELF file"},
    [ELF_WRONG_CLASS] = {STATUS_UNSUPPORTED, "not for 64 bits"},
    [ELF_WRONG_BYTE_ORDER] = {STATUS_UNSUPPORTED, "not little-endian"},
    [ELF_WRONG_VERSION] = {STATUS_UNSUPPORTED, "of another version of ELF"},
    [ELF_WRONG_SYSTEM] = {STATUS_UNSUPPORTED, "for another system"},
    [ELF_WRONG_MACHINE] = {STATUS_UNSUPPORTED, "not for AArch64"},
    [ELF_WRONG_FLAGS] = {STATUS_UNSUPPORTED, "with flags that AArch64 does not have"},
    [ELF_NOT_EXECUTABLE] = {STATUS_UNSUPPORTED, "not an executable: an object or a core"},
    [ELF_WRONG_HEADER_SIZE] = {STATUS_MALFORMED, "its headers have another size than ELF's"},
    [ELF_FILE_TOO_LARGE] = {STATUS_OUT_OF_RANGE, "the file is too large"},
    [ELF_NO_HEADERS] = {STATUS_MALFORMED, "no program headers"},
    [ELF_TOO_MANY_HEADERS] = {STATUS_OUT_OF_RANGE, "too many program headers"},
    [ELF_HEADERS_MISALIGNED] = {STATUS_MISALIGNED, "the program headers are misaligned"},
    [ELF_HEADERS_OUTSIDE] = {STATUS_MALFORMED, "the program headers reach beyond the file"},
    [ELF_INTERPRETED] = {STATUS_UNSUPPORTED, "wants a dynamic linker"},
    [ELF_STACK_EXECUTABLE] = {STATUS_INVALID_ARGUMENT, "wants an executable stack"},
    [ELF_NO_SEGMENT] = {STATUS_MALFORMED, "nothing to load"},
    [ELF_TOO_MANY_SEGMENTS] = {STATUS_OUT_OF_RANGE, "too many segments"},
    [ELF_SEGMENT_FLAGS] = {STATUS_UNSUPPORTED, "a segment has rights beyond rwx"},
    [ELF_SEGMENT_UNREADABLE] = {STATUS_UNSUPPORTED, "a segment is not readable"},
    [ELF_SEGMENT_WRITABLE_EXECUTABLE] = {STATUS_INVALID_ARGUMENT,
                                         "a segment is writable and executable"},
    [ELF_SEGMENT_OUTSIDE] = {STATUS_MALFORMED, "a segment reaches beyond the file"},
    [ELF_SEGMENT_LARGER_IN_FILE] = {STATUS_MALFORMED, "a segment is larger in the file"},
    [ELF_SEGMENT_ALIGNMENT] = {STATUS_MISALIGNED, "a segment's alignment is not of whole pages"},
    [ELF_SEGMENT_MISALIGNED] = {STATUS_MISALIGNED, "a segment's address does not fit its offset"},
    [ELF_SEGMENT_WRAPS] = {STATUS_MALFORMED, "a segment wraps around the end of memory"},
    [ELF_SEGMENT_TOO_LOW] = {STATUS_OUT_OF_RANGE, "a segment lies where null pointers point"},
    [ELF_SEGMENT_TOO_HIGH] = {STATUS_OUT_OF_RANGE, "a segment lies above a program's addresses"},
    [ELF_SEGMENT_ORDER] = {STATUS_MALFORMED, "segments are not in ascending order"},
    [ELF_SEGMENT_OVERLAP] = {STATUS_OVERLAP, "segments overlap"},
    [ELF_SEGMENT_SHARED_PAGE] = {STATUS_OVERLAP, "two segments share a page"},
    [ELF_TOO_HUGE] = {STATUS_OUT_OF_RANGE, "needs too many addresses"},
    [ELF_ENTRY_OUTSIDE] = {STATUS_MALFORMED, "does not begin in code"},
    [ELF_ENTRY_MISALIGNED] = {STATUS_MISALIGNED, "does not begin at an instruction"},
    [ELF_TLS_TWICE] = {STATUS_MALFORMED, "thread-local data twice"},
    [ELF_TLS_OUTSIDE] = {STATUS_MALFORMED, "thread-local data outside its segments"},
    [ELF_TLS_ALIGNMENT] = {STATUS_MISALIGNED, "thread-local data of an alignment not possible"},
    [ELF_DYNAMIC_TWICE] = {STATUS_MALFORMED, "a dynamic section twice"},
    [ELF_DYNAMIC_UNEXPECTED] = {STATUS_UNSUPPORTED, "of fixed addresses, yet to be linked"},
    [ELF_DYNAMIC_MISSING] = {STATUS_MALFORMED, "position-independent, without dynamic section"},
    [ELF_DYNAMIC_OUTSIDE] = {STATUS_MALFORMED, "the dynamic section lies outside its segments"},
    [ELF_DYNAMIC_ENDLESS] = {STATUS_MALFORMED, "the dynamic section does not end"},
    [ELF_DYNAMIC_TAG_TWICE] = {STATUS_MALFORMED, "the dynamic section says a thing twice"},
    [ELF_NEEDS_LIBRARY] = {STATUS_UNSUPPORTED, "needs a shared library"},
    [ELF_TEXT_RELOCATED] = {STATUS_INVALID_ARGUMENT, "wants its code changed"},
    [ELF_RELOCATION_FORMAT] = {STATUS_UNSUPPORTED, "relocations of another format"},
    [ELF_RELOCATIONS_OUTSIDE] = {STATUS_MALFORMED, "the relocations lie outside its segments"},
    [ELF_RELOCATIONS_MISALIGNED] = {STATUS_MISALIGNED, "the relocations are misaligned"},
    [ELF_TOO_MANY_RELOCATIONS] = {STATUS_OUT_OF_RANGE, "too many relocations"},
    [ELF_RELOCATION_TYPE] = {STATUS_UNSUPPORTED, "a relocation that is not relative"},
    [ELF_RELOCATION_MISALIGNED] = {STATUS_MISALIGNED, "a relocation of a misaligned word"},
    [ELF_RELOCATION_OUTSIDE] = {STATUS_MALFORMED, "a relocation outside writable segments"},
};

static enum elf_flaw known(enum elf_flaw flaw) {
    return (unsigned)flaw < ELF_FLAW_COUNT ? flaw : ELF_NO_MAGIC;
}

status_t elf_flaw_status(enum elf_flaw flaw) {
    return flaws[known(flaw)].status;
}

const char *elf_flaw_text(enum elf_flaw flaw) {
    return flaws[known(flaw)].text;
}
