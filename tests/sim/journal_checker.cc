// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/journal_checker.h"

#include "core/wire/codec.h"
#include "core/wire/json.h"
#include "tests/sim/violation.h"

namespace rekam::sim {
namespace {

std::string text_of(const boost::json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool is_settled(const broker::State& state, const Disk& disk) {
    return state.store.state == "ok" && state.unsaved.empty() && state.in_flight.empty() &&
           state.backlog.entries.empty() && state.backlog.records.empty() && disk.is_idle();
}

/// Each key once, too.
boost::json::object object_of(const std::string& text) {
    const auto value = wire::parse_json(text, {.bytes = 1 << 20, .keys = 8'192});
    require(value && value->is_object(), "an_entry_is_one_object", text);
    return value->as_object();
}

/// Of the newest of them: the others were looked at when they were.
constexpr std::ptrdiff_t looked_at = 3;

} // namespace

void JournalChecker::check(const broker::State& state, std::int64_t now_us) {
    for (const auto& journal = disk_.journal(); read_ < journal.size(); ++read_)
        read(journal[read_]);
    a_store_that_works_is_used(state, now_us);
    what_is_gathered_is_written(state, now_us);
    if (is_settled(state, disk_))
        what_ended_is_on_the_disk(state);
}

void JournalChecker::read(const broker::Entry& entry) {
    const auto body = object_of(entry.body);
    const std::string kind = text_of(body, "kind"), job = text_of(body, "job");
    const bool ends = kind == "print.end" || kind == "card.end" || kind == "capture.end";
    if (!ends && kind != "print.intent" && kind != "card.intent")
        return;
    const auto personal = object_of(entry.personal);
    const std::string key = text_of(personal, "client") + "\n" + text_of(personal, "idem");
    if (!ends)
        return one_intent_per_key(job, key);
    const auto [known, fresh] = ends_.emplace(job, Ending{text_of(body, "outcome"), body.contains("restart")});
    require(fresh, "one_end_per_job", job + " ended as " + known->second.outcome + ", and again: " + entry.body);
    if (const auto intent = open_intents_.find(key); intent != open_intents_.end() && intent->second == job)
        open_intents_.erase(intent);
}

/// No second card is meant before it is said how the first one ended.
void JournalChecker::one_intent_per_key(const std::string& job, const std::string& key) {
    if (ends_.contains(job)) // its append was refused, and came after that of the end
        return;
    const auto [known, fresh] = open_intents_.emplace(key, job);
    require(fresh, "one_intent_per_key", job + " follows " + known->second + " under the key " + key);
}

void JournalChecker::a_store_that_works_is_used(const broker::State& state, std::int64_t now_us) const {
    require(state.store.state == "ok" || !disk_.is_idle() || now_us < disk_.mended_us() + 1'500'000,
            "a_store_that_works_is_used", "nothing was written since the disk was mended");
}

/// What nobody waits for waits for a few milliseconds only.
void JournalChecker::what_is_gathered_is_written(const broker::State& state, std::int64_t now_us) {
    if (state.unsaved.empty() || gathered_epoch_ != state.station_epoch)
        gathered_since_us_.reset();
    else if (!gathered_since_us_)
        gathered_since_us_ = now_us;
    gathered_epoch_ = state.station_epoch;
    require(!gathered_since_us_ || now_us < *gathered_since_us_ + 1'000'000, "what_is_gathered_is_written",
            "records wait, and nothing is written");
}

/// What a client heard of a side effect is in the journal, and every end is in the records.
void JournalChecker::what_ended_is_on_the_disk(const broker::State& state) const {
    const auto& order = state.ended_order;
    const auto count = std::min<std::ptrdiff_t>(looked_at, std::ssize(order));
    for (auto key = order.end() - count; key != order.end(); ++key) {
        const auto ended = state.ended.find(*key);
        if (ended == state.ended.end() || !ended->second.record)
            continue;
        const auto& record = *ended->second.record;
        require(disk_.body("job", *key) == ended->second.identity + "\n" + wire::encode(record),
                "what_ended_is_on_the_disk", record.job + " is not on the disk as it is told");
        const auto end = ends_.find(record.job);
        require(end != ends_.end(), "what_ended_is_in_the_journal", record.job + " ended, and no entry says so");
        require(end->second.outcome == model::name(*record.outcome), "what_ended_is_in_the_journal",
                record.job + " was " + end->second.outcome + " there");
    }
}

} // namespace rekam::sim
