// SPDX-License-Identifier: Apache-2.0
#include "core/broker/journal.h"

#include "core/broker/children.h"
#include "core/broker/prints.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::broker {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::size_t text_bytes_max = 200;

void add(object& to, std::string_view name, std::string_view text) {
    to[name] = shortened(std::string(text), text_bytes_max);
}

void add(object& to, std::string_view name, const std::optional<std::string>& text) {
    if (text && !text->empty())
        add(to, name, std::string_view(*text));
}

void add(object& to, std::string_view name, const std::optional<std::int64_t>& number) {
    if (number)
        to[name] = *number;
}

template <class Word>
requires std::is_enum_v<Word>
void add(object& to, std::string_view name, Word word) { to[name] = model::name(word); }

void add_error(object& to, const std::optional<model::Error>& error) {
    if (!error)
        return;
    add(to, "error", error->code);
    add(to, "vendor_code", error->vendor_code);
}

/// Which one it is, and whose code speaks for it.
void add_device(object& to, const State& s, const Device& device) {
    add(to, "device", std::string_view(device.id));
    add(to, "serial", device.facts.serial);
    const auto plugin = s.plugins.find(device.plugin);
    if (plugin == s.plugins.end())
        return;
    add(to, "plugin", std::string_view(plugin->second.id()));
    if (plugin->second.manifest)
        add(to, "version", std::string_view(plugin->second.manifest->version));
}

/// By its id: after a restart the device may not be there yet.
void add_device(object& to, const State& s, const std::optional<std::string>& id) {
    const auto known = id ? s.device_ids.find(*id) : s.device_ids.end();
    if (known != s.device_ids.end())
        add_device(to, s, s.devices.at(known->second));
    else
        add(to, "device", id);
}

object facts_of(const State& s, const wire::Job& job) {
    object facts;
    add(facts, "job", std::string_view(job.job));
    add(facts, "slot", std::string_view(job.slot));
    add_device(facts, s, job.device);
    add(facts, "subject", job.subject);
    add(facts, "attempt", job.attempt);
    add(facts, "print", job.print);
    if (job.intent)
        add(facts, "intent", *job.intent);
    if (job.reprint)
        add(facts, "reprint_of", std::string_view(job.reprint->of));
    return facts;
}

/// Cards are a person's as well: their numbers lead to one.
object person_of(const wire::Job& job) {
    object personal;
    add(personal, "case", std::string_view(job.case_));
    add(personal, "operator", job.operator_);
    add(personal, "client", std::string_view(job.client));
    add(personal, "idem", std::string_view(job.idem));
    add(personal, "cites", job.cites);
    add(personal, "blank_serial", job.blank_serial);
    if (job.card)
        add(personal, "card_uid", job.card->uid);
    if (job.reprint) {
        add(personal, "second", std::string_view(job.reprint->second));
        add(personal, "reason", std::string_view(job.reprint->reason));
    }
    return personal;
}

std::string_view topic_of(const wire::Job& job) {
    return !is_side_effect(job) ? "capture" : job.op == "print.start" ? "print" : "card";
}

std::string kind_of(const wire::Job& job, std::string_view what) {
    return std::string(topic_of(job)) + std::string(what);
}

Entry entry_of(const Step& step, std::string_view kind, object facts, const object& personal) {
    const Now& now = step.now;
    object body{
        {"kind", kind},
        {"epoch", step.s.station_epoch},
        {"at",
         object{{"utc_us", now.utc_us}, {"mono_us", now.mono_us}, {"boot", step.s.boot}, {"synced", now.synced}}}};
    for (auto& fact : facts)
        body.emplace(fact.key(), std::move(fact.value()));
    return {boost::json::serialize(body), personal.empty() ? "" : boost::json::serialize(personal)};
}

} // namespace

void Step::journal(std::string_view kind, object facts, object personal) {
    journal_soon(kind, std::move(facts), std::move(personal));
    write_now = true;
}

void Step::journal_soon(std::string_view kind, object facts, object personal) {
    s.unsaved.entries.push_back(entry_of(*this, kind, std::move(facts), personal));
}

void journal_start(Step& step) {
    const State& s = step.s;
    object facts;
    add(facts, "station", std::string_view(s.station_id));
    add(facts, "build", std::string_view(s.build));
    facts["sandbox"] = "process";
    array missing;
    for (const auto& defence : s.sandbox_missing)
        missing.emplace_back(defence);
    facts["sandbox_missing"] = std::move(missing);
    facts["clock"] = step.now.synced ? "synchronised" : "unsynchronised";
    step.journal("station.start", std::move(facts));
}

void journal_stop(Step& step) { step.journal("station.stop", {}); }

void journal_config(Step& step) {
    const State& s = step.s;
    object facts{{"rev", s.config_state.rev}};
    if (s.config_state.error) {
        add(facts, "reason", s.config_state.error);
        return step.journal("config.refused", std::move(facts));
    }
    add(facts, "hash", std::string_view(s.config.hash));
    facts["slots"] = s.config.slots.size();
    facts["plugins"] = s.config.plugins.size();
    step.journal("config.loaded", std::move(facts));
}

void journal_plugin(Step& step, const Plugin& plugin, std::string_view kind) {
    object facts;
    add(facts, "plugin", std::string_view(plugin.id()));
    add(facts, "path", std::string_view(plugin.config.path));
    if (plugin.manifest)
        add(facts, "version", std::string_view(plugin.manifest->version));
    if (kind != "plugin.seen")
        add_error(facts, plugin.error);
    step.journal(kind, std::move(facts));
}

void journal_device(Step& step, const Device& device, std::string_view kind) {
    object facts;
    add_device(facts, step.s, device);
    add(facts, "firmware", device.facts.firmware);
    array slots;
    for (const auto& [name, slot] : step.s.slots)
        if (slot.device == device.no)
            slots.emplace_back(name);
    facts["slots"] = std::move(slots);
    facts["restarts"] = device.restarts;
    add_error(facts, device.failing ? std::optional(model::make_error(model::Code::device_down, "")) : device.error);
    step.journal(kind, std::move(facts));
}

void journal_drain(Step& step, bool on, model::DrainCause cause, const std::string& by,
                   const std::optional<std::string>& reason) {
    object facts{{"on", on}}, personal;
    add(facts, "cause", cause);
    add(personal, "by", by.empty() ? std::nullopt : std::optional(by));
    add(personal, "reason", reason);
    step.journal("station.drain", std::move(facts), std::move(personal));
}

void journal_ledger(Step& step, const LedgerChange& change, const wire::Hopper& hopper) {
    object facts{{"count", change.count}}, personal;
    add(facts, "slot", std::string_view(change.slot));
    add_device(facts, step.s, std::optional(change.device));
    const std::pair<const char*, std::int64_t> places[] = {
        {"loaded", hopper.loaded},        {"issued", hopper.issued},   {"rejected", hopper.rejected},
        {"spoiled", hopper.spoiled},      {"unknown", hopper.unknown}, {"left", hopper.left},
        {"difference", hopper.difference}};
    for (const auto& [name, cards] : places)
        facts[name] = cards;
    add(personal, "by", std::string_view(change.by));
    add(personal, "reason", change.reason);
    step.journal(change.kind, std::move(facts), std::move(personal));
}

void journal_binding(Step& step, const Slot& slot, const Session& by) {
    const Binding& binding = step.s.bindings.at(slot.config.name);
    object facts, personal;
    add(facts, "slot", std::string_view(slot.config.name));
    add_device(facts, step.s, std::optional(binding.device));
    add(facts, "configured", std::string_view(binding.pattern));
    add(personal, "client", std::string_view(by.client));
    add(personal, "operator", by.operator_);
    step.journal("slot.bind", std::move(facts), std::move(personal));
}

void journal_case_opened(Step& step, const Case& kept) {
    object facts, personal;
    add(facts, "purpose", kept.record.purpose);
    add(facts, "desk", kept.record.desk);
    add(personal, "case", std::string_view(kept.record.case_));
    add(personal, "operator", kept.record.operator_);
    add(personal, "client", std::string_view(kept.record.client));
    step.journal("case.open", std::move(facts), std::move(personal));
}

void journal_case_closed(Step& step, const Case& kept) {
    array frames;
    for (const auto& capture : kept.record.captures)
        if (capture.kept)
            for (const auto& frame : *capture.kept)
                frames.emplace_back(frame);
    object facts{{"captures", kept.record.captures.size()},
                 {"cards", kept.record.cards ? kept.record.cards->size() : 0},
                 {"kept", frames.size()}};
    object personal;
    add(personal, "case", std::string_view(kept.record.case_));
    personal["frames"] = std::move(frames);
    step.journal("case.close", std::move(facts), std::move(personal));
}

Entry erasure_entry(const Step& step, const std::string& reason, const std::string& by) {
    return entry_of(step, "journal.erased", {{"reason", reason}}, {{"by", by}});
}

void journal_intent(Step& step, const Job& job) {
    if (!job.print && !(job.card && job.card->params.intent == model::CardIntent::write))
        return;
    step.journal(kind_of(job.record, ".intent"), facts_of(step.s, job.record), person_of(job.record));
}

void journal_begins(Step& step, const Job& job) {
    object facts = facts_of(step.s, job.record);
    if (job.record.evidence_before)
        add(facts, "counter", job.record.evidence_before->counter);
    step.journal(kind_of(job.record, ".begins"), std::move(facts), person_of(job.record));
}

void journal_end(Step& step, const wire::Job& job, HowEnded how) {
    object facts = facts_of(step.s, job);
    if (job.outcome)
        add(facts, "outcome", *job.outcome);
    add(facts, "effect", job.effect);
    add_error(facts, job.error);
    if (job.card_at)
        add(facts, "card_at", *job.card_at);
    if (job.blank)
        add(facts, "blank", *job.blank);
    add(facts, "counter_before", job.counter_before);
    add(facts, "counter_after", job.counter_after);
    add(facts, "exchanges", job.exchanges);
    if (job.frames) {
        array hashes;
        for (const auto& frame : *job.frames)
            hashes.emplace_back(frame.hash);
        facts["frames"] = std::move(hashes);
    }
    if (how == HowEnded::restart)
        facts["restart"] = true;
    if (is_side_effect(job) || how == HowEnded::restart)
        step.journal(kind_of(job, ".end"), std::move(facts), person_of(job));
    else
        step.journal_soon(kind_of(job, ".end"), std::move(facts), person_of(job));
}

void journal_refused(Step& step, const Job& job, const Device& device) {
    object facts = facts_of(step.s, job.record), readings;
    for (const auto& [name, seen] : device.readings)
        readings[name] = seen.value;
    facts["readings"] = std::move(readings);
    step.journal(kind_of(job.record, ".refused"), std::move(facts), person_of(job.record));
}

void journal_reconciled(Step& step, const wire::Job& job) {
    object facts = facts_of(step.s, job), personal = person_of(job);
    add(facts, "effect", job.reconciled->effect);
    add(facts, "by", std::string_view("persons"));
    if (job.blank)
        add(facts, "blank", *job.blank);
    add(personal, "by", std::string_view(job.reconciled->by));
    add(personal, "second", job.reconciled->second);
    add(personal, "reason", job.reconciled->reason);
    step.journal("job.reconciled", std::move(facts), std::move(personal));
}

void journal_evidence(Step& step, const wire::Job& job) {
    object facts = facts_of(step.s, job);
    if (job.evidence_after)
        add(facts, "counter", job.evidence_after->counter);
    if (job.reconciled) {
        add(facts, "effect", job.reconciled->effect);
        add(facts, "by", job.reconciled->second ? std::string_view("persons") : std::string_view(job.reconciled->by));
        if (job.blank)
            add(facts, "blank", *job.blank);
    }
    step.journal(job.reconciled ? "job.reconciled" : "job.undecided", std::move(facts), person_of(job));
}

} // namespace rekam::broker
