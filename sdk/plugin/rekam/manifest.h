/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * rekam/manifest.h: what a plugin says about itself before any of its code runs.
 *
 * The station reads these bytes straight from the ELF file: listing plugins never runs vendor code, and the sandbox can
 * be narrowed before the library is loaded. Hence no pointers and no relocations: fixed arrays, zero-filled, each text
 * ended by a zero byte. A list is text with ';' between its items (no item may contain ';').
 *
 * Everything below `requests` is only asked for. The station's administrator grants it, or part of it, in plugins.d;
 * what is not granted is not there, and the plugin says `permission-denied` or does without. */
#pragma once

#include "codes.h"

#define REKAM_ABI_MAJOR 1u /* must match exactly */
#define REKAM_ABI_MINOR 0u /* informative: the extensions known when the plugin was built */

#define REKAM_MANIFEST_MAGIC                                                                                           \
    { 'R', 'E', 'K', 'A', 'M', 'P', 'L', 'G' }
#define REKAM_MANIFEST_SYMBOL "rekam_manifest"
#define REKAM_MANIFEST_SECTION ".rekam.manifest"

#define REKAM_EXPORT __attribute__((visibility("default")))

enum rekam_role {
    REKAM_ROLE_DEVICES = 1,  /* enumerate and open: `functions` says what its devices can do */
    REKAM_ROLE_ANALYSER = 2, /* rekam.analyse/1 on the plugin: frames in, findings out; needs no device */
    REKAM_ROLE_MOCK = 4,     /* rekam.mock/1 on the plugin: its devices are made up and fail as they are told */
};
enum rekam_process {
    REKAM_PROCESS_OWN = 0,    /* one host process per open device: a crash takes one device */
    REKAM_PROCESS_SHARED = 1, /* all devices of the plugin in one host: their slots share a fate, and that is shown;
                                 with REKAM_THREADING_SINGLE one device is open at a time */
};
enum rekam_threading {
    REKAM_THREADING_FREE = 0,   /* create and enumerate on [main], each device on its own [device] thread */
    REKAM_THREADING_SINGLE = 1, /* one thread makes every call but interrupt, for SDKs bound to a thread; and no
                                   enumerator of this plugin runs while a host of it has a job */
};
enum rekam_network { REKAM_NETWORK_NONE = 0, REKAM_NETWORK_LOOPBACK = 1, REKAM_NETWORK_ANY = 2 };

typedef struct rekam_manifest {
    char magic[8]; /* REKAM_MANIFEST_MAGIC */
    uint32_t size; /* sizeof(rekam_manifest_t) when the plugin was built; grows at the tail */
    uint32_t abi_major, abi_minor;
    uint32_t roles;     /* bit set of enum rekam_role; at least one */
    uint32_t functions; /* bit set of enum rekam_function; not empty with REKAM_ROLE_DEVICES */
    uint32_t process, threading;
    char id[64]; /* reverse DNS, [a-z0-9.-]: "id.vendor.model"; how configuration and front ends name the plugin */
    char name[64], vendor[64], version[32]; /* for people */

    /* Promises: beyond them the host is killed. 0 asks for the station's default (10 s each). */
    uint32_t create_ms_max, enumerate_ms_max;

    /* Requests. */
    uint32_t network;         /* enum rekam_network */
    uint32_t netlink;         /* 1: hot-plug messages from the kernel */
    uint32_t memory_mib;      /* most memory that it needs beside its frames; 0: the station's default */
    uint32_t reserved;        /* 0 */
    char device_classes[128]; /* "usb:image;usb:vendor-specific;video4linux;tty;hidraw;..." */
    char unix_paths[256];     /* Unix sockets to connect to: "/run/pcscd/pcscd.comm" */
    char readable_paths[512]; /* "/etc/sane.d" (a directory means all below it) */
    char writable_paths[256];
    char environment[512]; /* names of variables: "SANE_CONFIG_DIR;SANE_DEBUG_TEST"; there are no others */
    char helpers[256];     /* programs that it starts: "/usr/lib/acme/daemon" */
} rekam_manifest_t;
