/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.print/1, on a card-printer. A print is a side effect: it happens at most once, and the host never calls run
 * twice for one job.
 *   - The plugin calls started() right before the first thing that cannot be taken back (feeding the blank). Before it
 *     every failure has effect NONE. After it every error says in error.effect whether the card is DONE, or UNKNOWN
 *     when the device fell silent. UNKNOWN is an honest answer; a guess is not.
 *     started() returns when the station's record of that is on disk; where the station is gone it never does, and the
 *     process ends in it. A card that was not announced so is reported as UNKNOWN, whatever run returns.
 *   - interrupt before started(): CANCELLED, effect NONE. After it the card is finished, within the promise or not at
 *     all: such a job has no client deadline.
 *   - result is filled also on an error, as far as it is known. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_PRINT "rekam.print/1"

enum rekam_print_layer { REKAM_LAYER_FRONT = 0, REKAM_LAYER_BACK = 1, REKAM_LAYER_OVERLAY = 2 };
enum rekam_on_fail { REKAM_ON_FAIL_EJECT = 0, REKAM_ON_FAIL_REJECT = 1, REKAM_ON_FAIL_HOLD = 2 };
enum rekam_card_at {
    REKAM_CARD_AT_UNKNOWN = 0,
    REKAM_CARD_AT_NONE,
    REKAM_CARD_AT_HOPPER,
    REKAM_CARD_AT_PRINT,
    REKAM_CARD_AT_CHIP,
    REKAM_CARD_AT_EXIT,
    REKAM_CARD_AT_REJECT
};

/* Frozen: travels in arrays. The bytes are read-only and stay until run returns. */
typedef struct rekam_picture {
    uint32_t layer; /* enum rekam_print_layer */
    uint32_t reserved;
    char format[64];
    const uint8_t* data;
    uint64_t bytes;
} rekam_picture_t;

typedef struct rekam_print_result {
    uint32_t size;
    uint32_t card_at;                       /* enum rekam_card_at */
    uint64_t counter_before, counter_after; /* the printer's own card counter; 0: not readable */
    char blank_serial[64];                  /* of the blank's chip, where readable */
} rekam_print_result_t;

typedef struct rekam_print_call {
    uint32_t size;
    uint32_t on_fail; /* enum rekam_on_fail */
    uint32_t edge_to_edge;
    uint32_t step_count, picture_count, reserved;
    const char* const* steps; /* in order: "read-blank" "chip" "magnetic" "print" "laminate" "verify" */
    const rekam_picture_t* pictures;
    void* context;
    void (*started)(void* context); /* [device] */
    /* [device] At step "chip": the card is at the chip station; returns when the exchange through
     * rekam.card-transport/1 is over, with REKAM_OK or the code to fail with. */
    uint32_t (*chip)(void* context);
} rekam_print_call_t;

typedef struct rekam_print {
    uint32_t (*run)(rekam_device_t*, const rekam_job_t*, const rekam_print_call_t*, rekam_print_result_t*,
                    rekam_error_t*); /* [device] */
} rekam_print_t;
