/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam.mock/1, on a plugin whose devices are made up (REKAM_ROLE_MOCK): a tester tells them while they run how to
 * fail. The station asks only where plugins.d grants it (mock = true); a driver of a real device never offers this.
 *   - device: the plugin's own id of one that it knows, plugged in or not. An unplugged one is told through a process
 *     that lists devices, so what is set must be remembered outside the process.
 *   - set: the faults as a TOML text of [[fault]] tables. They replace those that were set before; an empty text is
 *     none. All or nothing: OUT_OF_RANGE names the line and what to do.
 *   - get: a JSON object {"faults": [..], "known": [..], "plugged": bool} into the caller's memory; *bytes is its size
 *     before and the text's length after. TOO_LARGE where it does not fit.
 *   - Both may come while a call of the device runs, or hangs: they take no lock that a call holds for long, and a
 *     scripted hang ends when something else is set. They return within REKAM_CALL_MS. */
#pragma once

#include "../plugin.h"

#define REKAM_EXT_MOCK "rekam.mock/1"

typedef struct rekam_mock {
    uint32_t (*set)(rekam_plugin_t*, const char* device, const char* faults, rekam_error_t*);        /* [any] */
    uint32_t (*get)(rekam_plugin_t*, const char* device, char* json, size_t* bytes, rekam_error_t*); /* [any] */
} rekam_mock_t;
