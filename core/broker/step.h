// SPDX-License-Identifier: Apache-2.0
// One step at work: the tables, the moment, and what is to be done. Every part of the broker takes one.
#pragma once

#include "core/broker/facts.h"
#include "core/broker/state.h"

namespace rekam::broker {

struct Step {
    State& s;
    const Now& now;
    Effects& out;
    bool exit_wanted = false; ///< everything has ended: Exit is the last effect
    bool write_now = false;   ///< what was queued for the store goes at the end of this step

    void log(Level level, std::string subject, std::string message) {
        out.push_back(Log{level, std::move(subject), std::move(message)});
    }
    void send(ChildId child, wire::Type type, std::string json = {}, wire::Prefix prefix = {}, std::string tail = {}) {
        prefix.type = type;
        out.push_back(Send{child, {prefix, std::move(json), std::move(tail), {}}});
    }
    /// Queued for the append at the end of this step.
    void save(std::string kind, std::string key, std::string body) {
        s.unsaved.rows[{std::move(kind), std::move(key)}] = std::move(body);
        write_now = true;
    }
    /// The row of a case, of an open job: made when it is written, at the end of this step.
    void save_case(const std::string& id) {
        save_case_soon(id);
        write_now = true;
    }
    /// The same for what nobody waits for: within store_gather_ms, with all that came until then, the newest of each
    /// row. A power cut takes it, like what the disk has not got yet.
    void save_soon(std::string kind, std::string key, std::string body) {
        s.unsaved.rows[{std::move(kind), std::move(key)}] = std::move(body);
    }
    void save_case_soon(const std::string& id) { s.unsaved.cases.insert(id); }
    void save_job_soon(const std::string& key) { s.unsaved.jobs.insert(key); }

    /// Queued for the same append: a line of the journal, with `kind`, the time and the station's epoch added. What is
    /// about a person, also ids that lead to one, belongs in `personal`.
    void journal(std::string_view kind, const Facts& facts, const Facts& personal = {});
    /// The same, as save_soon.
    void journal_soon(std::string_view kind, const Facts& facts, const Facts& personal = {});

    /// A final answer. Nothing goes to a gate that is not the one that asked.
    void reply(const ReplyTo& to, std::string result);
    void reply(const ReplyTo& to, const model::Error& error);
    /// A final answer with bytes: one range per descriptor.
    void reply_parts(const ReplyTo& to, std::string result, std::vector<wire::Descriptor> descriptors,
                     const wire::Parts& parts);
    /// The same, for whoever shows the ticket that the gate adds.
    void reply_ticket(const ReplyTo& to, std::string result, wire::Descriptor descriptor, std::int64_t bytes);
    /// Only where the request asked for progress.
    void progress(const ReplyTo& to, std::string body, std::uint16_t flags = 0, std::string tail = {});
    /// Descriptors of a preview's buffers, which the gate keeps.
    void buffers(const ReplyTo& to, std::string body, std::vector<wire::Descriptor> descriptors);
    /// Progress with one binary part, where there is credit for it; false: not now.
    bool picture(const ReplyTo& to, const std::string& body, wire::Descriptor descriptor, std::int64_t bytes);
    /// A descriptor is about to be closed: replies that wait for credit with it become `result-expired`.
    void forget_descriptor(wire::Descriptor descriptor);
    /// The gate took descriptors off its channel: those that waited for credit may go.
    void gate_took(std::int64_t descriptors);

    [[nodiscard]] wire::Time time() const { return {now.utc_us, now.mono_us, s.boot, now.synced}; }
    [[nodiscard]] std::int64_t in_ms(std::int64_t ms) const { return now.mono_us + ms * us_per_ms; }

  private:
    [[nodiscard]] bool answerable(const ReplyTo& to) const;
    void to_gate(wire::Message message);
};

/// Changes a state machine and says so: the only way any state here changes. False when the event cannot happen in
/// that state; then nothing changed.
template <class State, class Event> bool advance(Step& step, const std::string& subject, State& state, Event event) {
    const auto to = model::next(state, event);
    if (!to)
        return false;
    if (*to != state)
        step.log(Level::debug, subject,
                 std::string(model::name(state)) + " -> " + std::string(model::name(*to)) + " (" +
                     std::string(model::name(event)) + ")");
    state = *to;
    return true;
}

} // namespace rekam::broker
