/* SPDX-License-Identifier: MIT */
/* Services: started, waited for, started again. */
#ifndef USER_INIT_SERVICE_H
#define USER_INIT_SERVICE_H

#include "user/init/config.h"

/* Takes the console from this program, whose own words are for the log from now on, to give it to services.
 * First. */
void service_take_console(void);

/* Returns when nothing runs or is to be started: how many were given up, or did not start. */
unsigned service_run_all(const struct config *config);

#endif
