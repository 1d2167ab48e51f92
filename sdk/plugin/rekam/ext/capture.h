/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.capture/1, on a device: camera, fingerprint, iris, signature, document, mrz-reader.
 *
 * run is one job from beginning to end, blocking. It reads job->request, submits frames as they come (each page of a
 * feeder, each side), tells progress and guidance by job->event, and returns.
 *   - Freshness: only what was exposed at or after request->accepted_mono_us. A device without timestamps is flushed
 *     and started inside run (basis CALL).
 *   - Ends: REKAM_OK with at least one frame (or a result, mrz-reader); CANCELLED when job->cancelled() was seen;
 *     TIMEOUT when no subject came within request->timeout_ms; or the code that says what is wrong. Frames submitted
 *     before an error stay submitted (pages before a jam); the station decides what the client gets.
 *   - A feeder that is empty after at least one page, or at pages_max, is the end of the job: REKAM_OK. Empty at once:
 *     FEEDER_EMPTY.
 *   - An option that the device lacks: UNSUPPORTED_PARAMETER; a value that it cannot do: OUT_OF_RANGE; both name it in
 *     error.parameter. A value that the device rounds is read back and shows in the frame's record.
 *   - After interrupt it returns within REKAM_INTERRUPT_MS, and the device can run the next job. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_CAPTURE "rekam.capture/1"

typedef struct rekam_capture {
    uint32_t (*run)(rekam_device_t*, const rekam_job_t*, rekam_error_t*); /* [device] */
} rekam_capture_t;
