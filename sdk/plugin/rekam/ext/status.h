/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.status/1, on a device: what it uses up. The station reads it after every health check, shows it, and makes a
 * check of its own of whatever is at or below low_at: such a thing needs no check in health().
 *   - consumables runs on the thread of the health check before it: [device], or [health] for a level in health_beside.
 *     Cheap, moves nothing; what the device does not know stays -1, and is never estimated.
 *   - name is the component, in words joined by '-': "ribbon" "hopper" "lamp" "head-cleaning". Two of one name (the
 *     panels of a ribbon) are told apart in it: "ribbon-yellow".
 *   - unit is what left, of and low_at count: "prints" "cards" "sheets" "hours" "percent". */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_STATUS "rekam.status/1"

enum rekam_consumable_flags {
    REKAM_CONSUMABLE_ESSENTIAL = 1 /* at 0 the device cannot do its work: the check then says failed */
};

/* Frozen: travels in arrays. */
typedef struct rekam_consumable {
    char name[48];
    char unit[16];
    char hint[48];    /* action key for when it is low: "load-ribbon" */
    uint32_t who;     /* enum rekam_who can do that */
    uint32_t flags;   /* enum rekam_consumable_flags */
    int64_t left;     /* how much of it there is now; -1: not known */
    int64_t of;       /* how much a full one has; -1: not known */
    int64_t low_at;   /* from here on somebody should see to it; -1: never */
    int64_t reserved; /* 0 */
} rekam_consumable_t;

typedef struct rekam_status {
    /* Writes up to capacity consumables; returns how many there are. */
    size_t (*consumables)(rekam_device_t*, rekam_consumable_t* out, size_t capacity);
} rekam_status_t;
