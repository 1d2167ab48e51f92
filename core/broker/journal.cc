// SPDX-License-Identifier: Apache-2.0
#include "core/broker/journal.h"

#include "core/broker/children.h"
#include "core/broker/prints.h"

#include <algorithm>

namespace rekam::broker {
namespace {

/// What vendors say, or files that cannot be read: of any length.
std::optional<std::string> capped(const std::optional<std::string>& words) {
    constexpr std::size_t bytes_max = 200;
    return words ? std::optional(shortened(*words, bytes_max)) : std::nullopt;
}

void add_error(Facts& to, const std::optional<model::Error>& error) {
    if (!error)
        return;
    to.add("error", error->code);
    to.add("vendor_code", error->vendor_code);
}

/// Which one it is, and whose code speaks for it.
void add_device(Facts& to, const State& s, const Device& device) {
    to.add("device", capped(device.id));
    to.add("serial", capped(device.facts.serial));
    const auto plugin = s.plugins.find(device.plugin);
    if (plugin == s.plugins.end())
        return;
    to.add("plugin", capped(plugin->second.id()));
    if (plugin->second.manifest)
        to.add("version", capped(plugin->second.manifest->version));
}

/// By its id: after a restart the device may not be there yet.
void add_device(Facts& to, const State& s, const std::optional<std::string>& id) {
    const auto known = id ? s.device_ids.find(*id) : s.device_ids.end();
    if (known != s.device_ids.end())
        add_device(to, s, s.devices.at(known->second));
    else
        to.add("device", capped(id));
}

Facts facts_of(const State& s, const wire::Job& job) {
    Facts facts;
    facts.add("job", job.job);
    facts.add("slot", job.slot);
    add_device(facts, s, job.device);
    facts.add("subject", job.subject);
    facts.add("attempt", job.attempt);
    facts.add("print", job.print);
    facts.add("intent", job.intent);
    if (job.reprint)
        facts.add("reprint_of", job.reprint->of);
    return facts;
}

/// Cards are a person's as well: their numbers lead to one.
Facts case_of(const wire::Job& job) {
    Facts personal;
    personal.add("case", job.case_);
    personal.add("operator", job.operator_);
    personal.add("client", job.client);
    personal.add("idem", job.idem);
    personal.add("cites", job.cites);
    personal.add("blank_serial", capped(job.blank_serial));
    if (job.card)
        personal.add("card_uid", capped(job.card->uid));
    return personal;
}

Facts person_of(const wire::Job& job) {
    Facts personal = case_of(job);
    if (job.reprint) {
        personal.add("second", job.reprint->second);
        personal.add("reason", job.reprint->reason);
    }
    return personal;
}

std::string_view topic_of(const wire::Job& job) {
    return !is_side_effect(job) ? "capture" : job.op == "print.start" ? "print" : "card";
}

std::string kind_of(const wire::Job& job, std::string_view what) {
    return std::string(topic_of(job)) + std::string(what);
}

Entry entry_of(const Step& step, std::string_view kind, const Facts& facts, const Facts& personal) {
    const Now& now = step.now;
    const Facts at{{"utc_us", now.utc_us}, {"mono_us", now.mono_us}, {"boot", step.s.boot}, {"synced", now.synced}};
    Facts body{{"kind", kind}, {"epoch", step.s.station_epoch}};
    body.add("at", at);
    body.add(facts);
    return {body.object(), personal.empty() ? "" : personal.object()};
}

} // namespace

void Step::journal(std::string_view kind, const Facts& facts, const Facts& personal) {
    journal_soon(kind, facts, personal);
    write_now = true;
}

void Step::journal_soon(std::string_view kind, const Facts& facts, const Facts& personal) {
    s.unsaved.entries.push_back(entry_of(*this, kind, facts, personal));
}

void journal_start(Step& step) {
    const State& s = step.s;
    Facts facts;
    facts.add("station", s.station_id);
    facts.add("build", s.build);
    facts.add("sandbox", "process");
    facts.add("sandbox_missing", s.sandbox_missing);
    facts.add("clock", step.now.synced ? "synchronised" : "unsynchronised");
    step.journal("station.start", facts);
}

void journal_stop(Step& step) { step.journal("station.stop", {}); }

void journal_config(Step& step) {
    const State& s = step.s;
    Facts facts{{"rev", s.config_state.rev}};
    if (s.config_state.error) {
        facts.add("reason", capped(s.config_state.error));
        return step.journal("config.refused", facts);
    }
    facts.add("hash", s.config.hash);
    facts.add("slots", s.config.slots.size());
    facts.add("plugins", s.config.plugins.size());
    step.journal("config.loaded", facts);
}

void journal_plugin(Step& step, const Plugin& plugin, std::string_view kind) {
    Facts facts;
    facts.add("plugin", plugin.id());
    facts.add("path", plugin.config.path);
    if (plugin.manifest)
        facts.add("version", capped(plugin.manifest->version));
    if (kind != "plugin.seen")
        add_error(facts, plugin.error);
    step.journal(kind, facts);
}

void journal_device(Step& step, const Device& device, std::string_view kind) {
    Facts facts;
    add_device(facts, step.s, device);
    facts.add("firmware", capped(device.facts.firmware));
    std::vector<std::string> slots;
    for (const auto& [name, slot] : step.s.slots)
        if (slot.device == device.no)
            slots.emplace_back(name);
    facts.add("slots", slots);
    facts.add("restarts", device.restarts);
    add_error(facts, device.failing ? std::optional(model::make_error(model::Code::device_down, "")) : device.error);
    step.journal(kind, facts);
}

void journal_drain(Step& step, bool on, model::DrainCause cause, const std::string& by,
                   const std::optional<std::string>& reason) {
    Facts facts{{"on", on}}, personal;
    facts.add("cause", cause);
    personal.add("by", std::optional(by));
    personal.add("reason", reason);
    step.journal("station.drain", facts, personal);
}

void journal_ledger(Step& step, const LedgerChange& change, const wire::Hopper& hopper) {
    Facts facts{{"count", change.count}}, personal;
    facts.add("slot", change.slot);
    add_device(facts, step.s, std::optional(change.device));
    const std::pair<const char*, std::int64_t> places[] = {
        {"loaded", hopper.loaded},        {"issued", hopper.issued},   {"rejected", hopper.rejected},
        {"spoiled", hopper.spoiled},      {"unknown", hopper.unknown}, {"left", hopper.left},
        {"difference", hopper.difference}};
    for (const auto& [name, cards] : places)
        facts.add(name, cards);
    personal.add("by", change.by);
    personal.add("reason", change.reason);
    step.journal(change.kind, facts, personal);
}

void journal_binding(Step& step, const Slot& slot, const Session& by) {
    const Binding& binding = step.s.bindings.at(slot.config.name);
    Facts facts, personal;
    facts.add("slot", slot.config.name);
    add_device(facts, step.s, std::optional(binding.device));
    facts.add("configured", binding.pattern);
    personal.add("client", by.client);
    personal.add("operator", by.operator_);
    step.journal("slot.bind", facts, personal);
}

void journal_case_opened(Step& step, const Case& kept) {
    Facts facts, personal;
    facts.add("purpose", kept.record.purpose);
    facts.add("desk", kept.record.desk);
    personal.add("case", kept.record.case_);
    personal.add("operator", kept.record.operator_);
    personal.add("client", kept.record.client);
    step.journal("case.open", facts, personal);
}

void journal_case_closed(Step& step, const Case& kept) {
    std::vector<std::string> frames;
    for (const auto& capture : kept.record.captures)
        if (capture.kept)
            for (const auto& frame : *capture.kept)
                frames.emplace_back(frame);
    Facts facts{{"captures", kept.record.captures.size()},
                {"cards", kept.record.cards ? kept.record.cards->size() : 0},
                {"kept", frames.size()}};
    Facts personal;
    personal.add("case", kept.record.case_);
    personal.add("frames", frames);
    step.journal("case.close", facts, personal);
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
    Facts facts = facts_of(step.s, job.record);
    if (job.record.evidence_before)
        facts.add("counter", job.record.evidence_before->counter);
    step.journal(kind_of(job.record, ".begins"), facts, person_of(job.record));
}

void journal_end(Step& step, const wire::Job& job, HowEnded how) {
    Facts facts = facts_of(step.s, job);
    facts.add("outcome", job.outcome);
    facts.add("effect", job.effect);
    add_error(facts, job.error);
    facts.add("card_at", job.card_at);
    facts.add("blank", job.blank);
    facts.add("counter_before", job.counter_before);
    facts.add("counter_after", job.counter_after);
    facts.add("exchanges", job.exchanges);
    if (job.frames) {
        std::vector<std::string> hashes;
        for (const auto& frame : *job.frames)
            hashes.emplace_back(frame.hash);
        facts.add("frames", hashes);
    }
    if (how == HowEnded::restart)
        facts.add("restart", true);
    if (is_side_effect(job) || how == HowEnded::restart)
        step.journal(kind_of(job, ".end"), facts, person_of(job));
    else
        step.journal_soon(kind_of(job, ".end"), facts, person_of(job));
}

void journal_refused(Step& step, const Job& job, const Device& device) {
    Facts facts = facts_of(step.s, job.record), readings;
    for (const auto& [name, seen] : device.readings)
        readings.add(name, seen.value);
    facts.add("readings", readings);
    step.journal(kind_of(job.record, ".refused"), facts, person_of(job.record));
}

void journal_reconciled(Step& step, const wire::Job& job) {
    Facts facts = facts_of(step.s, job), personal = case_of(job); // who asked for the reprint stands in its intent
    facts.add("effect", job.reconciled->effect);
    facts.add("by", "persons");
    facts.add("blank", job.blank);
    personal.add("by", job.reconciled->by);
    personal.add("second", job.reconciled->second);
    personal.add("reason", job.reconciled->reason);
    step.journal("job.reconciled", facts, personal);
}

void journal_evidence(Step& step, const wire::Job& job) {
    Facts facts = facts_of(step.s, job);
    if (job.evidence_after)
        facts.add("counter", job.evidence_after->counter);
    if (job.reconciled) {
        facts.add("effect", job.reconciled->effect);
        facts.add("by", job.reconciled->second ? "persons" : job.reconciled->by);
        facts.add("blank", job.blank);
    }
    step.journal(job.reconciled ? "job.reconciled" : "job.undecided", facts, person_of(job));
}

} // namespace rekam::broker
