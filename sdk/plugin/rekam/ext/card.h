/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.card/1, on a card-reader: one card at a time, open, transmit, close.
 *   - open waits for a card up to request->timeout_ms (guidance "insert-card") and powers it. CARD_ABSENT, CARD_MUTE.
 *   - transmit: one command APDU, one response with its status word, extended lengths too; GET RESPONSE (61xx) and a
 *     wrong Le (6Cxx) are answered by the plugin. A status word is a response, not an error. CARD_REMOVED ends the
 *     session.
 *   - The station counts an exchange with intent `write` as a side effect: a transmit that fails after the command
 *     went out has effect UNKNOWN.
 *   - close powers the card off and never fails. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_CARD "rekam.card/1"

enum rekam_intent { REKAM_INTENT_READ = 0, REKAM_INTENT_WRITE = 1 };
enum rekam_card_protocol {
    REKAM_PROTOCOL_ANY = 0,
    REKAM_PROTOCOL_T0 = 1,
    REKAM_PROTOCOL_T1 = 2,
    REKAM_PROTOCOL_CONTACTLESS = 4
};

typedef struct rekam_card_info {
    uint32_t size;
    uint32_t protocol; /* enum rekam_card_protocol */
    uint32_t atr_bytes, uid_bytes;
    uint8_t atr[36], uid[12]; /* uid: contactless only */
} rekam_card_info_t;

typedef struct rekam_card {
    uint32_t (*open)(rekam_device_t*, const rekam_job_t*, uint32_t intent, uint32_t protocols, rekam_card_info_t*,
                     rekam_error_t*); /* [device] */
    /* [device] *response_bytes: in the capacity, out the length. */
    uint32_t (*transmit)(rekam_device_t*, const rekam_job_t*, const uint8_t* command, size_t command_bytes,
                         uint8_t* response, size_t* response_bytes, rekam_error_t*);
    void (*close)(rekam_device_t*); /* [device] */
} rekam_card_t;
