/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.identify/1, on a device: "which of the two is it?" Light, beep or shake for about ms milliseconds, then as
 * before.
 *   - means: bit set of what it can do. show returns within REKAM_CALL_MS, also when ms is longer (it then goes on by
 *     itself); ms 0 ends it. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_IDENTIFY "rekam.identify/1"

enum rekam_identify_means {
    REKAM_IDENTIFY_LIGHT = 1,
    REKAM_IDENTIFY_SOUND = 2,
    REKAM_IDENTIFY_MOTION = 4,
    REKAM_IDENTIFY_SCREEN = 8
};

typedef struct rekam_identify {
    uint32_t (*means)(rekam_device_t*);                                             /* [device] */
    uint32_t (*show)(rekam_device_t*, uint32_t means, uint32_t ms, rekam_error_t*); /* [device] */
} rekam_identify_t;
