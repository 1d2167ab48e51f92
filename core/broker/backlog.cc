// SPDX-License-Identifier: Apache-2.0
#include "core/broker/backlog.h"

#include "core/broker/cases.h"
#include "core/broker/jobs.h"
#include "core/broker/promises.h"
#include "core/broker/store_state.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <iterator>

namespace rekam::broker {
namespace {

constexpr std::int64_t retry_every_ms = 1'000;
constexpr std::size_t entries_max = 10'000; ///< half a day of a busy desk

bool is_empty(const Backlog& backlog) {
    return backlog.records.empty() && backlog.entries.empty() && backlog.lost == 0;
}

void keep(Backlog& backlog, Record record, StoreToken since) {
    auto& kept = backlog.records[{std::move(record.kind), std::move(record.key)}];
    if (kept.since <= since)
        kept = {std::move(record.body), since};
}

/// A later append has this row too: offered again it would come after that one, and undo it.
bool is_on_its_way(const State& s, const Record& record) {
    return std::ranges::any_of(s.in_flight, [&](const auto& entry) {
        return std::ranges::any_of(entry.second.records, [&](const Record& other) {
            return other.kind == record.kind && other.key == record.key;
        });
    });
}

/// Rows of what was only named. One that has ended or was forgotten since has its last row already.
void make_rows(Step& step) {
    State& s = step.s;
    for (const auto& id : std::exchange(s.unsaved.cases, {}))
        if (const auto found = s.cases.find(id); found != s.cases.end())
            s.unsaved.rows[{"case", id}] = case_row(found->second);
    for (const auto& key : std::exchange(s.unsaved.jobs, {}))
        if (const auto found = s.open_keys.find(key); found != s.open_keys.end())
            s.unsaved.rows[{"job", key}] = job_row(s.jobs.at(found->second));
}

/// The oldest are kept: they tell how the trouble began.
void cut(Backlog& backlog) {
    while (backlog.entries.size() > entries_max) {
        backlog.entries.pop_back();
        ++backlog.lost;
    }
}

/// What this step wants written waits with the rest.
void put_aside(Step& step) {
    State& s = step.s;
    make_rows(step);
    Unsaved wanted = std::exchange(s.unsaved, {});
    for (auto& [key, body] : wanted.rows)
        keep(s.backlog, {key.first, key.second, std::move(body)}, s.last_token + 1);
    std::ranges::move(wanted.entries, std::back_inserter(s.backlog.entries));
    cut(s.backlog);
}

bool is_about(const Entry& entry, const std::string& case_id) {
    if (entry.personal.find(case_id) == std::string::npos)
        return false;
    const auto personal = boost::json::parse(entry.personal).as_object();
    const auto* of = personal.if_contains("case");
    return of != nullptr && of->is_string() && std::string_view(of->get_string()) == case_id;
}

Append take_all(Step& step, StoreToken token) {
    State& s = step.s;
    Backlog waited = std::exchange(s.backlog, {});
    if (waited.lost > 0)
        step.journal("journal.lost", {{"count", waited.lost}});
    Append all;
    all.token = token;
    for (auto& [key, kept] : waited.records)
        all.records.push_back({key.first, key.second, std::move(kept.body)});
    Unsaved wanted = std::exchange(s.unsaved, {});
    for (auto& [key, body] : wanted.rows)
        all.records.push_back({key.first, key.second, std::move(body)});
    std::ranges::move(waited.entries, std::back_inserter(all.entries));
    std::ranges::move(wanted.entries, std::back_inserter(all.entries));
    return all;
}

} // namespace

void append(Step& step) {
    State& s = step.s;
    const bool works = writes(s.store), asks = is_on_reserve(s.store) && s.backlog.retry;
    const bool awaited = !s.recording_now.empty() || !s.promised_now.empty();
    if (!works && !awaited && !s.backlog.retry && !step.exit_wanted)
        return put_aside(step);
    if (s.unsaved.empty() && is_empty(s.backlog) && !asks)
        return;
    if (works && !asks && !awaited && !step.write_now && !step.exit_wanted &&
        s.config.supervision.store_gather_ms > 0) {
        const Timer gather{Timer::Kind::store_gather, 0};
        if (!s.timers.is_armed(gather))
            s.timers.arm(gather, step.in_ms(s.config.supervision.store_gather_ms));
        return;
    }
    s.timers.disarm({Timer::Kind::store_gather, 0});
    make_rows(step);
    const StoreToken token = ++s.last_token;
    if (!s.recording_now.empty())
        s.recording[token] = std::exchange(s.recording_now, {});
    add_owed(step, token);
    Append all = take_all(step, token);
    s.in_flight[token] = all;
    step.out.push_back(std::move(all));
}

void append_now(Step& step) {
    step.write_now = true;
    append(step);
}

void appended(Step& step, StoreToken token) {
    State& s = step.s;
    const auto done = s.in_flight.find(token);
    if (done == s.in_flight.end())
        return;
    for (auto& record : done->second.records) { // what is kept from before it must not come after it
        const auto kept = s.backlog.records.find({record.kind, record.key});
        if (kept != s.backlog.records.end() && kept->second.since < token)
            s.backlog.records.erase(kept);
    }
    s.in_flight.erase(done);
}

void append_failed(Step& step, StoreToken token) {
    State& s = step.s;
    const auto failed = s.in_flight.find(token);
    if (failed == s.in_flight.end())
        return;
    Append all = std::move(failed->second);
    s.in_flight.erase(failed);
    for (auto& record : all.records)
        if (!is_on_its_way(s, record))
            keep(s.backlog, std::move(record), token);
    auto& entries = all.entries; // older than all that were put aside since
    s.backlog.entries.insert(s.backlog.entries.begin(), std::move_iterator(entries.begin()),
                             std::move_iterator(entries.end()));
    cut(s.backlog);
    step.s.timers.arm({Timer::Kind::store_retry, 0}, step.in_ms(retry_every_ms));
}

void retry_store(Step& step) { step.s.backlog.retry = step.s.store.state != "ok"; }

void forget_person(Step& step, const std::string& case_id) {
    const auto forget = [&](auto& entries) {
        for (auto& entry : entries)
            if (is_about(entry, case_id))
                entry.personal.clear();
    };
    forget(step.s.unsaved.entries);
    forget(step.s.backlog.entries);
    for (auto& [token, append] : step.s.in_flight) // what is kept of it if it fails
        forget(append.entries);
}

const std::string* kept_back(const State& s, const std::string& kind, const std::string& key) {
    if (const auto gathered = s.unsaved.rows.find({kind, key}); gathered != s.unsaved.rows.end())
        return &gathered->second;
    const auto kept = s.backlog.records.find({kind, key});
    return kept == s.backlog.records.end() ? nullptr : &kept->second.body;
}

} // namespace rekam::broker
