// SPDX-License-Identifier: Apache-2.0
// rekam-bench-frames: round trips of large pictures, ours and those of other device stacks, in turns; and those stacks'
// far ends. Apart from rekam-bench-load because it needs SANE and Beast, and minutes of compiling.
#include "tests/bench/commands.h"
#include "tests/bench/frame_peers.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <stdexcept>

namespace {

using namespace rekam::bench;

/// sane:DEVICE@BYTES, http:PORT@BYTES, indi:SOCKET@BYTES, preview:SOCKET#TICKET@BYTES; others as make_target knows
/// them.
std::unique_ptr<Target> make_any(zmq::context_t& context, const std::string& text) {
    const auto colon = text.find(':'), at = text.rfind('@');
    const auto kind = text.substr(0, colon);
    if (kind != "sane" && kind != "http" && kind != "indi" && kind != "preview")
        return make_target(context, text);
    const auto place = text.substr(colon + 1, at - colon - 1);
    const auto bytes = std::stoull(text.substr(at + 1));
    if (kind == "preview")
        return make_preview_target(place, bytes);
    if (kind == "indi")
        return make_indi_target(place, bytes);
    return kind == "sane" ? make_sane_target(place, bytes) : make_http_target(place, bytes);
}

} // namespace

int main(int argc, char** argv) {
    LatencyOptions latency;
    latency.make = make_any;
    latency.warm_up = 2;
    std::vector<std::string> sides;
    std::size_t bytes = 0;
    int port = 0;
    CLI::App app("Large pictures, ours and others'; ./dev bench runs it.");
    app.require_subcommand(1);
    auto* measure = app.add_subcommand("latency", "round trips");
    measure->add_option("--rounds", latency.rounds);
    measure->add_option("--calls", latency.calls, "in a round");
    measure->add_option("--side", sides, "NAME=TARGET")->required();
    measure->callback([&] {
        for (const auto& side : sides)
            latency.sides.push_back({side.substr(0, side.find('=')), side.substr(side.find('=') + 1), {}});
        measure_latency(latency);
    });
    auto* http = app.add_subcommand("http-server", "on loopback");
    http->add_option("port", port)->required();
    http->add_option("bytes", bytes)->required();
    http->callback([&] { serve_http(port, bytes); });
    try {
        CLI11_PARSE(app, argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rekam-bench-frames: %s\n", error.what());
        return 1;
    }
    return 0;
}
