/* SPDX-License-Identifier: Apache-2.0 */
/* Needs a function of an SDK that is not installed. */
#include "parts.h"

extern uint32_t function_of_a_missing_sdk(void);

uint32_t rekam_create(const rekam_host_t* host, rekam_plugin_t** out, rekam_error_t* error) {
    (void)host;
    (void)out;
    (void)error;
    return function_of_a_missing_sdk();
}
