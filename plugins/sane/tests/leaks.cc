// SPDX-License-Identifier: Apache-2.0 OR MIT
// What SANE's own libraries never free (buffers of scans that were cancelled, the path of their configuration) is not
// our leak. They are kept loaded, so that the sanitizer can tell whose it is; everything else still counts.
#include "plugins/sane/tests/test_host.h"

#include <dlfcn.h>

#include <string>

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libsane-\nleak:libsane.so\n"; }

namespace rekam::sane_test {

void keep_sane_loaded() {
    for (const char* name : {"test", "net"})
        ::dlopen((std::string(SANE_BACKEND_DIR "/libsane-") + name + ".so.1").c_str(),
                 RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
}

} // namespace rekam::sane_test
