/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.evidence/1, on a device with side effects: what it remembers of them. After a crash the station compares the
 * evidence with what it wrote before the job; a difference that explains the job settles it, anything else is for a
 * person.
 *   - read moves nothing and changes nothing; it may be called before the first job and between jobs.
 *   - What the device does not remember stays 0 or empty: never made up from the plugin's own memory. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_EVIDENCE "rekam.evidence/1"

typedef struct rekam_evidence_record {
    uint32_t size;
    uint32_t card_at;     /* enum rekam_card_at of print.h */
    uint64_t counter;     /* cards printed in the device's life */
    char last_job[64];    /* the device's own name of its last job */
    char last_serial[64]; /* serial of the last card's chip */
    uint32_t last_state;  /* enum rekam_effect of the last job */
    uint32_t has_counter; /* 1: counter was read */
} rekam_evidence_record_t;

typedef struct rekam_evidence {
    uint32_t (*read)(rekam_device_t*, rekam_evidence_record_t*, rekam_error_t*); /* [device] */
} rekam_evidence_t;
