// SPDX-License-Identifier: Apache-2.0
#include "core/broker/readings.h"

#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::Function;

template <class Pred> void drop_readings_if(Step& step, Pred matches) {
    std::vector<std::string> jobs;
    for (const auto& [job, kept] : step.s.readings)
        if (matches(kept))
            jobs.push_back(job);
    for (const auto& job : jobs)
        drop_readings(step, job);
}

bool belong(Function function, const wire::Readings& readings) {
    return (!readings.samples || function == Function::signature) &&
           (!readings.mrz || function == Function::mrz_reader) && (!readings.eyes || function == Function::iris);
}

} // namespace

std::optional<model::Error> objection(const Job& job, const wire::Readings& readings) {
    const auto wrong = [](std::string what) { return model::make_error(Code::protocol_error, std::move(what)); };
    if (readings.empty() || !belong(job.function, readings))
        return wrong("the host sent readings that a " + std::string(model::name(job.function)) + " does not make");
    if (readings.samples)
        if (auto error = wire::inconsistency(*readings.samples))
            return wrong("the host sent readings that disagree: " + error->message);
    if (readings.eyes)
        for (const auto& eye : readings.eyes->items)
            if (std::ranges::find(job.parts, eye.position.value) == job.parts.end())
                return wrong("the host sent readings of " + eye.position.value + ", which was not asked for");
    return std::nullopt;
}

bool keep_readings(Step& step, const Job& job, const wire::Readings& readings) {
    State& s = step.s;
    const auto session = s.sessions.find(job.session);
    const auto bytes = static_cast<std::int64_t>(wire::encode(readings).size());
    if (session == s.sessions.end() || session->second.unread_bytes + bytes > s.config.limits.unread_frame_bytes)
        return false;
    session->second.unread_bytes += bytes;
    s.readings.emplace(job.record.job, KeptReadings{job.no, job.session, job.record.case_, bytes, readings});
    s.timers.arm({Timer::Kind::readings_expiry, job.no}, step.in_ms(s.config.quotas.frame_ttl_ms));
    return true;
}

wire::Job with_readings(const State& s, wire::Job record, SessionNo reader) {
    const auto kept = s.readings.find(record.job);
    if (kept != s.readings.end() && kept->second.session == reader) {
        record.readings = kept->second.readings;
        record.readings_expired.reset();
    }
    return record;
}

void drop_readings(Step& step, const std::string& job) {
    State& s = step.s;
    const auto found = s.readings.find(job);
    if (found == s.readings.end())
        return;
    if (const auto session = s.sessions.find(found->second.session); session != s.sessions.end())
        session->second.unread_bytes -= found->second.bytes;
    s.timers.disarm({Timer::Kind::readings_expiry, found->second.no});
    s.readings.erase(found);
}

void drop_readings_of_session(Step& step, SessionNo no) {
    drop_readings_if(step, [&](const KeptReadings& kept) { return kept.session == no; });
}

void drop_readings_of_case(Step& step, const std::string& case_id) {
    drop_readings_if(step, [&](const KeptReadings& kept) { return kept.case_ == case_id; });
}

} // namespace rekam::broker
