// SPDX-License-Identifier: Apache-2.0
// A front end reduced to what is measured: one DEALER socket, a session, headers made by putting texts together. It
// costs about as much as the raw peer's client, so that the ratio is the station's.
#pragma once

#include <string>
#include <string_view>

#include <zmq.hpp>

namespace rekam::bench {

class Client {
  public:
    /// `endpoint` is that of the requests. No hello yet.
    Client(zmq::context_t& context, const std::string& endpoint);

    [[nodiscard]] zmq::socket_t& socket() { return socket_; }
    void hello();
    [[nodiscard]] bool has_session() const { return !session_.empty(); }

    /// A header of the envelope and `rest`: the members after it, without the closing brace.
    std::string header(std::string_view op, std::string_view rest);
    /// What a job's envelope has beside.
    std::string job_members(std::string_view lease);

    void send(std::string_view header) { socket_.send(zmq::buffer(header)); }
    /// The next header; further parts are counted and dropped. Throws after 20 s, and for what is not ok.
    const std::string& receive();
    [[nodiscard]] std::size_t part_bytes() const { return part_bytes_; }

    /// One request and its answer's header.
    const std::string& ask(std::string_view op, std::string_view params);

    /// The text behind `"key":` in a header, without quotes.
    static std::string value(std::string_view header, std::string_view key);

  private:
    zmq::socket_t socket_;
    std::string session_, epoch_, answer_, unique_;
    std::uint64_t last_ = 0;
    std::size_t part_bytes_ = 0;
};

/// A session that visits: cases one after another, a lease on one slot, captures within it.
class Visitor {
  public:
    /// `captures`: so many in one case, as many as a busy visit has.
    Visitor(Client& client, std::string slot, int captures);

    /// Opens the first case; blocks.
    void begin();
    /// The header of the next capture. Only while !is_over().
    std::string capture(std::string_view params);
    [[nodiscard]] bool is_over() const { return used_ >= captures_; }
    /// The next case, step by step: first with an empty answer, then with the answer to the header that it gave.
    /// Empty when the case and the lease are there.
    std::string next(std::string_view answer);

  private:
    Client& client_;
    std::string slot_, case_, lease_;
    int captures_, used_ = 0;
    enum class Step { visiting, closing, opening, leasing } step_ = Step::visiting;
};

} // namespace rekam::bench
