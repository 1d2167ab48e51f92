/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam/plugin.h: the vendor plugin ABI, major 1. Plain C11, also valid C++17; includes nothing but the C library.
 *
 * A plugin is a shared library rekam-<name>.so that exports two symbols, the bytes `rekam_manifest` and the function
 * `rekam_create`. It runs in a process of its own that the station may kill at any time; it does nothing at load.
 * Closed and GPLv2-only drivers may use this header.
 *
 * Growth   Tables of functions are frozen for the life of a major. New abilities are new extensions, "name/revision",
 *          each in its header under rekam/ext. Records grow at the tail (records.h).
 * Threads  [main]    one thread per plugin.
 *          [device]  one thread per open device; calls never overlap. All of open, close and the extensions' calls.
 *          [health]  a second thread of an open device, used only for the levels in `health_beside`; never two at once.
 *          [any]     any thread, at any time between open and close.
 *          With threading=single [main], [device] and [health] are the same thread. The host extension
 *          rekam.thread-check/1 tells at run time which one it is.
 * Memory   Who allocates frees. Strings and records are borrowed for the call unless it says otherwise. Whoever
 *          supplies the memory of a record sets its `size`, also of one that the other side fills.
 * Results  REKAM_OK or a code of codes.h with the caller's rekam_error_t filled. No exception, longjmp, exit crosses.
 * Promises Return from a job within REKAM_INTERRUPT_MS of `interrupt`; from open within open_ms_max; from health(self)
 *          within health_ms_max; from create and enumerate as the manifest says; from every other call within
 *          REKAM_CALL_MS. Who breaks a promise is killed and started again. */
#pragma once

#include "manifest.h"
#include "records.h"

#ifdef __cplusplus
extern "C" {
#endif

#define REKAM_INTERRUPT_MS 2000u
#define REKAM_CALL_MS 5000u

enum rekam_log_level { REKAM_LOG_DEBUG = 0, REKAM_LOG_INFO = 1, REKAM_LOG_WARNING = 2, REKAM_LOG_ERROR = 3 };
enum rekam_device_change {
    REKAM_CHANGED_CAPABILITIES = 1, /* capabilities() would answer something else: read it again */
    REKAM_CHANGED_HEALTH = 2,       /* health(self) would say something else */
    REKAM_CHANGED_GONE = 4,         /* unplugged or switched off: close me */
};

struct rekam_device;

/* Services of the host. Valid from rekam_create until destroy returns. */
typedef struct rekam_host {
    uint32_t abi_major, abi_minor;
    void* data; /* the host's own */
    /* [any] A host extension's table, or null. Valid as long as the host. */
    const void* (*extension)(const struct rekam_host*, const char* id);
    /* [any] One line of English, no personal data; cut at 1,000 bytes, control characters escaped. */
    void (*log)(const struct rekam_host*, uint32_t level, const char* message);
    /* [any] "Enumerate me again": something was plugged in or went away. */
    void (*devices_changed)(const struct rekam_host*);
    /* [any] What changed at an open device: a bit set of enum rekam_device_change. */
    void (*device_changed)(const struct rekam_host*, struct rekam_device*, uint32_t changes);
} rekam_host_t;

/* One capture, print, card exchange or health check. Valid only inside the call that received it. */
typedef struct rekam_job {
    void* data; /* the host's own */
    const rekam_request_t* request;
    /* [any] Ask often, at least every 500 ms: true once the job was interrupted. It belongs to this job alone; a plugin
     * keeps no cancel flag of its own (a sticky one makes the next job return `cancelled`). */
    bool (*cancelled)(const struct rekam_job*);
    /* [any] What is left of the job's time, by the host's clock. UINT64_MAX: unlimited. */
    uint64_t (*remaining_ms)(const struct rekam_job*);
    /* [device] Progress and guidance; may be called often, the newest wins. */
    void (*event)(const struct rekam_job*, const rekam_event_t*);
    /* [device] Begin a frame: the caller sets out->size, the host zeroes the rest and sets the token. bytes_hint:
     * expected size or 0. Several frames may be open at once (both sides of a sheet). Returns REKAM_OK; or TOO_LARGE,
     * CANCELLED or INTERNAL, and there is no frame. */
    uint32_t (*frame_new)(const struct rekam_job*, uint64_t bytes_hint, rekam_frame_t* out);
    /* [device] Append bytes; they are stored and hashed at once. Returns REKAM_OK, TOO_LARGE, CANCELLED or INTERNAL:
     * then drop the frame and return that code. */
    uint32_t (*frame_write)(const struct rekam_job*, rekam_frame_t*, const void* data, size_t bytes);
    /* [device] Name a thing in the picture: once per finger, face, eye; before frame_submit. */
    uint32_t (*frame_region)(const struct rekam_job*, rekam_frame_t*, const rekam_region_t*);
    /* [device] Seal and announce the frame; the client may hear of it before the job ends. The record is used up,
     * whatever is returned: REKAM_OK; BAD_FRAME (the record and the bytes disagree, or it was exposed before the
     * request was accepted); CANCELLED; INTERNAL (could not be sealed). Return that code from the job. */
    uint32_t (*frame_submit)(const struct rekam_job*, rekam_frame_t*);
    /* [device] Throw it away. Frames that are neither submitted nor dropped when the job returns are dropped. */
    void (*frame_drop)(const struct rekam_job*, rekam_frame_t*);
    /* [device] A result besides frames, as JSON text (at most 48 KiB a job) in the form of the vocabulary: "samples" of
     * a signature pad, "lines" of an MRZ reader (the host parses and checks them), "eyes" of an iris camera
     * (sdk/schema/readings.json). The last value of a key wins. Returns REKAM_OK; TOO_LARGE; BAD_FRAME for another
     * key or form: the job then fails, whatever it returns. */
    uint32_t (*result)(const struct rekam_job*, const char* key, const char* json);
} rekam_job_t;

/* Where a health check reports to. The device's state is its worst check. */
typedef struct rekam_health_sink {
    void* data;                                                           /* the host's own */
    void (*check)(const struct rekam_health_sink*, const rekam_check_t*); /* the caller's thread */
} rekam_health_sink_t;

typedef struct rekam_device {
    void* data; /* the plugin's own */
    /* [device] Frees the device. Never fails. No call of it is running, none follows. */
    void (*close)(struct rekam_device*);
    /* [any] A nudge: make the running job return soon. It may come late, twice, or with no job running, and must not
     * block. It changes no state that outlives the job: the job then asks cancelled(). */
    void (*interrupt)(struct rekam_device*);
    /* [device], or [health] for a level in health_beside. The job is there for events, cancelled and time; its
     * frame_new answers INTERNAL. SELF moves nothing. EXERCISE moves or lights something. GUIDED asks a person, by
     * guidance events. REKAM_OK means that the checks were made, not that they were good. A level that does not exist
     * here returns UNSUPPORTED_PARAMETER with parameter "level". */
    uint32_t (*health)(struct rekam_device*, uint32_t level, const rekam_job_t*, const rekam_health_sink_t*,
                       rekam_error_t*);
    /* [device] A JSON Schema of one function's parameters, as text of at most 40 KiB (sdk/schema/README.md):
     * {"type":"object","properties":{<name>:{..}},"when":[{"if":{<name>:<value>},"then":{<name>:{..}}}]} in the
     * draft-07 subset type enum minimum maximum multipleOf default (and items, for "formats"). The host adds the
     * formats that it makes (image/png, image/jpeg, ...) where REKAM_FORMAT_RAW or REKAM_FORMAT_SAMPLES is offered.
     * *revision changes whenever the text does. Valid until the next call of capabilities or close. Null: the device
     * has no such function. */
    const char* (*capabilities)(struct rekam_device*, uint32_t function, uint32_t* revision);
    /* [any] An extension's table ("rekam.capture/1"), or null. Valid until close; the same answer every time. */
    const void* (*extension)(struct rekam_device*, const char* id);
} rekam_device_t;

typedef struct rekam_plugin {
    void* data; /* the plugin's own */
    /* [main] Frees the plugin; all its devices are closed. The library is never unloaded: the process ends. */
    void (*destroy)(struct rekam_plugin*);
    /* [main] Calls found() for each device that is there now, without opening more than it must. found() returning
     * false means "enough". An empty list is not an error. Two devices with one id are both refused by the host. */
    uint32_t (*enumerate)(struct rekam_plugin*, bool (*found)(void* context, const rekam_device_info_t*), void* context,
                          rekam_error_t*);
    /* [device] Opens the device of that id, also if enumerate never ran in this process. *info (zeroed, size set) is
     * filled with what is known now. Returns the device in *out; on an error nothing is left open. */
    uint32_t (*open)(struct rekam_plugin*, const char* id, rekam_device_info_t* info, rekam_device_t** out,
                     rekam_error_t*);
    /* [any] An extension of the plugin itself (rekam.analyse/1, rekam.mock/1), or null. */
    const void* (*extension)(struct rekam_plugin*, const char* id);
} rekam_plugin_t;

/* Define it as `const rekam_manifest_t rekam_manifest = {REKAM_MANIFEST_MAGIC, sizeof(rekam_manifest_t), ...};`.
 * Its own section keeps it in one run of bytes, which `readelf -p .rekam.manifest` shows to a person. */
REKAM_EXPORT extern const rekam_manifest_t rekam_manifest __attribute__((section(REKAM_MANIFEST_SECTION)));

/* [main] Once per process. Checks abi_major; loads the SDK here, not before. */
REKAM_EXPORT uint32_t rekam_create(const rekam_host_t*, rekam_plugin_t** out, rekam_error_t*);
typedef uint32_t (*rekam_create_t)(const rekam_host_t*, rekam_plugin_t** out, rekam_error_t*);

#ifdef __cplusplus
}
#endif
