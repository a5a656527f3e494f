# SPDX-License-Identifier: MIT
# Completion for bash:  source tools/completion.bash
# Verbs and options are what ./genrt help says, values of options what genrt takes; cases and tests are those of the tree.

# _genrt_verbs PROGRAM
_genrt_verbs() {
    "$1" help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *.*/\1/p'
}

# _genrt_options PROGRAM VERB
_genrt_options() {
    "$1" help "$2" 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u
}

# _genrt_values TREE OPTION: what may stand behind an option, if that is a list.
_genrt_values() {
    sed -n "s/^    $2) one_of $2 \"\$2\" \([a-z0-9 -]*\) &&.*/\1/p" "$1/genrt"
}

# _genrt_words TREE VERB: what a verb is about.
_genrt_words() {
    case $2 in
    replay | explain | gdb) sed -n 's/^\([a-z][a-z0-9_]*\).*/\1/p' "$1/tests/qemu/cases.txt" ;;
    test)
        sed -n 's|^\([a-z][a-z0-9_]*\).*|qemu/\1|p' "$1/tests/qemu/cases.txt"
        (cd "$1/tests" && find unit -name '*_test.c' | sed 's|_test\.c$||')
        (cd "$1/tests/tools" && ls) | sed -n 's|_test\.[a-z]*$||; s|^|tool/|p'
        ;;
    help) _genrt_verbs "$1/genrt" ;;
    esac
}

_genrt() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} tree words
    program=$(type -P "$program") || return
    tree=$(dirname "$program")
    if [ "$COMP_CWORD" = 1 ]; then
        words=$(_genrt_verbs "$program")
    elif [ -n "$(_genrt_values "$tree" "$before")" ]; then
        words=$(_genrt_values "$tree" "$before")
    elif [ "${word#-}" != "$word" ]; then
        words=$(_genrt_options "$program" "${COMP_WORDS[1]}")
    else
        words=$(_genrt_words "$tree" "${COMP_WORDS[1]}")
    fi
    # shellcheck disable=SC2207
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}

complete -o default -F _genrt genrt ./genrt
