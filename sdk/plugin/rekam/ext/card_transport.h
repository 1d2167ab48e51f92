/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.card-transport/1, on a card-printer with an encoder: where the card is and where it should go. The exchange
 * itself is rekam.card/1 of the same device, or another device's when the encoder shows up as a reader of its own:
 * `reader` then names that device's physical path.
 *   - move returns when the card is there; it never loses a card: on an error `at` tells where it is.
 *   - Feeding a blank is a side effect as in rekam.print/1. */
#pragma once

#include "print.h"

#define REKAM_EXT_CARD_TRANSPORT "rekam.card-transport/1"

typedef struct rekam_transport_info {
    uint32_t size;
    uint32_t stations; /* bit set of (1 << enum rekam_card_at) that move accepts */
    char reader[128];  /* physical path of the encoder's own device; empty: rekam.card/1 of this one */
} rekam_transport_info_t;

typedef struct rekam_card_transport {
    void (*info)(rekam_device_t*, rekam_transport_info_t*);                                           /* [device] */
    uint32_t (*where)(rekam_device_t*, uint32_t* at, rekam_error_t*);                                 /* [device] */
    uint32_t (*move)(rekam_device_t*, const rekam_job_t*, uint32_t to, uint32_t* at, rekam_error_t*); /* [device] */
} rekam_card_transport_t;
