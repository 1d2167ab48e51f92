// SPDX-License-Identifier: Apache-2.0 OR MIT
// rekam-host: runs one plugin for one device (or all of them, where the plugin asks for it), or lists its devices.
// Started by rekamd only, with the channel at descriptor 3 and exactly the environment that was granted.
#include "core/host/app.h"
#include "core/host/log.h"
#include "core/host/process.h"

#include <rekam/plugin.h>

#include <exception>

namespace {
constexpr int exit_usage = 64;
}

int main() {
    using namespace rekam;
    try {
        for (const std::string& missing : host::prepare_process())
            host::log_line(REKAM_LOG_WARNING, "not limited: " + missing);
    } catch (const std::exception& e) {
        host::log_line(REKAM_LOG_ERROR, std::string("rekam-host is started by rekamd only: ") + e.what());
        return exit_usage;
    }
    try {
        host::App app{io::Fd(host::channel_fd)};
        app.run();
    } catch (const std::exception& e) {
        host::log_line(REKAM_LOG_ERROR, e.what());
        return host::exit_protocol;
    }
}
