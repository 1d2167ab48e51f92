// SPDX-License-Identifier: Apache-2.0 OR MIT
// One request of the application, from its first sending to its one end. States: see session.h.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <rekam/client_error.h>
#include <rekam/client_records.h>

namespace rekam {

struct Outcome {
    boost::json::object result;
    std::optional<ErrorBody> error;
    std::vector<Bytes> parts;
};

// What may be sent twice: reads, and what says the same when said again.
bool is_repeatable(const std::string& op);

// An error that the client itself found.
ErrorBody local_error(const std::string& code, const std::string& message, const std::string& op,
                      const std::string& error_class = "system", const std::string& retry = "later",
                      const std::string& effect = "none");

struct Request {
    enum class State { queued, sent, asking, ended };

    std::string op;
    boost::json::object params;
    boost::json::object fields;     // header fields: lease, idem, deadline_ms, station_epoch, progress
    std::vector<Bytes> attachments; // binary parts that go along
    std::string idem;
    std::int64_t deadline_at_ms = 0;
    std::int64_t expires_at_ms = 0;
    // Both are called on the I/O thread, on_end exactly once.
    std::function<void(const boost::json::object&, std::vector<Bytes> parts)> on_progress;
    std::function<void(Outcome)> on_end;

    State state = State::queued;
    bool was_sent = false;
    bool cancel_wanted = false;
    bool cancel_sent = false;
    bool late_asked = false;
    int sessions_lost = 0;
    std::string job;

    boost::json::object fields_at(std::int64_t now_ms) const;
    std::int64_t late_at_ms() const;
    std::int64_t wake_at_ms(bool ready) const;
    bool may_requeue() const;
    ErrorBody expired(bool ready) const;
    ErrorBody no_answer(const std::string& why) const;
};

} // namespace rekam
