# SPDX-License-Identifier: MIT
# How ./genrt builds: one line of what make does, which on a terminal counts its steps. Read by genrt, which gives fail(),
# $toolchain and $build.

# red WORD: as it is, unless it goes to a terminal that is to have colours. https://no-color.org
red() {
    if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
        printf '\033[1;31m%s\033[0m\n' "$1"
    else
        printf '%s\n' "$1"
    fi
}

# steps_shown FILE: how many steps of make are in the file, again and again, until it is killed or we are gone.
steps_shown() {
    while kill -0 $$ 2>/dev/null; do
        printf '\0338%s steps ' "$(grep -c '^  [A-Z]' "$1")"
        sleep 0.2 2>/dev/null || return 0
    done
}

# make_quietly TITLE MAKE-ARGUMENT...: one line when it works, all of make's words when it does not.
make_quietly() {
    title=$1
    shift
    mkdir -p build
    log=build/make-$toolchain-$build.log
    printf 'building %s (%s, %s) ... ' "$title" "$toolchain" "$build"
    # Called from make, its flags and job server are not for us.
    shower='' built=yes
    if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
        : >"$log"
        printf '\0337' # here each number takes the place of the one before
        steps_shown "$log" &
        shower=$!
    fi
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u VARIANT -u APP make -j "$(nproc)" TOOLCHAIN="$toolchain" BUILD="$build" "$@" \
        >"$log" 2>&1 || built=no
    if [ -n "$shower" ]; then
        kill $shower 2>/dev/null || :
        wait $shower 2>/dev/null || :
        printf '\0338\033[K'
    fi
    if [ $built = yes ]; then
        echo "done"
    else
        red "FAILED"
        cat "$log" >&2
        fail "the build failed; this is also in $log"
    fi
}
