// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <memory>
#include <stdexcept>

namespace rekam::bench {
namespace {

constexpr int captures_per_case = 128; ///< as many as a case may have: a client must drain its window to change cases
constexpr const char* capture_params = R"(,"subject":"document.front")";
constexpr double second_ns = 1e9;

/// One client with requests in flight.
class Flight {
  public:
    virtual ~Flight() = default;
    virtual zmq::socket_t& socket() = 0;
    virtual void fill(int window) = 0;
    /// Takes one answer that is there and asks again; true when it was a counted one.
    virtual bool turn(bool go_on) = 0;
    [[nodiscard]] int in_flight() const { return in_flight_; }

  protected:
    int in_flight_ = 0;
};

class RawFlight final : public Flight {
  public:
    RawFlight(zmq::context_t& context, const std::string& endpoint)
        : socket_(context, zmq::socket_type::dealer), header_(raw_header()) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.connect(endpoint);
    }
    zmq::socket_t& socket() override { return socket_; }
    void fill(int window) override {
        for (; in_flight_ < window; ++in_flight_)
            socket_.send(zmq::buffer(header_));
    }
    bool turn(bool go_on) override {
        static_cast<void>(socket_.recv(answer_));
        if (go_on)
            socket_.send(zmq::buffer(header_));
        else
            --in_flight_;
        return true;
    }

  private:
    zmq::socket_t socket_;
    std::string header_;
    zmq::message_t answer_;
};

/// Captures; at the end of a case it lets its window run empty, changes cases, and fills it again.
class VisitFlight final : public Flight {
  public:
    VisitFlight(zmq::context_t& context, const std::string& endpoint, std::string slot)
        : client_(context, endpoint), visitor_(client_, std::move(slot), captures_per_case) {
        client_.hello();
        visitor_.begin();
    }
    zmq::socket_t& socket() override { return client_.socket(); }
    void fill(int window) override {
        window_ = window;
        for (; in_flight_ < window && !visitor_.is_over(); ++in_flight_)
            client_.send(visitor_.capture(capture_params));
        if (in_flight_ == 0)
            change(std::string());
    }
    bool turn(bool go_on) override {
        const std::string& answer = client_.receive();
        --in_flight_;
        const bool is_capture = !changing_;
        if (!is_capture)
            change(answer);
        if (!changing_ && go_on)
            fill(window_);
        return is_capture;
    }

  private:
    void change(const std::string& answer) {
        const std::string header = visitor_.next(answer);
        changing_ = !header.empty();
        if (!changing_)
            return;
        client_.send(header);
        ++in_flight_;
    }

    Client client_;
    Visitor visitor_;
    int window_ = 0;
    bool changing_ = false;
};

using Flights = std::vector<std::unique_ptr<Flight>>;

Flights make_flights(zmq::context_t& context, const Side& side, int clients) {
    const auto colon = side.target.find(':');
    const std::string kind = side.target.substr(0, colon), place = side.target.substr(colon + 1);
    Flights flights;
    for (int number = 1; number <= clients; ++number) {
        if (kind == "raw") {
            flights.push_back(std::make_unique<RawFlight>(context, place));
        } else if (const auto hash = place.find('#'); kind == "capture" && hash != std::string::npos) {
            flights.push_back(std::make_unique<VisitFlight>(context, place.substr(0, hash),
                                                            place.substr(hash + 1) + std::to_string(number)));
        } else {
            throw std::runtime_error("throughput knows raw:ENDPOINT and capture:ENDPOINT#SLOT");
        }
    }
    return flights;
}

/// Keeps the windows full until then; afterwards lets them run empty. How many were answered in the time.
std::int64_t fly(Flights& flights, int window, std::int64_t until_ns) {
    std::vector<zmq::pollitem_t> items;
    for (auto& flight : flights) {
        flight->fill(window);
        items.push_back({flight->socket().handle(), 0, ZMQ_POLLIN, 0});
    }
    std::int64_t counted = 0;
    for (std::size_t open = flights.size(); open > 0;) {
        if (zmq::poll(items, std::chrono::seconds(20)) == 0)
            throw std::runtime_error("nobody answers for 20 s");
        open = 0;
        for (std::size_t i = 0; i < flights.size(); ++i) {
            auto& flight = *flights[i];
            const bool in_time = now_ns() < until_ns;
            for (int events = items[i].revents; (events & ZMQ_POLLIN) != 0 && flight.in_flight() > 0;
                 events = flight.socket().get(zmq::sockopt::events))
                counted += flight.turn(in_time) && in_time ? 1 : 0;
            if (in_time && flight.in_flight() == 0) // it has just changed its case
                flight.fill(window);
            open += flight.in_flight() > 0 ? 1 : 0;
        }
    }
    return counted;
}

} // namespace

void measure_throughput(const ThroughputOptions& options) {
    zmq::context_t context;
    std::vector<Flights> all;
    for (const auto& side : options.sides) {
        all.push_back(make_flights(context, side, options.clients));
        fly(all.back(), options.window, now_ns() + 50'000'000); // warm
    }
    Figures figures;
    for (int round = 0; round < options.rounds; ++round) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Side& side = options.sides[i];
            std::map<std::string, std::int64_t> before;
            for (const auto& [who, processes] : side.processes)
                before[who] = cpu_ns(processes);
            const auto begun = now_ns();
            const auto counted =
                fly(all[i], options.window, begun + static_cast<std::int64_t>(options.seconds * second_ns));
            const double requests = static_cast<double>(counted);
            figures.add(side.name, "per_s", requests / options.seconds);
            // The window that ran empty afterwards is work, too.
            const double worked = requests + options.clients * options.window;
            for (const auto& [who, processes] : side.processes)
                figures.add(side.name, "cpu_" + who + "_us",
                            static_cast<double>(cpu_ns(processes) - before[who]) / 1e3 / worked);
        }
    }
    figures.print();
}

} // namespace rekam::bench
