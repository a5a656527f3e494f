/* SPDX-License-Identifier: MIT */
/*
 * The first process: starts what a file says (its first argument, or etc/init.toml), and starts again
 * what ends, as the file says; after a while that doubles each time, until it gives one up. A file that is
 * not there or wrong is told of, and then there is a shell, if there is a console: a person can still do
 * something. Ends when nothing is left to run or to start, with how many were given up.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/init/config.h"
#include "user/init/service.h"
#include "user/lib/program.h"
#include "user/lib/system.h"

#define FILE_OF_ALL "etc/init.toml"

static struct config config;

/* Reads all of a file that is not too long. How many bytes, or -1. */
static ssize_t file_read_all(const char *path, char *to, size_t size) {
    size_t length = 0;
    ssize_t count = 1;
    const int file = open(path, O_RDONLY);
    if (file < 0) {
        return -1;
    }
    while (count > 0 && length < size) {
        count = read(file, to + length, size - length);
        length += count > 0 ? (size_t)count : 0;
    }
    (void)close(file);
    return count < 0 ? -1 : (ssize_t)length;
}

static bool config_get(const char *path) {
    static char text[INIT_BYTES_MAX + 1];
    struct config_error error;
    const ssize_t length = file_read_all(path, text, sizeof text);
    if (length < 0) {
        printf("%s: cannot be read\n", path);
        return false;
    }
    if (!config_read(text, (size_t)length, &config, &error)) {
        printf("%s:%u: %s\n", path, error.line, error.why);
        return false;
    }
    return true;
}

/* What there is when nobody said what there shall be. */
static void config_of_recovery(void) {
    static const char text[] = "[[service]]\nprogram = \"bin/shell\"\nrestart = \"always\"\n"
                               "give-up = 100\npriority = 34\npages = 800\nchildren = 6\n"
                               "handles = [\"console\", \"input\", \"programs\", \"system\"]\n";
    struct config_error error;
    (void)config_read(text, sizeof text - 1, &config, &error);
    if (program.input == 0) {
        config.count = 0;
    }
}

int main(int argc, char **argv, char **environment) {
    (void)environment;
    service_take_console();
    const bool is_there = config_get(argc > 1 ? argv[1] : FILE_OF_ALL);
    if (!is_there) {
        config_of_recovery();
        printf("%s\n", config.count != 0 ? "a shell is started instead" : "nothing is started");
    }
    return (int)service_run_all(&config) + !is_there;
}
