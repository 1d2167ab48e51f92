// SPDX-License-Identifier: Apache-2.0
// rekam-sim: runs the real core, gate table and host loop in a virtual world, seed after seed.
#include "tests/sim/day.h"
#include "tests/sim/exhaustive.h"
#include "tests/sim/simulation.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include <unistd.h>

namespace {

using rekam::sim::Outcome;

struct Arguments {
    std::uint64_t seeds = 20, first = 1, seed = 0;
    std::int64_t steps = 5'000;
    int exhaustive = 0, mutant = 0, visits = 300;
    bool trace = false, expect_violation = false, day = false;
};

void report(const Arguments& arguments, std::uint64_t seed, const rekam::sim::Failure& failure) {
    for (const auto& line : failure.last)
        std::printf("  %s\n", line.c_str());
    std::printf("seed %llu, step %lld: %s is violated: %s\n", static_cast<unsigned long long>(seed),
                static_cast<long long>(failure.step), failure.invariant.c_str(), failure.what.c_str());
    std::printf("replay: rekam-sim --seed %llu --steps %lld --trace%s\n", static_cast<unsigned long long>(seed),
                static_cast<long long>(arguments.steps),
                arguments.mutant != 0 ? (" --mutant " + std::to_string(arguments.mutant)).c_str() : "");
}

int run_seeds(const Arguments& arguments) {
    const bool one = arguments.seed != 0;
    const std::uint64_t first = one ? arguments.seed : arguments.first, count = one ? 1 : arguments.seeds;
    const bool watched = ::isatty(STDERR_FILENO) != 0 && !arguments.trace;
    const auto began = std::chrono::steady_clock::now();
    std::int64_t steps = 0;
    std::size_t jobs = 0, done = 0;
    std::uint64_t hash = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        const Outcome outcome = rekam::sim::Simulation(seed, arguments.steps, arguments.trace).run();
        steps += outcome.steps;
        jobs += outcome.jobs;
        done += outcome.done;
        hash = hash * 31 + outcome.hash;
        if (watched && seed % 10 == 0)
            std::fprintf(stderr, "\rseed %llu of %llu, %lld steps", static_cast<unsigned long long>(seed - first + 1),
                         static_cast<unsigned long long>(count), static_cast<long long>(steps));
        if (!outcome.failure)
            continue;
        if (watched)
            std::fprintf(stderr, "\n");
        if (arguments.expect_violation) {
            std::printf("found by seed %llu, step %lld: %s: %s\n", static_cast<unsigned long long>(seed),
                        static_cast<long long>(outcome.failure->step), outcome.failure->invariant.c_str(),
                        outcome.failure->what.c_str());
            return 0;
        }
        report(arguments, seed, *outcome.failure);
        return 1;
    }
    if (watched)
        std::fprintf(stderr, "\r\033[K");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%llu seeds, %lld steps, %zu jobs (%zu done), trace %016llx, %.1f s, %.0f steps/s\n",
                static_cast<unsigned long long>(count), static_cast<long long>(steps), jobs, done,
                static_cast<unsigned long long>(hash), seconds, static_cast<double>(steps) / seconds);
    return arguments.expect_violation ? 1 : 0;
}

/// A day at the office, with the figures of mocks/station/day.py.
int run_day(const Arguments& arguments) {
    const auto began = std::chrono::steady_clock::now();
    const auto seed = arguments.seed == 0 ? 1 : arguments.seed;
    const auto outcome = rekam::sim::run_day(seed, arguments.visits, arguments.trace);
    if (outcome.failure) {
        for (const auto& line : outcome.failure->last)
            std::printf("  %s\n", line.c_str());
        std::printf("seed %llu, step %lld: %s is violated: %s\n", static_cast<unsigned long long>(seed),
                    static_cast<long long>(outcome.failure->step), outcome.failure->invariant.c_str(),
                    outcome.failure->what.c_str());
        return 1;
    }
    std::printf("a day at the office, simulated: seed %llu, %d visits, %lld virtual minutes\n",
                static_cast<unsigned long long>(seed), arguments.visits,
                static_cast<long long>(outcome.virtual_s / 60));
    for (const auto& [person, incident] : outcome.happened)
        std::printf("  person %-8lld %s\n", static_cast<long long>(person), name(incident));
    const auto& figures = outcome.figures;
    const auto tell = [](const char* what, std::int64_t much) {
        std::printf("%-14s%8lld\n", what, static_cast<long long>(much));
    };
    tell("visits", figures.visits);
    tell("captures", figures.captures);
    tell("retakes", figures.retakes);
    tell("refused", figures.refused);
    tell("cards", figures.cards);
    tell("unknown", figures.unknown);
    tell("reconciled", figures.reconciled);
    tell("downtime_s", figures.downtime_us / rekam::us_per_s);
    tell("wrong_person", figures.wrong_person);
    tell("second_card", figures.second_card);
    tell("without_card", figures.without_card);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%lld steps, trace %016llx, %.1f s\n", static_cast<long long>(outcome.steps),
                static_cast<unsigned long long>(outcome.hash), seconds);
    const auto bad = figures.wrong_person + figures.second_card + figures.without_card;
    const auto due =
        std::min<std::size_t>(rekam::sim::incident_names.size(), static_cast<std::size_t>(arguments.visits));
    return bad == 0 && figures.visits == arguments.visits && outcome.happened.size() == due ? 0 : 1;
}

constexpr std::string_view mutant_name = "rekam-sim-mutant-";

/// A mutant is another program, beside the unit tests: this one, linked with one changed source file of the core.
int run_mutant(int number, const std::filesystem::path& self, char** argv) {
    const auto program =
        self.parent_path().parent_path() / "tests" / (std::string(mutant_name) + std::to_string(number));
    ::execv(program.c_str(), argv);
    std::fprintf(stderr, "%s is not there: ./dev sim --mutants builds it\n", program.c_str());
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Runs the core of a station in a virtual world and checks its invariants after every step.");
    app.add_option("--seeds", arguments.seeds, "how many seeds to run");
    app.add_option("--first-seed", arguments.first, "the first of them");
    app.add_option("--steps", arguments.steps, "steps with faults in each run; then it must come to rest");
    app.add_option("--seed", arguments.seed, "run this one only");
    app.add_flag("--trace", arguments.trace, "print what happens");
    app.add_flag("--day", arguments.day, "a day at the office instead");
    app.add_option("--visits", arguments.visits, "of the day")->check(CLI::PositiveNumber);
    app.add_option("--exhaustive", arguments.exhaustive, "visit every history of two clients to this depth");
    app.add_option("--mutant", arguments.mutant, "run with this planted fault in the core");
    app.add_flag("--expect-violation", arguments.expect_violation, "succeed when an invariant is violated");
    CLI11_PARSE(app, argc, argv);
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    const auto name = self.filename().string();
    if (name.starts_with(mutant_name))
        arguments.mutant = std::stoi(name.substr(mutant_name.size()));
    else if (arguments.mutant != 0)
        return run_mutant(arguments.mutant, self, argv);
    if (arguments.day)
        return run_day(arguments);
    if (arguments.exhaustive > 0)
        return rekam::sim::search(arguments.exhaustive, arguments.expect_violation);
    return run_seeds(arguments);
}
