// SPDX-License-Identifier: Apache-2.0
// rekam-bench-load: puts load on stations and peers that bench.py has started, and says on stdout, as JSON, what it
// saw.
#include "tests/bench/commands.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <stdexcept>

namespace {

using namespace rekam::bench;

/// NAME=TARGET and, in --cpu, NAME.WHO=PID,PID.
std::vector<Side> sides(const std::vector<std::string>& texts, const std::vector<std::string>& processes) {
    std::vector<Side> all;
    for (const auto& text : texts) {
        const auto at = text.find('=');
        all.push_back({text.substr(0, at), text.substr(at + 1), {}});
    }
    for (const auto& text : processes) {
        const auto dot = text.find('.'), equals = text.find('=');
        for (auto& side : all)
            if (side.name == text.substr(0, dot))
                for (const auto& pid : CLI::detail::split(text.substr(equals + 1), ','))
                    side.processes[text.substr(dot + 1, equals - dot - 1)].push_back(std::stoi(pid));
    }
    return all;
}

struct Arguments {
    std::vector<std::string> sides, processes;
    LatencyOptions latency;
    ThroughputOptions throughput;
    EvidenceOptions evidence{15, {1, 8, 32, 104}};
    PreviewOptions preview;
    HostsOptions hosts;
    RestartOptions restart;
    EventsOptions events;
    std::string one, other;
    int number = 0, every_s = 1;
};

void add_measurements(CLI::App& app, Arguments& a) {
    const auto sub = [&](const char* name, const char* text, const std::function<void()>& run) {
        auto* command = app.add_subcommand(name, text);
        command->callback(run);
        return command;
    };
    auto* latency = sub("latency", "round trips", [&a] {
        a.latency.sides = sides(a.sides, a.processes);
        measure_latency(a.latency);
    });
    latency->add_option("--rounds", a.latency.rounds);
    latency->add_option("--calls", a.latency.calls, "in a round");
    auto* throughput = sub("throughput", "answers a second", [&a] {
        a.throughput.sides = sides(a.sides, a.processes);
        measure_throughput(a.throughput);
    });
    throughput->add_option("--rounds", a.throughput.rounds);
    throughput->add_option("--clients", a.throughput.clients);
    throughput->add_option("--window", a.throughput.window, "requests of a client in flight");
    throughput->add_option("--seconds", a.throughput.seconds, "of a round");
    for (auto* each : {latency, throughput}) {
        each->add_option("--side", a.sides, "NAME=TARGET")->required();
        each->add_option("--cpu", a.processes, "NAME.WHO=PID,PID");
    }
    auto* evidence = sub("evidence", "the way of a frame", [&a] { measure_evidence(a.evidence); });
    evidence->add_option("--rounds", a.evidence.rounds);
    evidence->add_option("--mb", a.evidence.megabytes);
    auto* preview = sub("preview", "pictures at the viewers", [&a] { measure_preview(a.preview); });
    preview->add_option("--socket", a.preview.socket)->required();
    preview->add_option("--ticket", a.preview.tickets)->required();
    preview->add_option("--bytes", a.preview.bytes)->required();
    preview->add_option("--rounds", a.preview.rounds);
    preview->add_option("--pictures", a.preview.pictures, "in a round");
    auto* hosts = sub("hosts", "start, memory and pings of hosts", [&a] { measure_hosts(a.hosts); });
    hosts->add_option("--host", a.hosts.host)->required();
    hosts->add_option("--bare", a.hosts.bare)->required();
    hosts->add_option("--plugin", a.hosts.plugin)->required();
    hosts->add_option("--rounds", a.hosts.rounds);
    hosts->add_option("--count", a.hosts.count);
    auto* restart = sub("restart", "from a kill to the replacement", [&a] { measure_restart(a.restart); });
    restart->add_option("--requests", a.restart.requests)->required();
    restart->add_option("--events", a.restart.events)->required();
    restart->add_option("--devices", a.restart.devices);
    auto* events = sub("events", "deliveries to subscribers", [&a] { measure_events(a.events); });
    events->add_option("--gate", a.events.gate)->required();
    events->add_option("--rounds", a.events.rounds);
    events->add_option("--subscribers", a.events.subscribers);
    events->add_option("--seconds", a.events.seconds);
    auto* beats = sub("beats", "clients that ask now and then", [&a] { beat(a.one, a.number, a.every_s); });
    beats->add_option("target", a.one)->required();
    beats->add_option("count", a.number)->required();
    beats->add_option("every_s", a.every_s)->check(CLI::PositiveNumber);
}

void add_peers(CLI::App& app, Arguments& a) {
    const auto peer = [&](const char* name, const char* text, const std::function<void()>& run) {
        auto* command = app.add_subcommand(name, text);
        command->callback(run);
        command->add_option("place", a.one)->required();
        return command;
    };
    peer("relay", "ROUTER to DEALER", [&a] { serve_relay(a.one, a.other); })->add_option("back", a.other)->required();
    peer("worker", "behind a relay", [&a] { serve_worker(a.one, a.number); })
        ->add_option("bytes", a.number)
        ->required();
    peer("chain", "the processes of a station, with nothing in them", [&a] { serve_chain(a.one, a.number); })
        ->add_option("bytes", a.number)
        ->required();
    peer("echo", "ROUTER that answers", [&a] { serve_echo(a.one, a.number); })
        ->add_option("bytes", a.number)
        ->required();
    peer("dbus-echo", "on a bus", [&a] { serve_dbus_echo(a.one); });
    peer("virtual-card", "at port PLACE", [&a] { serve_virtual_card(std::stoi(a.one)); });
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Puts load on what bench.py has started; ./dev bench runs it.");
    app.require_subcommand(1);
    add_measurements(app, arguments);
    add_peers(app, arguments);
    try {
        CLI11_PARSE(app, argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rekam-bench-load: %s\n", error.what());
        return 1;
    }
    return 0;
}
