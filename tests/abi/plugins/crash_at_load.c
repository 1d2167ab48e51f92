/* SPDX-License-Identifier: Apache-2.0 */
/* Runs code at dlopen, which no driver may, and dies of it. */
#include "parts.h"

#include <signal.h>
#include <stdlib.h>

__attribute__((constructor)) static void at_load(void) {
    signal(SIGABRT, SIG_DFL);
    abort();
}

uint32_t rekam_create(const rekam_host_t* host, rekam_plugin_t** out, rekam_error_t* error) {
    (void)host;
    (void)out;
    (void)error;
    return REKAM_E_INTERNAL;
}
