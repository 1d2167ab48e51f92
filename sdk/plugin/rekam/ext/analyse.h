/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.analyse/1, on a plugin with REKAM_ROLE_ANALYSER: frames in, findings out; no device.
 *   - run is pure: the same frames give the same findings; it keeps nothing of them afterwards, in memory or elsewhere.
 *   - It asks cancelled() at least every 500 ms and returns within REKAM_INTERRUPT_MS of the job's interrupt. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_ANALYSE "rekam.analyse/1"

/* Frozen: travels in arrays. Read-only, until run returns. */
typedef struct rekam_analyse_input {
    const rekam_frame_t* frame; /* token is 0 */
    const uint8_t* data;
    uint64_t bytes;
} rekam_analyse_input_t;

typedef struct rekam_finding {
    uint32_t size;
    uint32_t input; /* index of the input that it is about */
    char kind[48];  /* "quality", "face", "liveness", "acme:..." */
    rekam_region_t region;
    double value; /* what the kind says; 0 where it has none */
} rekam_finding_t;

typedef struct rekam_analyse {
    /* [main] Kinds that it finds and media types that it reads, lists with ';'. Valid as long as the plugin. */
    const char* (*kinds)(rekam_plugin_t*);
    const char* (*formats)(rekam_plugin_t*);
    /* [device] found() once per finding. */
    uint32_t (*run)(rekam_plugin_t*, const rekam_job_t*, const rekam_analyse_input_t*, size_t count,
                    void (*found)(void* context, const rekam_finding_t*), void* context, rekam_error_t*);
} rekam_analyse_t;
