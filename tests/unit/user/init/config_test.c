/* SPDX-License-Identifier: MIT */
/* What init is told to start: read as it is meant, refused with the line and the reason, and nothing is
 * read or written outside, whatever the file has in it. */
#include "user/init/config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "tests/unit/test.h"

static struct config config;
static struct config_error error;

/* From a copy that ends where the text does, so that a sanitizer sees a byte too many. */
static bool read_bytes(const char *text, size_t length) {
    char *copy = malloc(length + 1);
    if (copy == NULL) {
        abort();
    }
    char *exact = realloc(copy, length != 0 ? length : 1);
    memcpy(exact, text, length);
    const bool is_right = config_read(exact, length, &config, &error);
    free(exact);
    return is_right;
}

static bool read_text(const char *text) {
    return read_bytes(text, strlen(text));
}

static const char all_keys[] = "# services\n"
                               "\n"
                               "[[service]]   # the first\r\n"
                               "\tname = \"one\"\n"
                               "program = \"bin/a\\\"b\\\\c\"\n"
                               "arguments = [\"one\" , \"two words\",\"\"]\n"
                               "restart=\"on-fault\"\n"
                               "give-up = 0\n"
                               "within = 86400\n"
                               "back-off = 60000\n"
                               "priority = 63\n"
                               "pages = 4096\n"
                               "stack = 1\n"
                               "children = 64 # many\n"
                               "handles = [\"log\", \"system\", \"input\",]\n"
                               "[[service]]\n"
                               "program = \"bin/second\"";

TEST(config_has_all_keys) {
    EXPECT(read_text(all_keys));
    EXPECT_EQ(config.count, 2);
    const struct config_service *one = &config.service[0];
    EXPECT_STRING(one->name, "one");
    EXPECT_STRING(one->program, "bin/a\"b\\c");
    EXPECT_STRING(one->argument[0], "one");
    EXPECT_STRING(one->argument[1], "two words");
    EXPECT_STRING(one->argument[2], "");
    EXPECT(one->argument[3] == NULL);
    EXPECT_EQ(one->restart, INIT_ON_FAULT);
    EXPECT_EQ(one->give_up, 0);
    EXPECT_EQ(one->within, 86400);
    EXPECT_EQ(one->back_off, 60000);
    EXPECT_EQ(one->priority, 63);
    EXPECT_EQ(one->pages, 4096);
    EXPECT_EQ(one->stack, 1);
    EXPECT_EQ(one->children, 64);
    EXPECT_EQ(one->handles, INIT_LOG | INIT_SYSTEM | INIT_INPUT);
}

TEST(config_fills_in_what_is_left_out) {
    EXPECT(read_text(all_keys));
    const struct config_service *second = &config.service[1];
    EXPECT_STRING(second->name, "second");
    EXPECT_STRING(second->argument[0], "second");
    EXPECT(second->argument[1] == NULL);
    EXPECT_EQ(second->restart, INIT_NEVER);
    EXPECT_EQ(second->give_up, 5);
    EXPECT_EQ(second->pages, 120);
    EXPECT_EQ(second->handles, INIT_LOG);
    EXPECT(read_text("") && config.count == 0);
    EXPECT(read_text("\n \n# nothing") && config.count == 0);
    EXPECT(read_text("[[service]]\nprogram=\"p\"\nhandles=[]") && config.service[0].handles == 0);
}

#define BEGIN "[[service]]\nprogram = \"p\"\n"

static const struct {
    const char *text;
    unsigned line;
    const char *why;
} refused[] = {
    {"name = \"x\"", 1, "a key stands before the first [[service]]"},
    {"[[service]]\n", 1, "the service has no program"},
    {"[[service]]\nname = \"x\"\n[[service]]\nprogram = \"p\"", 1, "the service has no program"},
    {"[service]", 1, "only [[service]] is known in brackets"},
    {"[[servic", 1, "only [[service]] is known in brackets"},
    {"[[service]] x", 1, "something is behind what ends the line"},
    {BEGIN "colour = 1", 3, "no such key"},
    {BEGIN "= 1", 3, "a key or [[service]] was expected"},
    {BEGIN "pages 1", 3, "an equals sign was expected"},
    {BEGIN "\npages = 1\npages = 2", 5, "the key stands twice"},
    {BEGIN "pages = 0", 3, "the number is outside its limits"},
    {BEGIN "pages = 4097", 3, "the number is outside its limits"},
    {BEGIN "pages = 99999999999", 3, "the number is outside its limits"},
    {BEGIN "pages = 007", 3, "a whole number was expected"},
    {BEGIN "pages = -1", 3, "a whole number was expected"},
    {BEGIN "pages =", 3, "a whole number was expected"},
    {BEGIN "pages = 1.5", 3, "something is behind what ends the line"},
    {BEGIN "pages = 100\nstack = 101", 1, "the stack is larger than all that the service may have"},
    {BEGIN "restart = \"often\"", 3, "\"always\", \"on-fault\" or \"never\" was expected"},
    {BEGIN "restart = always", 3, "a string in double quotes was expected"},
    {BEGIN "handles = [\"disk\"]", 3, "no such handle"},
    {BEGIN "handles = \"log\"", 3, "strings in brackets were expected"},
    {BEGIN "arguments = [\"a\" \"b\"]", 3, "a comma or a bracket was expected"},
    {BEGIN "arguments = [\"a\"\n]", 3, "a comma or a bracket was expected"},
    {BEGIN "arguments = [,]", 3, "a string in double quotes was expected"},
    {BEGIN "arguments = [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]", 3,
     "too many arguments"},
    {BEGIN "name = \"open", 3, "a string does not end, or has a control character in it"},
    {BEGIN "name = \"a\tb\x1b\"", 3, "a string does not end, or has a control character in it"},
    {BEGIN "name = \"\\n\"", 3, "only \\\" and \\\\ are known behind a backslash"},
    {BEGIN "name = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", 3,
     "a string is too long, or all together are"},
    {"# a \x07 bell", 1, "something is behind what ends the line"},
    {BEGIN BEGIN BEGIN BEGIN BEGIN BEGIN BEGIN BEGIN BEGIN, 17, "too many services"},
};

TEST(config_tells_line_and_reason) {
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        EXPECT(!read_text(refused[i].text));
        EXPECT_STRING(error.why, refused[i].why);
        EXPECT_EQ(error.line, refused[i].line);
    }
}

TEST(config_too_long) {
    static char text[INIT_BYTES_MAX + 1];
    memset(text, '\n', sizeof text);
    EXPECT(read_bytes(text, INIT_BYTES_MAX));
    EXPECT(!read_bytes(text, INIT_BYTES_MAX + 1));
    EXPECT_STRING(error.why, "the file is too long");
}

/* Whatever is accepted keeps what init relies on. */
static bool is_sound(void) {
    for (unsigned i = 0; i < config.count; i++) {
        const struct config_service *service = &config.service[i];
        bool is_ended = false;
        for (unsigned a = 0; a <= INIT_ARGUMENTS_MAX; a++) {
            is_ended = is_ended || service->argument[a] == NULL;
        }
        if (!is_ended || service->argument[0] == NULL || service->program[0] == 0 ||
            service->name[0] == 0 || strlen(service->name) >= INIT_STRING_MAX ||
            service->pages < service->stack || service->priority > 63 ||
            service->restart > INIT_ALWAYS) {
            return false;
        }
    }
    return config.count <= INIT_SERVICES_MAX;
}

TEST(config_cut_anywhere) {
    for (size_t length = 0; length < sizeof all_keys; length++) {
        EXPECT(!read_bytes(all_keys, length) || is_sound());
    }
}

TEST(config_changed_anywhere) {
    static const char letters[] = "\"\\[]=#,\n\r\t 09az-\x01\x7f\xff";
    struct random random;
    random_init(&random, 1);
    for (unsigned i = 0; i < 20000; i++) {
        char text[sizeof all_keys];
        memcpy(text, all_keys, sizeof all_keys);
        const uint64_t changes = random_between(&random, 1, 6);
        for (uint64_t c = 0; c < changes; c++) {
            text[random_between(&random, 0, sizeof all_keys - 2)] =
                letters[random_between(&random, 0, sizeof letters - 2)];
        }
        const bool is_right = read_bytes(text, sizeof all_keys - 1);
        EXPECT(is_right ? is_sound() : error.why != NULL && error.line >= 1 && error.line <= 40);
    }
}
