/* SPDX-License-Identifier: MIT */
/* The file of one run. merge.py reads it; what its lines mean stands in output.c. */
#ifndef TOOLS_OBSERVE_OUTPUT_H
#define TOOLS_OBSERVE_OUTPUT_H

/* Writes everything; the file has its name only once it is complete. */
void output_write(const char *path);

#endif
