/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.settings/1, on a device: what stays set between jobs (default light, sleep time, sound). What belongs to one
 * job is a parameter of the job, never a setting.
 *   - describe: a JSON Schema of the settings in the form of capabilities(). Valid until the next call of it or close.
 *   - read: a JSON object of the values now. Valid until the next call of read or close.
 *   - write: all or nothing; a value that the device rounds is seen by reading back. UNSUPPORTED_PARAMETER and
 *     OUT_OF_RANGE name the option in error.parameter. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_SETTINGS "rekam.settings/1"

typedef struct rekam_settings {
    const char* (*describe)(rekam_device_t*, uint32_t* revision);                            /* [device] */
    uint32_t (*read)(rekam_device_t*, const char** json, rekam_error_t*);                    /* [device] */
    uint32_t (*write)(rekam_device_t*, const rekam_option_t*, size_t count, rekam_error_t*); /* [device] */
} rekam_settings_t;
