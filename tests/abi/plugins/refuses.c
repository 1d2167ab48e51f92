/* SPDX-License-Identifier: Apache-2.0 */
/* Every bad plugin whose manifest is broken by a definition on the command line; its create refuses politely. */
#include "parts.h"

#include <string.h>

uint32_t rekam_create(const rekam_host_t* host, rekam_plugin_t** out, rekam_error_t* error) {
    static const char message[] = "scripted refusal";
    (void)host;
    (void)out;
    error->code = REKAM_E_NOT_READY;
    memcpy(error->message, message, sizeof message);
    return REKAM_E_NOT_READY;
}
