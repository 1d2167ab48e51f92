// SPDX-License-Identifier: Apache-2.0
// Only in builds with the thread sanitizer. libzmq is not instrumented, so the sanitizer does not see how its threads
// wait for each other and takes every hand-over between them for a race.

extern "C" const char* __tsan_default_suppressions() { return "called_from_lib:libzmq.so\nrace:libzmq.so\n"; }
