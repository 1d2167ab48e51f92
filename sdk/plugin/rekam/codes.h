/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam/codes.h: the closed list of error codes and the small enumerations of the normalised vocabulary.
 *
 * One list, so that the number that crosses the ABI, the word that front ends read, the class, the default retry and
 * who may report it can never disagree. Numbers are never reused; new codes get new numbers. A host that meets a
 * number it does not know reports `device-error` and keeps the number as the vendor's code. */
#pragma once

#include <stdint.h>

/* X(NAME, number, "word", CLASS, RETRY, ORIGIN)
 * ORIGIN: PLUGIN  a plugin may return it;
 *         STATION only the station can know it: from a plugin the host turns it into `broken-promise`. */
#define REKAM_ERROR_LIST(X)                                                                                            \
    X(BAD_REQUEST, 100, "bad-request", CALLER, NEVER, STATION)                                                         \
    X(UNKNOWN_OP, 101, "unknown-op", CALLER, NEVER, STATION)                                                           \
    X(UNSUPPORTED_VERSION, 102, "unsupported-version", CALLER, NEVER, STATION)                                         \
    X(UNKNOWN_SLOT, 103, "unknown-slot", CALLER, NEVER, STATION)                                                       \
    X(UNKNOWN_DEVICE, 104, "unknown-device", CALLER, NEVER, PLUGIN)                                                    \
    X(UNKNOWN_PLUGIN, 105, "unknown-plugin", CALLER, NEVER, STATION)                                                   \
    X(UNKNOWN_CASE, 106, "unknown-case", CALLER, NEVER, STATION)                                                       \
    X(CASE_CLOSED, 107, "case-closed", CALLER, NEVER, STATION)                                                         \
    X(UNKNOWN_JOB, 108, "unknown-job", CALLER, NEVER, STATION)                                                         \
    X(UNKNOWN_FRAME, 109, "unknown-frame", CALLER, NEVER, STATION)                                                     \
    X(UNKNOWN_SESSION, 110, "unknown-session", CALLER, NOW, STATION)                                                   \
    X(NO_LEASE, 111, "no-lease", CALLER, NOW, STATION)                                                                 \
    X(LEASE_HELD, 112, "lease-held", CALLER, LATER, STATION)                                                           \
    X(STALE_EPOCH, 113, "stale-epoch", CALLER, NOW, STATION)                                                           \
    X(IDEM_CONFLICT, 114, "idem-conflict", CALLER, NEVER, STATION)                                                     \
    X(UNSUPPORTED_PARAMETER, 115, "unsupported-parameter", CALLER, NEVER, PLUGIN)                                      \
    X(OUT_OF_RANGE, 116, "out-of-range", CALLER, NEVER, PLUGIN)                                                        \
    X(TOO_LARGE, 117, "too-large", CALLER, NEVER, PLUGIN)                                                              \
    X(TOO_MANY, 118, "too-many", CALLER, LATER, STATION)                                                               \
    X(DENIED, 119, "denied", CALLER, NEVER, STATION)                                                                   \
    X(RESULT_EXPIRED, 120, "result-expired", CALLER, NEVER, STATION)                                                   \
    X(REPRINT_NEEDED, 121, "reprint-needed", CALLER, NEVER, STATION)                                                   \
    X(TIMEOUT, 200, "timeout", OPERATOR, NOW, PLUGIN)                                                                  \
    X(CANCELLED, 201, "cancelled", OPERATOR, NOW, PLUGIN)                                                              \
    X(NO_SUBJECT, 202, "no-subject", OPERATOR, NOW, PLUGIN)                                                            \
    X(POOR_QUALITY, 203, "poor-quality", OPERATOR, NOW, PLUGIN)                                                        \
    X(MOVED, 204, "moved", OPERATOR, NOW, PLUGIN)                                                                      \
    X(WRONG_SUBJECT, 205, "wrong-subject", OPERATOR, NOW, PLUGIN)                                                      \
    X(TOO_FEW_FINGERS, 206, "too-few-fingers", OPERATOR, NOW, PLUGIN)                                                  \
    X(TOO_MANY_FINGERS, 207, "too-many-fingers", OPERATOR, NOW, PLUGIN)                                                \
    X(COVER_OPEN, 208, "cover-open", OPERATOR, AFTER_FIX, PLUGIN)                                                      \
    X(FEEDER_EMPTY, 209, "feeder-empty", OPERATOR, AFTER_FIX, PLUGIN)                                                  \
    X(MEDIA_OUT, 210, "media-out", OPERATOR, AFTER_FIX, PLUGIN)                                                        \
    X(RIBBON_OUT, 211, "ribbon-out", OPERATOR, AFTER_FIX, PLUGIN)                                                      \
    X(JAM, 212, "jam", OPERATOR, AFTER_FIX, PLUGIN)                                                                    \
    X(CARD_ABSENT, 213, "card-absent", OPERATOR, AFTER_FIX, PLUGIN)                                                    \
    X(CARD_REMOVED, 214, "card-removed", OPERATOR, AFTER_FIX, PLUGIN)                                                  \
    X(CARD_MUTE, 215, "card-mute", OPERATOR, AFTER_FIX, PLUGIN)                                                        \
    X(HELD, 216, "held", OPERATOR, LATER, STATION)                                                                     \
    X(RECONCILE_FIRST, 217, "reconcile-first", OPERATOR, AFTER_FIX, STATION)                                           \
    X(DEVICE_GONE, 300, "device-gone", TECHNICIAN, AFTER_FIX, PLUGIN)                                                  \
    X(DEVICE_DOWN, 301, "device-down", TECHNICIAN, AFTER_FIX, PLUGIN)                                                  \
    X(DEVICE_STUCK, 302, "device-stuck", TECHNICIAN, AFTER_FIX, STATION)                                               \
    X(PERMISSION_DENIED, 303, "permission-denied", TECHNICIAN, AFTER_FIX, PLUGIN)                                      \
    X(WRONG_DRIVER, 304, "wrong-driver", TECHNICIAN, AFTER_FIX, PLUGIN)                                                \
    X(HELD_BY_PROCESS, 305, "held-by-process", TECHNICIAN, AFTER_FIX, PLUGIN)                                          \
    X(FLAPPING, 306, "flapping", TECHNICIAN, AFTER_FIX, STATION)                                                       \
    X(HEAD_DIRTY, 307, "head-dirty", TECHNICIAN, AFTER_FIX, PLUGIN)                                                    \
    X(TOO_HOT, 308, "too-hot", TECHNICIAN, LATER, PLUGIN)                                                              \
    X(PLUGIN_CRASHED, 309, "plugin-crashed", TECHNICIAN, NOW, STATION)                                                 \
    X(PLUGIN_QUARANTINED, 310, "plugin-quarantined", TECHNICIAN, AFTER_FIX, STATION)                                   \
    X(NOT_COVERED, 311, "not-covered", TECHNICIAN, AFTER_FIX, PLUGIN)                                                  \
    X(SLOT_UNBOUND, 312, "slot-unbound", TECHNICIAN, AFTER_FIX, STATION)                                               \
    X(NOT_READY, 313, "not-ready", TECHNICIAN, LATER, PLUGIN)                                                          \
    X(DEVICE_ERROR, 400, "device-error", VENDOR, LATER, PLUGIN)                                                        \
    X(PROTOCOL_ERROR, 401, "protocol-error", VENDOR, LATER, PLUGIN)                                                    \
    X(BROKEN_PROMISE, 402, "broken-promise", VENDOR, LATER, STATION)                                                   \
    X(BAD_FRAME, 403, "bad-frame", VENDOR, LATER, PLUGIN)                                                              \
    X(BUSY, 500, "busy", SYSTEM, LATER, PLUGIN)                                                                        \
    X(DISK_FULL, 501, "disk-full", SYSTEM, AFTER_FIX, PLUGIN)                                                          \
    X(JOURNAL_FAILED, 502, "journal-failed", SYSTEM, AFTER_FIX, STATION)                                               \
    X(DRAINING, 503, "draining", SYSTEM, LATER, STATION)                                                               \
    X(SHUTTING_DOWN, 504, "shutting-down", SYSTEM, LATER, STATION)                                                     \
    X(INTERNAL, 505, "internal", SYSTEM, LATER, PLUGIN)

#define REKAM_ERROR_ENUM_(name, number, word, class_, retry, origin) REKAM_E_##name = number,
enum rekam_code { REKAM_OK = 0, REKAM_ERROR_LIST(REKAM_ERROR_ENUM_) REKAM_CODE_END_ = 0x7fffffff };
#undef REKAM_ERROR_ENUM_

enum rekam_class {
    REKAM_CLASS_CALLER = 1,
    REKAM_CLASS_OPERATOR,
    REKAM_CLASS_TECHNICIAN,
    REKAM_CLASS_VENDOR,
    REKAM_CLASS_SYSTEM
};
enum rekam_retry {
    REKAM_RETRY_DEFAULT = 0, /* what the list says for the code */
    REKAM_RETRY_NOW,
    REKAM_RETRY_LATER,
    REKAM_RETRY_AFTER_FIX,
    REKAM_RETRY_NEVER
};
enum rekam_effect { REKAM_EFFECT_NONE = 0, REKAM_EFFECT_DONE, REKAM_EFFECT_UNKNOWN };
enum rekam_who { REKAM_WHO_SELF = 1, REKAM_WHO_OPERATOR, REKAM_WHO_TECHNICIAN, REKAM_WHO_VENDOR };

/* What a device can do: a bit set. X(NAME, bit, "word") */
#define REKAM_FUNCTION_LIST(X)                                                                                         \
    X(CAMERA, 1u, "camera")                                                                                            \
    X(FINGERPRINT, 2u, "fingerprint")                                                                                  \
    X(IRIS, 4u, "iris")                                                                                                \
    X(SIGNATURE, 8u, "signature")                                                                                      \
    X(DOCUMENT, 16u, "document")                                                                                       \
    X(CARD_PRINTER, 32u, "card-printer")                                                                               \
    X(CARD_READER, 64u, "card-reader")                                                                                 \
    X(MRZ_READER, 128u, "mrz-reader")

#define REKAM_FUNCTION_ENUM_(name, bit, word) REKAM_FUNCTION_##name = bit,
enum rekam_function { REKAM_FUNCTION_LIST(REKAM_FUNCTION_ENUM_) REKAM_FUNCTION_END_ = 0x7fffffff };
#undef REKAM_FUNCTION_ENUM_
#define REKAM_FUNCTION_ALL 255u

/* The word of a code or a function ("feeder-empty", "camera"); null for a number that is not in the list. [any] */
static inline const char* rekam_code_word(uint32_t code) {
#define REKAM_ERROR_WORD_(name, number, word, class_, retry, origin)                                                   \
    case number: return word;
    switch (code) { REKAM_ERROR_LIST(REKAM_ERROR_WORD_) default : return 0; }
#undef REKAM_ERROR_WORD_
}

static inline const char* rekam_function_word(uint32_t bit) {
#define REKAM_FUNCTION_WORD_(name, value, word)                                                                        \
    case value: return word;
    switch (bit) { REKAM_FUNCTION_LIST(REKAM_FUNCTION_WORD_) default : return 0; }
#undef REKAM_FUNCTION_WORD_
}
