# SPDX-License-Identifier: MIT
# What must be on the machine: probed, listed, installed through apt where that is possible. Read by genrt, which
# gives fail() and assume_yes.

# Groups of "probe package". A probe is a command, or one of the special cases of `present`.
tools_run='make make
aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
aarch64-linux-gnu-ld binutils-aarch64-linux-gnu
qemu-system-aarch64 qemu-system-arm
dtc device-tree-compiler
python3 python3'
tools_clang='clang clang
ld.lld lld'
tools_host='gcc gcc
libc-headers libc6-dev'
tools_fuzz='clang-runtime libclang-rt-dev'
tools_format='clang-format clang-format'
tools_bounds='glpsol glpk-utils'
tools_gdb='gdb-multiarch gdb-multiarch'
tools_coverage='genhtml lcov'
tools_replay='qemu-img qemu-utils'
tools_models='spin spin'
tools_trace='babeltrace2 babeltrace2'
tools_view='chromium chromium'
tools_user='picolibc picolibc-aarch64-linux-gnu
cpio cpio'

group() {
    case $1 in
    run) echo "$tools_run" ;;
    clang) echo "$tools_clang" ;;
    host) echo "$tools_host" ;;
    fuzz) echo "$tools_fuzz" ;;
    format) echo "$tools_format" ;;
    bounds) echo "$tools_bounds" ;;
    gdb) echo "$tools_gdb" ;;
    coverage) echo "$tools_coverage" ;;
    replay) echo "$tools_replay" ;;
    models) echo "$tools_models" ;;
    trace) echo "$tools_trace" ;;
    view) echo "$tools_view" ;;
    user) echo "$tools_user" ;;
    esac
}

present() {
    case $1 in
    libc-headers) echo '#include <stdio.h>' | gcc -E - >/dev/null 2>&1 ;;
    clang-runtime) fuzzer_runtime >/dev/null ;;
    picolibc) [ -e "$picolibc/lib/libc.a" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# As mk/user.mk has it.
picolibc=${PICOLIBC:-/usr/lib/picolibc/aarch64-linux-gnu}

# Where Clang keeps the library of -fsanitize=fuzzer; fails if it has none.
fuzzer_runtime() {
    set -- "$(clang -print-resource-dir 2>/dev/null || echo /nonexistent)"/lib/*/libclang_rt.fuzzer-*.a
    [ -e "$1" ] && echo "$1"
}

# need GROUP...: returns when everything of these groups is there.
need() {
    missing=
    for name in "$@"; do
        missing="$missing$(group "$name" | while read -r probe package; do
            present "$probe" || printf ' %s' "$package"
        done)"
    done
    [ -z "$missing" ] || install_packages "$missing"
}

install_packages() {
    echo "genrt: missing packages:$1" >&2
    if [ ! -e /etc/debian_version ] || ! command -v apt-get >/dev/null 2>&1; then
        fail "install them (Debian's names) with your package manager, then try again"
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "neither root nor sudo; as root: apt-get install --no-install-recommends$1"
        as_root=sudo
    fi
    if [ "${assume_yes:-no}" = no ] && [ -t 0 ] && [ -t 1 ]; then
        printf 'install them now with apt-get? [Y/n] '
        read -r answer || answer=n
        case $answer in
        '' | y | Y | yes) ;;
        *) fail "not installed; by hand: apt-get install --no-install-recommends$1" ;;
        esac
    fi
    mkdir -p build
    printf 'installing%s ... ' "$1"
    # A machine's first package list may be missing or stale: then ask for it and try once more.
    if apt_install "$1" >build/install.log 2>&1 ||
        { $as_root apt-get update && apt_install "$1"; } >>build/install.log 2>&1; then
        echo "done"
    else
        echo "FAILED"
        tail -n 20 build/install.log >&2
        fail "apt-get failed; all of its words are in build/install.log"
    fi
}

apt_install() {
    # The list of packages is words on purpose.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $1 </dev/null
}

version_of() {
    case $1 in
    libc-headers) echo - ;;
    clang-runtime) fuzzer_runtime | sed -n 's|.*/clang/\([0-9.]*\)/.*|\1|p' ;;
    picolibc) sed -n 's/.*PICOLIBC_VERSION "\(.*\)".*/\1/p' "$picolibc/include/picolibc.h" ;;
    spin) spin -V | sed 's/.*Version \([0-9.]*\).*/\1/' ;;
    *) "$1" --version 2>/dev/null | sed -n 's/.*[^0-9.]\([0-9][0-9]*\.[0-9][0-9.]*\).*/\1/p;t end
b
:end
q' ;;
    esac
}

# The table of `doctor`; exit status 1 if something is missing.
doctor() {
    all_missing=
    # The table goes to 3, because standard output collects what is missing.
    exec 3>&1
    format='%-24s %-10s %-8s %-26s %s\n'
    # shellcheck disable=SC2059
    printf "$format" tool version state package "needed for"
    for entry in "run:build, run, debug" "clang:TOOLCHAIN=clang, check, test" "host:test, check" "fuzz:test" \
        "format:check" "bounds:bounds, check, test" "gdb:gdb, replay, test" "replay:replay, test" \
        "coverage:test" "models:test" "trace:test" "view:test" \
        "user:programs of user mode, test, check"; do
        name=${entry%%:*}
        missing=$(group "$name" | while read -r probe package; do
            if present "$probe"; then
                # shellcheck disable=SC2059
                printf "$format" "$probe" "$(version_of "$probe")" ok "$package" "${entry#*:}" >&3
            else
                # shellcheck disable=SC2059
                printf "$format" "$probe" - MISSING "$package" "${entry#*:}" >&3
                printf ' %s' "$package"
            fi
        done)
        all_missing=$all_missing$missing
    done
    if [ -n "$all_missing" ]; then
        echo
        echo "missing; to install: apt-get install --no-install-recommends$all_missing"
        exit 1
    fi
}
