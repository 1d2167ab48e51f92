// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/client.h"
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <csignal>
#include <stdexcept>

namespace rekam::bench {
namespace {

constexpr int patience_ms = 20'000;

/// The state in the next event of the stream.
std::string next_state(zmq::socket_t& events, const std::string& stream) {
    zmq::message_t topic, data;
    for (;;) {
        if (!events.recv(topic))
            throw std::runtime_error("no event of " + stream + " within 20 s");
        if (!topic.more())
            continue; // the welcome
        static_cast<void>(events.recv(data));
        if (topic.to_string_view() == stream)
            return Client::value(data.to_string_view().substr(data.to_string_view().find("\"data\":")), "state");
    }
}

} // namespace

void measure_restart(const RestartOptions& options) {
    zmq::context_t context;
    Client client(context, options.requests);
    client.hello();
    zmq::socket_t events(context, zmq::socket_type::sub);
    events.set(zmq::sockopt::linger, 0);
    events.set(zmq::sockopt::rcvtimeo, patience_ms);
    events.set(zmq::sockopt::subscribe, "$welcome");
    events.set(zmq::sockopt::subscribe, "device.id.rekam.bench/");
    events.connect(options.events);
    zmq::message_t welcome;
    must(events.recv(welcome).has_value(), "no welcome");
    Figures figures;
    for (int number = 1; number <= options.devices; ++number) {
        const std::string id = "id.rekam.bench/dev-" + std::to_string(number);
        const auto pid = std::stoi(Client::value(client.ask("device.get", R"({"device":")" + id + "\"}"), "pid"));
        const auto begun = now_ns();
        must(::kill(pid, SIGKILL) == 0, "kill");
        while (next_state(events, "device." + id) == "ready") // something else changed
            ;
        while (next_state(events, "device." + id) != "ready")
            ;
        figures.add("host", "replaced_ms", static_cast<double>(now_ns() - begun) / 1e6);
    }
    figures.print();
}

} // namespace rekam::bench
