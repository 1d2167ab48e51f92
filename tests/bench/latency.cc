// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <numeric>

namespace rekam::bench {
namespace {

constexpr double us = 1e3;

struct Running {
    const Side* side;
    std::unique_ptr<Target> target;
};

void call(Target& target, std::vector<double>& took) {
    target.between();
    const auto begun = now_ns();
    target.once();
    const auto whole = now_ns() - begun;
    took.push_back(static_cast<double>(target.took_ns().value_or(whole)) / us);
}

void run_round(const Running& running, int calls, Figures& figures) {
    const Side& side = *running.side;
    std::map<std::string, std::int64_t> before;
    for (const auto& [who, processes] : side.processes)
        before[who] = cpu_ns(processes);
    std::vector<double> took;
    for (int i = 0; i < calls; ++i)
        call(*running.target, took);
    for (const auto& [who, processes] : side.processes)
        figures.add(side.name, "cpu_" + who + "_us", static_cast<double>(cpu_ns(processes) - before[who]) / us / calls);
    figures.add(side.name, "mean_us", std::reduce(took.begin(), took.end()) / calls);
    figures.add(side.name, "p50_us", percentile(took, 0.5));
    figures.add(side.name, "p99_us", percentile(took, 0.99));
}

} // namespace

void measure_latency(const LatencyOptions& options) {
    zmq::context_t context;
    std::vector<Running> all;
    std::vector<double> ignored;
    for (const auto& side : options.sides) {
        all.push_back({&side, options.make(context, side.target)});
        for (int i = 0; i < options.warm_up; ++i)
            call(*all.back().target, ignored);
    }
    Figures figures;
    for (int round = 0; round < options.rounds; ++round)
        for (const auto& running : all)
            run_round(running, options.calls, figures);
    figures.print();
}

} // namespace rekam::bench
