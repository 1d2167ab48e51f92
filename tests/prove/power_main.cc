// SPDX-License-Identifier: Apache-2.0
// ./dev prove power: the power fails under the store, many times, and nothing that was acknowledged is lost.
#include "tests/prove/power.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>

namespace {

using rekam::prove::PowerResult;
using rekam::prove::PowerRun;

void tell(const char* what, const PowerResult& r, double seconds) {
    std::printf("%s: %lld cuts, %lld appends, %lld moves, %lld I/Os, %lld corrupt, %lld lost, %lld halves, "
                "%lld survived unasked, %lld found in files, %.0f cuts/s\n",
                what, static_cast<long long>(r.cuts), static_cast<long long>(r.appends),
                static_cast<long long>(r.moves), static_cast<long long>(r.ios), static_cast<long long>(r.corrupt),
                static_cast<long long>(r.lost), static_cast<long long>(r.halves), static_cast<long long>(r.survived),
                static_cast<long long>(r.moved), seconds > 0 ? static_cast<double>(r.cuts) / seconds : 0.0);
    if (!r.first_failure.empty())
        std::printf("  first: %s\n", r.first_failure.c_str());
    std::fflush(stdout);
}

PowerResult timed(const char* what, const PowerRun& wanted) {
    const auto begin = std::chrono::steady_clock::now();
    const auto seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    auto result = rekam::prove::run(wanted, [&](const PowerResult& so_far) { tell(what, so_far, seconds()); });
    tell(what, result, seconds());
    return result;
}

} // namespace

int main(int argc, char** argv) {
    PowerRun wanted;
    std::int64_t control_cuts = -1;
    CLI::App app{"Power cuts under the store.", "rekam-prove-power"};
    app.add_option("--cuts", wanted.cuts)->check(CLI::PositiveNumber);
    app.add_option("--control-cuts", control_cuts, "with synchronous=NORMAL, which has to lose some; else a tenth");
    app.add_option("--seed", wanted.seed, "the same seed is the same run");
    std::string json;
    app.add_option("--json", json, "write the figures there too")->type_name("FILE");
    app.add_option("--seconds", wanted.seconds, "at most, for each of the two");
    CLI11_PARSE(app, argc, argv);
    std::printf("seed %llu\n", static_cast<unsigned long long>(wanted.seed));
    const auto full = timed("FULL", wanted);
    PowerRun control = wanted;
    control.lazy_log = true;
    control.cuts = control_cuts < 0 ? wanted.cuts / 10 + 100 : control_cuts;
    const auto normal = timed("control with NORMAL", control);
    const bool held = full.corrupt == 0 && full.lost == 0 && full.halves == 0 && full.moved > 0;
    const bool told = normal.lost > 0;
    if (!json.empty())
        std::ofstream(json) << "{\"seed\":" << wanted.seed << ",\"cuts\":" << full.cuts
                            << ",\"corrupt\":" << full.corrupt << ",\"lost\":" << full.lost
                            << ",\"halves\":" << full.halves << ",\"control_cuts\":" << normal.cuts
                            << ",\"control_lost\":" << normal.lost << "}\n";
    std::printf("%s\n", !held ? "FAILED" : !told ? "FAILED: the control lost nothing, so this proves nothing" : "held");
    return held && told ? 0 : 1;
}
