/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.preview/1, on a device: a live picture in bounded steps.
 *
 * A blocking stream on the only device thread would shut out health, settings and a capture, so the host drives:
 * start, then next again and again, then stop; between two steps it may call anything else, also capture.run (which
 * pauses and resumes the stream by itself if it must).
 *   - next waits at most timeout_ms and fills the buffer with the newest picture; older ones are thrown away. TIMEOUT
 *     is no failure: no picture yet.
 *   - The buffer is the host's and reused, another one each time perhaps; write only inside next: it may be memory that
 *     viewers read without a copy. A picture that does not fit: TOO_LARGE.
 *   - stop never fails and may follow a start that failed. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_PREVIEW "rekam.preview/1"

typedef struct rekam_preview_buffer {
    uint32_t size;
    uint32_t width_px, height_px, bits, channels, stride_bytes;
    char format[64]; /* REKAM_FORMAT_RAW or "image/jpeg" */
    uint8_t* data;   /* host memory of capacity bytes */
    uint64_t capacity, bytes;
    uint64_t exposure_mono_us; /* 0: not known */
    uint32_t quality;          /* 1..100; 0: not measured */
    uint32_t has_box;
    rekam_box_t box;
    char guidance[32];
} rekam_preview_buffer_t;

typedef struct rekam_preview {
    /* [device] *bytes_max: the largest picture that next will give. */
    uint32_t (*start)(rekam_device_t*, const rekam_request_t*, uint64_t* bytes_max, rekam_error_t*);
    uint32_t (*next)(rekam_device_t*, uint32_t timeout_ms, rekam_preview_buffer_t*, rekam_error_t*); /* [device] */
    void (*stop)(rekam_device_t*);                                                                   /* [device] */
} rekam_preview_t;
