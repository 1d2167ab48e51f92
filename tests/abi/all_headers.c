/* SPDX-License-Identifier: Apache-2.0 */
/* Every public header of the ABI in one file, compiled as C11 and, by all_headers.cc, as C++17: no warning allowed. */
#include <rekam/codes.h>
#include <rekam/ext/analyse.h>
#include <rekam/ext/capture.h>
#include <rekam/ext/card.h>
#include <rekam/ext/card_transport.h>
#include <rekam/ext/evidence.h>
#include <rekam/ext/identify.h>
#include <rekam/ext/mock.h>
#include <rekam/ext/preview.h>
#include <rekam/ext/print.h>
#include <rekam/ext/settings.h>
#include <rekam/ext/statistics.h>
#include <rekam/ext/status.h>
#include <rekam/ext/thread_check.h>
#include <rekam/manifest.h>
#include <rekam/plugin.h>
#include <rekam/records.h>
