/* SPDX-License-Identifier: Apache-2.0 */
/* What the deliberately bad plugins share: a manifest that is right but for what its test breaks. */
#pragma once

#include <rekam/plugin.h>

#ifndef BAD_MAGIC
#define BAD_MAGIC REKAM_MANIFEST_MAGIC
#endif
#ifndef BAD_SIZE
#define BAD_SIZE sizeof(rekam_manifest_t)
#endif
#ifndef BAD_MAJOR
#define BAD_MAJOR REKAM_ABI_MAJOR
#endif
#ifndef BAD_ROLES
#define BAD_ROLES REKAM_ROLE_DEVICES
#endif
#ifndef BAD_FUNCTIONS
#define BAD_FUNCTIONS REKAM_FUNCTION_CAMERA
#endif
#ifndef BAD_THREADING
#define BAD_THREADING REKAM_THREADING_FREE
#endif
#ifndef BAD_ID
#define BAD_ID "id.rekam.test.bad"
#endif
#ifndef BAD_NAME
#define BAD_NAME "Bad plugin"
#endif

const rekam_manifest_t rekam_manifest = {
    .magic = BAD_MAGIC,
    .size = BAD_SIZE,
    .abi_major = BAD_MAJOR,
    .abi_minor = REKAM_ABI_MINOR,
    .roles = BAD_ROLES,
    .functions = BAD_FUNCTIONS,
    .process = REKAM_PROCESS_OWN,
    .threading = BAD_THREADING,
    .id = BAD_ID,
    .name = BAD_NAME,
    .vendor = "Rekam",
    .version = "1.0",
    .environment = "ONE;;TWO",
};
