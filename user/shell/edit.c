/* SPDX-License-Identifier: MIT */
/*
 * One line, edited. The terminal is told nothing but letters, return and back, so any will do: what is
 * shown is a window of the line, as wide as a row has room for, drawn anew where a letter was not just
 * added at its end.
 *
 *     prompt | . . . [ left ... cursor ... left + WIDTH ] . . .
 */
#include <stdio.h>
#include <string.h>

#include "user/shell/shell.h"

#define WIDTH   64 /* of the window: a row has 80, the prompt has some */
#define HISTORY 32

#define CTRL(letter) ((letter)&0x1f)
#define DELETE       0x7f
#define ESCAPE       0x1b

/* What is not a byte. */
enum key {
    KEY_LEFT = 0x100,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_UNKNOWN,
};

static struct {
    const char *prompt;
    char text[SHELL_LINE_MAX + 1];
    size_t length;
    size_t cursor;
    size_t left;  /* the first letter that is shown */
    size_t shown; /* letters on the terminal behind the prompt */
    bool too_long;
    bool after_return; /* the line before ended so: a newline right behind belongs to it */
} edit;

static struct {
    char line[HISTORY][SHELL_LINE_MAX + 1];
    unsigned count; /* ever put */
    unsigned at;    /* which one is shown; count: the new one */
    char kept[SHELL_LINE_MAX + 1];
} history;

/* --- Showing ---------------------------------------------------------------------------------- */

static void back(size_t count) {
    while (count-- != 0) {
        (void)putchar('\b');
    }
}

static void draw(void) {
    size_t visible;
    if (edit.cursor < edit.left) {
        edit.left = edit.cursor;
    } else if (edit.cursor - edit.left > WIDTH) {
        edit.left = edit.cursor - WIDTH;
    }
    visible = edit.length - edit.left < WIDTH ? edit.length - edit.left : WIDTH;
    printf("\r%s%.*s", edit.prompt, (int)visible, edit.text + edit.left);
    const size_t over = edit.shown > visible ? edit.shown - visible : 0;
    for (size_t i = 0; i < over; i++) {
        (void)putchar(' ');
    }
    back(over + visible - (edit.cursor - edit.left));
    edit.shown = visible;
}

static void bell(void) {
    (void)putchar('\a');
}

/* --- Changing --------------------------------------------------------------------------------- */

static void insert(char letter) {
    if (edit.length == SHELL_LINE_MAX) {
        edit.too_long = true;
        bell();
        return;
    }
    memmove(edit.text + edit.cursor + 1, edit.text + edit.cursor, edit.length - edit.cursor);
    edit.text[edit.cursor++] = letter;
    edit.length++;
    if (edit.cursor == edit.length && edit.length - edit.left <= WIDTH) {
        (void)putchar(letter);
        edit.shown++;
    } else {
        draw();
    }
}

/* Takes out what is from `from` up to the cursor. */
static void cut(size_t from) {
    memmove(edit.text + from, edit.text + edit.cursor, edit.length - edit.cursor);
    edit.length -= edit.cursor - from;
    edit.cursor = from;
    draw();
}

static void move_to(size_t cursor) {
    edit.cursor = cursor;
    draw();
}

static void delete_under(void) {
    if (edit.cursor < edit.length) {
        edit.cursor++;
        cut(edit.cursor - 1);
    }
}

static void delete_word(void) {
    size_t from = edit.cursor;
    while (from != 0 && edit.text[from - 1] == ' ') {
        from--;
    }
    while (from != 0 && edit.text[from - 1] != ' ') {
        from--;
    }
    cut(from);
}

static void replace(const char *text) {
    (void)strncpy(edit.text, text, SHELL_LINE_MAX);
    edit.text[SHELL_LINE_MAX] = 0;
    edit.length = strlen(edit.text);
    edit.left = 0;
    move_to(edit.length);
}

/* --- History ---------------------------------------------------------------------------------- */

static char *history_line(unsigned number) {
    return history.line[number % HISTORY];
}

static void history_go(unsigned number) {
    const unsigned oldest = history.count > HISTORY ? history.count - HISTORY : 0;
    if (number < oldest || number > history.count) {
        bell();
        return;
    }
    edit.text[edit.length] = 0;
    if (history.at == history.count) {
        strcpy(history.kept, edit.text);
    }
    history.at = number;
    replace(number == history.count ? history.kept : history_line(number));
}

static void history_put(void) {
    const bool is_last =
        history.count != 0 && strcmp(history_line(history.count - 1), edit.text) == 0;
    if (edit.length != 0 && !is_last) {
        strcpy(history_line(history.count++), edit.text);
    }
}

/* --- Completion ------------------------------------------------------------------------------- */

static void candidates_show(const struct completion *found) {
    const unsigned kept = found->count < COMPLETE_MAX ? found->count : COMPLETE_MAX;
    for (unsigned i = 0; i < kept; i++) {
        printf("%s%s", i % 4 == 0 ? "\n  " : " ", found->names[i]);
        if (i % 4 != 3 && i + 1 < kept) {
            printf("%*s", (int)(18 - strlen(found->names[i]) % 18), "");
        }
    }
    printf("\n");
    edit.shown = 0;
    draw();
}

static void complete_word(void) {
    static struct completion found;
    size_t start = edit.cursor;
    while (start != 0 && edit.text[start - 1] != ' ') {
        start--;
    }
    const size_t length = edit.cursor - start;
    const bool is_first = strspn(edit.text, " ") >= start;
    complete(edit.text + start, length, is_first, &found);
    for (size_t i = length; i < found.common; i++) {
        insert(found.names[0][i]);
    }
    if (found.count == 1) {
        insert(' ');
    } else if (found.count == 0) {
        bell();
    } else if (found.common == length) {
        candidates_show(&found);
    }
}

/* --- Keys ------------------------------------------------------------------------------------- */

/* Behind ESC [ or ESC O: parameters, then a letter or a tilde. */
static int key_of_sequence(void) {
    int number = 0;
    int letter = input_key(UINT64_MAX);
    for (unsigned i = 0; i < 16 && letter >= '0' && letter <= ';'; i++) {
        number = letter >= '0' && letter <= '9' ? (number * 10 + letter - '0') % 1000 : number;
        letter = input_key(UINT64_MAX);
    }
    switch (letter) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return KEY_RIGHT;
    case 'D':
        return KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_END;
    case '~':
        return number == 1 || number == 7   ? KEY_HOME
               : number == 4 || number == 8 ? KEY_END
               : number == 3                ? KEY_DELETE
                                            : KEY_UNKNOWN;
    case KEY_CLOSED:
        return KEY_CLOSED;
    default:
        return KEY_UNKNOWN;
    }
}

static int key_get(void) {
    (void)fflush(stdout);
    int key = input_key(UINT64_MAX);
    if (key == ESCAPE) {
        key = input_key(UINT64_MAX);
        key = key == '[' || key == 'O' ? key_of_sequence() : key == KEY_CLOSED ? key : KEY_UNKNOWN;
    }
    return key;
}

static void key_move(int key) {
    switch (key) {
    case KEY_LEFT:
    case CTRL('B'):
        move_to(edit.cursor - (edit.cursor != 0));
        break;
    case KEY_RIGHT:
    case CTRL('F'):
        move_to(edit.cursor + (edit.cursor != edit.length));
        break;
    case KEY_HOME:
    case CTRL('A'):
        move_to(0);
        break;
    case KEY_END:
    case CTRL('E'):
        move_to(edit.length);
        break;
    case KEY_UP:
    case CTRL('P'):
        history_go(history.at - 1);
        break;
    case KEY_DOWN:
    case CTRL('N'):
        history_go(history.at + 1);
        break;
    default:
        break;
    }
}

static void key_change(int key) {
    switch (key) {
    case '\b':
    case DELETE:
        if (edit.cursor != 0) {
            cut(edit.cursor - 1);
        }
        break;
    case KEY_DELETE:
    case CTRL('D'):
        delete_under();
        break;
    case CTRL('U'):
        cut(0);
        break;
    case CTRL('K'):
        edit.length = edit.cursor;
        draw();
        break;
    case CTRL('L'): /* the log has come between */
        edit.shown = 0;
        draw();
        break;
    case CTRL('W'):
        delete_word();
        break;
    case '\t':
        complete_word();
        break;
    default:
        if (key >= ' ' && key <= '~') {
            insert((char)key);
        } else {
            key_move(key);
        }
        break;
    }
}

/* --- A line ----------------------------------------------------------------------------------- */

static void line_begin(const char *prompt) {
    edit.prompt = prompt;
    edit.length = edit.cursor = edit.left = edit.shown = 0;
    edit.too_long = false;
    history.at = history.count;
    printf("%s", prompt);
}

/* Whether the line is done. */
static bool line_ends(int key) {
    const bool is_second = key == '\n' && edit.after_return;
    edit.after_return = key == '\r';
    return (key == '\r' || key == '\n') && !is_second;
}

static const char *line_take(void) {
    edit.text[edit.length] = 0;
    printf("\n");
    if (edit.too_long) {
        printf("the line is too long: more than %d letters; nothing is done\n", SHELL_LINE_MAX);
        edit.text[0] = 0;
        return edit.text;
    }
    history_put();
    return edit.text;
}

const char *edit_line(const char *prompt) {
    line_begin(prompt);
    for (;;) {
        const int key = key_get();
        if (key == KEY_CLOSED) {
            return NULL;
        }
        if (line_ends(key)) {
            return line_take();
        }
        if (key == KEY_CTRL_C) {
            printf("^C\n");
            line_begin(prompt);
        } else {
            key_change(key);
        }
    }
}
