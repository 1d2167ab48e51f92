// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/options.h"

#include "core/base/build.h"

#include <CLI/CLI.hpp>

namespace rekam::rekamd {

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
    Options options;
    CLI::App app("rekamd: the broker of a Rekam station. It starts and watches everything else; SIGTERM ends it all in "
                 "order, SIGHUP reads the configuration again.");
    app.option_defaults()->always_capture_default();
    app.add_option("--config", options.config, "Directory with rekamd.toml, slots.toml, conf.d and plugins.d");
    app.option_defaults()->always_capture_default(false);
    app.add_option("--state", options.paths.state, "Directory of the durable store; instead of paths.state");
    app.add_option("--runtime", options.paths.runtime, "Directory of the sockets; instead of paths.runtime");
    app.add_option("--check-config", options.check,
                   "Check this configuration directory, say what it amounts to, and end");
    app.add_flag("--foreground", options.foreground, "Log for a person, with time and level, even into the journal");
    app.set_version_flag("--version", "rekamd " + std::string(build_id()));
    app.footer("Exit codes: 0 ended as asked, 1 failed, 64 usage, 69 another rekamd runs here, 73 a directory or the "
               "store cannot be used, 78 the configuration is wrong.");
    try {
        app.parse(argc, argv);
        return options;
    } catch (const CLI::ParseError& end) {
        exit_code = app.exit(end) == 0 ? 0 : exit_usage;
        return std::nullopt;
    }
}

} // namespace rekam::rekamd
