/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.thread-check/1, on the host: which thread is this? For assertions in a driver's debug build and for the
 * conformance tool; the contract is in the thread tags of plugin.h. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_THREAD_CHECK "rekam.thread-check/1"

/* A bit set: with threading=single one thread is [main], [device] and [health]. 0: a thread of the plugin's own. */
enum rekam_thread { REKAM_THREAD_MAIN = 1, REKAM_THREAD_DEVICE = 2, REKAM_THREAD_HEALTH = 4 };

typedef struct rekam_thread_check {
    uint32_t (*current)(const rekam_host_t*); /* [any] */
} rekam_thread_check_t;
