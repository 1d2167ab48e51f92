/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest, and nothing to call. */
#include "parts.h"
