/* SPDX-License-Identifier: Apache-2.0 */
/* Some library that is no plugin. */
#include <rekam/plugin.h>

REKAM_EXPORT int unrelated(void);

int unrelated(void) { return 1; }
