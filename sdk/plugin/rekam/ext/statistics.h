/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.statistics/1, on a device: numbers for trends and for service. Cheap, moves nothing.
 *   - A counter of kind TOTAL only grows while the device is open (jobs, retries, bytes); LIFETIME is the device's own
 *     and survives power (cards printed); LEVEL goes up and down (ribbon left, temperature).
 *   - Names are words joined by '-' with the unit last: "pages-scanned", "ribbon-left-percent",
 *     "head-temperature-decicelsius". */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_STATISTICS "rekam.statistics/1"

enum rekam_counter_kind { REKAM_COUNTER_TOTAL = 1, REKAM_COUNTER_LIFETIME = 2, REKAM_COUNTER_LEVEL = 3 };

/* Frozen: travels in arrays. */
typedef struct rekam_counter {
    char name[48];
    uint32_t kind, reserved;
    int64_t value;
} rekam_counter_t;

typedef struct rekam_statistics {
    /* [device] Writes up to capacity counters; returns how many there are. */
    size_t (*read)(rekam_device_t*, rekam_counter_t* out, size_t capacity);
} rekam_statistics_t;
