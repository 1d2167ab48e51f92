// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/request.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace rekam {
namespace {

constexpr std::int64_t late_ms = 1000; // after its deadline a silent request with idem is looked up once
constexpr int sessions_lost_max = 3;   // how often it may meet unknown-session before the application hears of it

constexpr std::array<std::string_view, 32> repeatable = {"schema.get",    "station.get",   "slot.list",
                                                         "slot.get",      "device.list",   "device.get",
                                                         "plugin.list",   "lease.list",    "lease.renew",
                                                         "case.get",      "case.list",     "frame.get",
                                                         "frame.release", "job.get",       "job.list",
                                                         "job.cancel",    "job.extend",    "card.transmit",
                                                         "card.close",    "slot.bind",     "preview.stop",
                                                         "mock.set",      "mock.clear",    "mock.get",
                                                         "slot.hold",     "slot.release",  "plugin.clear-quarantine",
                                                         "device.doctor", "journal.query", "journal.verify",
                                                         "journal.head",  "report.daily"};

std::string_view what_next(std::string_view op) {
    if (op == "lease.acquire")
        return "look at lease.list, then acquire again";
    if (op == "lease.release")
        return "look at lease.list";
    if (op == "case.open")
        return "look at case.list, then open again";
    if (op == "case.close")
        return "look at case.get";
    if (op == "preview.start")
        return "start it again";
    if (op == "journal.erase")
        return "erase again: unknown-case means that it was done";
    return "ask again";
}

} // namespace

bool is_repeatable(const std::string& op) {
    return std::find(repeatable.begin(), repeatable.end(), op) != repeatable.end();
}

ErrorBody local_error(const std::string& code, const std::string& message, const std::string& op,
                      const std::string& error_class, const std::string& retry, const std::string& effect) {
    ErrorBody body;
    body.code = code;
    body.error_class = error_class;
    body.retry = retry;
    body.effect = effect;
    body.message = message;
    body.op = op;
    body.local = true;
    return body;
}

// Sent again, a request has only what is left of its deadline.
boost::json::object Request::fields_at(std::int64_t now_ms) const {
    boost::json::object sent = fields;
    if (auto* deadline = sent.if_contains("deadline_ms")) {
        const std::int64_t asked = deadline->as_int64();
        *deadline = std::max<std::int64_t>(1, std::min(asked, deadline_at_ms - now_ms));
    }
    return sent;
}

std::int64_t Request::late_at_ms() const { return deadline_at_ms + late_ms; }

std::int64_t Request::wake_at_ms(bool ready) const {
    if (ready && state == State::sent && !idem.empty() && !late_asked)
        return std::min(late_at_ms(), expires_at_ms);
    return expires_at_ms;
}

bool Request::may_requeue() const { return sessions_lost < sessions_lost_max; }

ErrorBody Request::expired(bool ready) const {
    if (was_sent && (ready || !is_repeatable(op)))
        return no_answer("no answer came in time");
    return local_error("no-station",
                       "no station took the request in time: is rekamd running, and is REKAM_STATION its runtime "
                       "directory?",
                       op, "technician");
}

// What was asked may have happened; the message says where to look.
ErrorBody Request::no_answer(const std::string& why) const {
    const std::string next = idem.empty() ? std::string(what_next(op))
                                          : "look at job.get with idem " + idem + ", or send again with the same idem";
    return local_error("no-answer", op + ": " + why + "; " + next, op, "system", "later",
                       is_repeatable(op) || op == "preview.start" ? "none" : "unknown");
}

} // namespace rekam
