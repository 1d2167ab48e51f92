/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam/records.h: the records that cross the ABI.
 *
 * Records that start with `size` grow at the tail: the writer sets size = sizeof, the reader takes the smaller of both
 * sizes and treats the rest as zero. Records without `size` travel in arrays and are frozen for the life of the major.
 * Text arrays are UTF-8 ended by a zero byte. Times are CLOCK_MONOTONIC in microseconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "codes.h"

/* Supplied and zeroed by the caller (size set); filled by the callee when it returns anything but REKAM_OK.
 * No allocation crosses the line and there is no last error of a thread. */
typedef struct rekam_error {
    uint32_t size;
    uint32_t code;       /* enum rekam_code, the same as the return value */
    int64_t vendor_code; /* the SDK's own number, for the technician */
    uint32_t retry;      /* enum rekam_retry; DEFAULT: what the list says for the code */
    uint32_t effect;     /* enum rekam_effect: did the card or the paper move? UNKNOWN is never retried by itself */
    char hint[48];       /* action key that front ends translate: "load-paper", "clean-surface" */
    char parameter[64];  /* with unsupported-parameter and out-of-range: the option's key */
    char message[256];   /* English: what happened and what to do; for logs; no personal data */
} rekam_error_t;

typedef struct rekam_device_info {
    uint32_t size;
    uint32_t functions;     /* bit set of enum rekam_function */
    uint32_t open_ms_max;   /* promise: open returns within it. 0: the station's default (10 s) */
    uint32_t health_ms_max; /* promise: health(self) returns within it. 0: the station's default (5 s) */
    uint32_t health_beside; /* bit (1 << level): health of that level may be called on the [health] thread while a job
                               runs on [device]. 0: only between jobs */
    uint32_t reserved;      /* 0 */
    char id[128];           /* stable across replug and reboot: serial number, else port path. Never an index */
    char make[64], model[64], serial[64], firmware[32]; /* empty: not known before open */
    char physical[128]; /* bus path, and parent after a blank: what two plugins see of the same object */
} rekam_device_info_t;

enum rekam_value_type { REKAM_VALUE_TEXT = 1, REKAM_VALUE_INTEGER, REKAM_VALUE_NUMBER, REKAM_VALUE_FLAG };

/* One parameter in the words of the vocabulary: "source" = "feeder", "dpi" = 300, "pages_max" = 3. Objects are
 * flattened with dots: "area.x_um". Only parameters that the request gave are listed; for the rest the default of the
 * capabilities holds. A vendor's own key keeps its namespace: "acme:sharpen". */
typedef struct rekam_option {
    const char* key;
    uint32_t type; /* enum rekam_value_type */
    uint32_t flag; /* 0 or 1, for REKAM_VALUE_FLAG */
    int64_t integer;
    double number;    /* also set for integers */
    const char* text; /* never null: the value as text, whatever the type */
} rekam_option_t;

typedef struct rekam_exception {
    const char *subject, *reason; /* "finger.left-index", "missing"; reasons: missing injured bandaged cannot device */
} rekam_exception_t;

/* What is asked of one job. Valid only inside the call that received it. */
typedef struct rekam_request {
    uint32_t size;
    uint32_t function;         /* one bit of enum rekam_function */
    uint64_t accepted_mono_us; /* no frame exposed before this moment may be submitted */
    uint32_t timeout_ms;       /* how long to wait for a subject (finger, sheet, pen); 0: as long as the job lasts */
    uint32_t min_quality;      /* 1..100; 0: none asked */
    uint32_t best_effort;      /* 1: at the end of timeout_ms give the best seen, even below min_quality */
    uint32_t option_count, format_count, exception_count;
    const char* subject;        /* "face", "slap.left", "document.page"; never null, empty where there is none */
    const char* const* formats; /* media types in the client's order of preference; none: the plugin's choice */
    const rekam_option_t* options;
    const rekam_exception_t* exceptions;
    /* What the subject still asks for once the exceptions are taken out: "slap.left" without the ring finger is three
     * fingers; a subject without parts is its own only part. */
    const char* const* parts;
    uint32_t part_count, reserved;
} rekam_request_t;

/* Pixels as they come from the device; the host makes PNG, JPEG, lossless JPEG 2000 or PNM of them where the request
 * asks for it, and turns them upright then, so no plugin needs an encoder. Rows from the top, `stride_bytes` apart;
 * samples interleaved (gray; red green blue; red green blue alpha); 16-bit samples in the byte order of the machine;
 * 1-bit samples packed with the leftmost pixel in the most significant bit. In every depth 0 is black. */
#define REKAM_FORMAT_RAW "image/x-rekam-raw"

/* What a signature pad names among its formats when it gives "samples" (rekam_job_t::result) and no picture: the host
 * draws SVG, PNG and the others of them. */
#define REKAM_FORMAT_SAMPLES "application/x-rekam-samples"

typedef struct rekam_box {
    int32_t x_px, y_px, width_px, height_px;
} rekam_box_t;

typedef struct rekam_quality {
    uint32_t score;                  /* 1..100; 0: not measured */
    char algorithm[32], version[16]; /* "acme-q", "2.1": a score means nothing without them */
    char reasons[96];                /* list with ';': "too-dark;blurred" */
} rekam_quality_t;

enum rekam_basis { REKAM_BASIS_NONE = 0, REKAM_BASIS_DEVICE = 1, REKAM_BASIS_DRIVER = 2, REKAM_BASIS_CALL = 3 };
enum rekam_side { REKAM_SIDE_NONE = 0, REKAM_SIDE_FRONT = 1, REKAM_SIDE_BACK = 2 };

/* The bytes belong to the host: they go in through frame_write and are never seen again. */
typedef struct rekam_frame {
    uint32_t size;
    uint32_t side;                /* enum rekam_side */
    uint64_t token;               /* the host's own; leave it alone */
    char format[64];              /* media type: REKAM_FORMAT_RAW, "image/jpeg", "image/png", ... */
    char subject[32];             /* empty: the request's */
    uint32_t width_px, height_px; /* may be set as late as frame_submit (hand scanners) */
    uint32_t bits, channels;      /* per sample 1, 8 or 16; 1, 3 or 4 */
    uint32_t stride_bytes;        /* REKAM_FORMAT_RAW only; 0: rows are packed to whole bytes */
    uint32_t dpi_x, dpi_y;        /* 0: not known */
    uint32_t orientation;         /* EXIF 1..8; 0: upright */
    uint32_t page;                /* documents: from 1; 0: does not apply */
    uint32_t exposure_basis;      /* enum rekam_basis: who knows the time. NONE and CALL: the host takes the start of
                                     run, and the plugin must have flushed what was buffered before */
    uint64_t exposure_mono_us;    /* for DEVICE and DRIVER: the start of the exposure */
    uint32_t has_box, reserved;
    rekam_box_t box; /* the subject in the picture, with has_box 1 */
    rekam_quality_t quality;
} rekam_frame_t;

/* A named thing inside a frame: each finger of a slap, a face, each eye. */
typedef struct rekam_region {
    uint32_t size, has_box;
    char subject[32]; /* "finger.left-index" */
    rekam_box_t box;
    rekam_quality_t quality;
} rekam_region_t;

/* Progress of a job; what is not set is not told. */
typedef struct rekam_event {
    uint32_t size;
    int32_t percent;   /* 0..100; -1: not set */
    int32_t quality;   /* 0..100; -1: not set */
    uint32_t page;     /* 0: not set */
    char guidance[32]; /* what the person should do, in the vocabulary's words: "place", "closer"; empty: nothing */
    char stage[32];    /* printers: "read-blank" "chip" "magnetic" "print" "laminate" "verify"; empty: nothing */
} rekam_event_t;

enum rekam_level { REKAM_LEVEL_SELF = 0, REKAM_LEVEL_EXERCISE = 1, REKAM_LEVEL_GUIDED = 2 };
enum rekam_health_state {
    REKAM_HEALTH_UNKNOWN = 0,
    REKAM_HEALTH_OK = 1,
    REKAM_HEALTH_DEGRADED = 2,
    REKAM_HEALTH_FAILED = 3
};

typedef struct rekam_check {
    uint32_t size;
    uint32_t state; /* enum rekam_health_state */
    uint32_t who;   /* enum rekam_who can mend it; 0 for OK */
    uint32_t reserved;
    char component[48]; /* "connection", "lamp", "feeder", "head" */
    char evidence[160]; /* what was seen: "status 0x21 after 3 tries" */
    char hint[48];      /* action key */
    /* What the check measured, for slots that require it within limits. Grown at the tail: older plugins have none. */
    char reading[32]; /* "temperature" (0.1 degree Celsius); empty: nothing */
    int64_t value;
} rekam_check_t;
