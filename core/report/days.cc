// SPDX-License-Identifier: Apache-2.0
// The fold over a journal: what stands from entry to entry, and what each day gets of it.
#include "core/report/days.h"

#include "core/journal/entry.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace rekam::report {
namespace {

using boost::json::object;
using journal::number_of;
using journal::text_of;

constexpr std::int64_t clock_slack_us = 1'000'000; ///< a clock is set back by a little all the time
constexpr std::size_t hash_shown = 12;

std::int64_t* place_of(BlankFigures& row, std::string_view end) {
    const std::pair<std::string_view, std::int64_t*> places[] = {
        {"issued", &row.issued}, {"rejected", &row.rejected}, {"spoiled", &row.spoiled}, {"unknown", &row.unknown}};
    for (const auto& [name, place] : places)
        if (name == end)
            return place;
    return nullptr;
}

bool flag_of(const object& entry, std::string_view name) {
    const auto* value = entry.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string with(const std::string& text, const std::string& more) {
    return text + (text.empty() || more.empty() ? "" : ": ") + more;
}

/// "acme/1 (serial 0042)"
std::string which(const std::string& device, const std::string& serial) {
    return device + (serial.empty() ? "" : " (serial " + serial + ")");
}

} // namespace

const std::vector<std::string_view>& figure_names() {
    static const std::vector<std::string_view> names{
        "visits",         "captures",       "retakes",       "prints",       "reprints",        "card-sessions",
        "card-exchanges", "refused",        "failures",      "unknown",      "reconciled",      "open-unknown",
        "holds",          "releases",       "replacements",  "fallbacks",    "bindings",        "resets",
        "drains",         "config-changes", "config-errors", "starts",       "power-cuts",      "plugins-failed",
        "quarantines",    "unsynchronised", "clock-back",    "journal-lost", "personal-erased", "recovered-at-start",
        "test-visits"};
    return names;
}

std::int64_t DayFigures::count(std::string_view name) const {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
}

DayFold::DayFold(std::string station, const Zone& zone, bool whole)
    : station_(std::move(station)), zone_(zone), whole_(whole) {}

DayFigures& DayFold::open_day(Day day) {
    const auto [at, fresh] = days_.try_emplace(day);
    DayFigures& figures = at->second;
    if (!fresh)
        return figures;
    figures.station = station_;
    figures.whole = whole_;
    figures.first_day = figures.last_day = day;
    for (const auto name : figure_names())
        figures.counts.emplace(name, 0);
    for (const auto& [device, hopper] : hoppers_) {
        BlankFigures& row = figures.blanks[device];
        row.start = row.left = hopper.left;
        row.known = hopper.known;
    }
    return figures;
}

void DayFold::note(DayFigures& day, std::string_view kind, std::string text) const {
    day.happenings.push_back({now_us_, std::string(kind), std::move(text)});
}

void DayFold::add(const object& entry) {
    const auto* at = entry.if_contains("at");
    const std::string kind = text_of(entry, "kind");
    now_us_ = at != nullptr && at->is_object() ? number_of(at->get_object(), "utc_us") : last_us_;
    DayFigures& day = open_day(zone_.day_of(now_us_));
    ++day.entries;
    see_clock(day, entry);
    const std::string topic = kind.substr(0, kind.find('.'));
    if (kind == "capture.end" || kind == "print.end" || kind == "card.end")
        see_job(day, entry, topic);
    else if (kind == "job.reconciled")
        see_settled(day, entry);
    else if (kind.ends_with(".refused") && topic != "config") {
        ++day.counts["refused"];
        const auto* readings = entry.if_contains("readings");
        note(day, kind,
             with(text_of(entry, "job") + " at " + text_of(entry, "slot"),
                  readings == nullptr ? "" : boost::json::serialize(*readings)));
    } else if (kind == "case.open") {
        see_visit(day, entry);
    } else if (topic == "cards")
        see_ledger(day, entry, kind);
    else if (topic == "device" && kind != "device.reset")
        see_device(day, entry, kind);
    else if (topic == "slot" || topic == "plugin" || topic == "device")
        see_mending(day, entry, kind);
    else
        see_station(day, entry, kind);
    last_us_ = now_us_;
}

void DayFold::see_visit(DayFigures& day, const object& entry) {
    if (text_of(entry, "purpose") == "test") {
        ++day.counts["test-visits"]; // nobody was there; what it captured counts, as the devices did it
        return;
    }
    ++day.counts["visits"];
    ++day.hours.at(zone_.hour_of(now_us_)).visits;
}

void DayFold::see_clock(DayFigures& day, const object& entry) {
    const auto* at = entry.if_contains("at");
    const auto* synced = at != nullptr && at->is_object() ? at->get_object().if_contains("synced") : nullptr;
    if (synced != nullptr && synced->is_bool() && !synced->get_bool())
        ++day.counts["unsynchronised"];
    if (now_us_ + clock_slack_us >= last_us_)
        return;
    ++day.counts["clock-back"];
    note(day, "clock-back", "from " + text_of(zone_.day_of(last_us_)) + " " + zone_.clock(last_us_));
}

void DayFold::see_job(DayFigures& day, const object& entry, std::string_view topic) {
    const std::string outcome = text_of(entry, "outcome"), job = text_of(entry, "job");
    const bool done = outcome == "done";
    ++day.outcomes[{std::string(topic), outcome, text_of(entry, "error")}];
    day.counts["failures"] += outcome == "failed" || outcome == "timeout" ? 1 : 0;
    day.counts["recovered-at-start"] += flag_of(entry, "restart") ? 1 : 0;
    auto& hour = day.hours.at(zone_.hour_of(now_us_));
    if (topic == "capture") {
        day.counts["captures"] += done ? 1 : 0;
        day.counts["retakes"] += number_of(entry, "attempt") > 1 ? 1 : 0;
        hour.captures += done ? 1 : 0;
    } else if (topic == "card") {
        ++day.counts["card-sessions"];
        day.counts["card-exchanges"] += number_of(entry, "exchanges");
    } else {
        day.counts["prints"] += done ? 1 : 0;
        hour.prints += done ? 1 : 0;
        if (const std::string of = text_of(entry, "reprint_of"); !of.empty()) {
            ++day.counts["reprints"];
            note(day, "reprint", job + " of " + of + ": " + outcome);
        }
        if (const std::string end = text_of(entry, "blank"); !end.empty())
            book(day, text_of(entry, "device"), end);
    }
    if (outcome == "unknown")
        see_unknown(day, entry);
}

void DayFold::see_unknown(DayFigures& day, const object& entry) {
    const std::string job = text_of(entry, "job"), slot = text_of(entry, "slot");
    ++day.counts["unknown"];
    note(day, "unknown", with(job + " at " + slot, text_of(entry, "error")));
    unknown_[job] = {{job, slot, text_of(entry, "device"), now_us_}, text_of(entry, "blank"), std::nullopt};
}

void DayFold::see_settled(DayFigures& day, const object& entry) {
    const std::string job = text_of(entry, "job"), blank = text_of(entry, "blank");
    ++day.counts["reconciled"];
    note(day, "reconciled", job + ": " + text_of(entry, "effect") + ", by " + text_of(entry, "by"));
    const auto found = unknown_.find(job);
    if (found == unknown_.end())
        return;
    auto& [outcome, was, settled_us] = found->second;
    settled_us = settled_us.value_or(now_us_);
    if (blank.empty() || was.empty() || blank == was)
        return;
    BlankFigures& row = blanks_of(day, outcome.device);
    Hopper& hopper = hoppers_[outcome.device];
    const auto move = [&](const std::string& place, std::int64_t by) {
        if (auto* at = place_of(row, place); at != nullptr)
            *at += by;
        else
            row.left = hopper.left += by;
    };
    move(was, -1);
    move(blank, 1);
    was = blank;
}

BlankFigures& DayFold::blanks_of(DayFigures& day, const std::string& device) {
    hoppers_.try_emplace(device, Hopper{0, whole_});
    const auto [at, fresh] = day.blanks.try_emplace(device);
    if (fresh) {
        at->second.start = at->second.left = hoppers_[device].left;
        at->second.known = hoppers_[device].known;
    }
    return at->second;
}

/// A print took a blank. What nobody thought to be in the hopper is a difference, as in the station's ledger.
void DayFold::book(DayFigures& day, const std::string& device, const std::string& end) {
    BlankFigures& row = blanks_of(day, device);
    auto* place = place_of(row, end);
    if (place == nullptr)
        return;
    Hopper& hopper = hoppers_[device];
    ++*place;
    if (hopper.known && hopper.left == 0)
        ++row.difference;
    else
        row.left = --hopper.left;
}

void DayFold::see_ledger(DayFigures& day, const object& entry, std::string_view kind) {
    const std::string device = text_of(entry, "device");
    const std::int64_t count = number_of(entry, "count");
    BlankFigures& row = blanks_of(day, device);
    Hopper& hopper = hoppers_[device];
    if (kind == "cards.load") {
        row.loaded += count;
        hopper.left += count;
    } else if (kind == "cards.spoil") {
        const std::int64_t missing = hopper.known ? std::max<std::int64_t>(0, count - hopper.left) : 0;
        row.spoiled += count;
        row.difference += missing;
        hopper.left -= count - missing;
    } else if (kind == "cards.count" && hopper.known) {
        row.difference += count - hopper.left;
        hopper.left = count;
    }
    row.left = hopper.left;
    see_total(device, number_of(entry, "left"), row);
}

/// The station's own total. Until the first one the journal may not reach back far enough to know what was in it.
void DayFold::see_total(const std::string& device, std::int64_t left, BlankFigures& row) {
    Hopper& hopper = hoppers_[device];
    const std::int64_t off = left - hopper.left;
    hopper.left = left;
    if (std::exchange(hopper.known, true)) {
        row.unexplained += off;
        row.left = left;
        return;
    }
    for (auto& [date, figures] : days_)
        if (const auto kept = figures.blanks.find(device); kept != figures.blanks.end() && !kept->second.known) {
            kept->second.start += off;
            kept->second.left += off;
            kept->second.known = true;
        }
}

void DayFold::end_downtimes(std::int64_t at_us) {
    for (auto& [device, spans] : down_)
        if (!spans.empty() && !spans.back().until_us)
            spans.back().until_us = std::max(spans.back().from_us, at_us);
}

void DayFold::see_device(DayFigures& day, const object& entry, std::string_view kind) {
    const std::string device = text_of(entry, "device");
    auto& spans = down_[device];
    const bool is_down = !spans.empty() && !spans.back().until_us;
    if (kind == "device.opened" || kind == "device.well") {
        if (is_down)
            spans.back().until_us = std::max(spans.back().from_us, now_us_);
        return;
    }
    if (kind != "device.failed" && kind != "device.quarantined" && kind != "device.stuck" && kind != "device.down")
        return;
    if (!is_down)
        spans.push_back({now_us_, std::nullopt});
    if (kind == "device.failed")
        return;
    day.counts["quarantines"] += kind == "device.quarantined" ? 1 : 0;
    note(day, kind, with(device, text_of(entry, "error")));
}

void DayFold::see_start(DayFigures& day) {
    ++day.counts["starts"];
    std::string how = "in order";
    if (running_) {
        ++day.counts["power-cuts"];
        how = "no stop before it: power cut or kill after " + text_of(zone_.day_of(last_us_)) + " " +
              zone_.clock(last_us_);
        end_downtimes(last_us_); // the devices begin anew with the station
    }
    running_ = true;
    note(day, "station.start", how);
}

void DayFold::see_station(DayFigures& day, const object& entry, std::string_view kind) {
    if (kind == "station.start")
        return see_start(day);
    if (kind == "station.stop") {
        running_ = false;
        end_downtimes(now_us_);
        note(day, kind, "");
    } else if (kind == "station.drain") {
        const bool on = flag_of(entry, "on");
        day.counts["drains"] += on ? 1 : 0;
        note(day, kind, std::string(on ? "on" : "off") + ", by " + text_of(entry, "cause"));
    } else if (kind == "config.loaded") {
        const std::string hash = text_of(entry, "hash"); // "sha256:460c…"
        if (std::exchange(config_hash_, hash) == hash)
            return; // a start reads the same files again
        ++day.counts["config-changes"];
        note(day, kind,
             "revision " + std::to_string(number_of(entry, "rev")) + ", hash " +
                 hash.substr(hash.find(':') + 1, hash_shown));
    } else if (kind == "config.refused") {
        ++day.counts["config-errors"];
        note(day, kind, text_of(entry, "reason"));
    } else if (kind == "journal.lost") {
        day.counts["journal-lost"] += number_of(entry, "count");
        note(day, kind, std::to_string(number_of(entry, "count")) + " entries could not be written");
    } else if (kind == "journal.erased") {
        ++day.counts["personal-erased"];
        note(day, kind, text_of(entry, "reason"));
    } else if (kind == "store.reserve") {
        note(day, kind, flag_of(entry, "on") ? "in use: the disk was full" : "kept back again");
    }
}

void DayFold::see_mending(DayFigures& day, const object& entry, std::string_view kind) {
    const std::string slot = text_of(entry, "slot"), device = text_of(entry, "device");
    const std::string plugin = text_of(entry, "plugin");
    const auto told = [&](std::string_view figure, std::string text) {
        if (!figure.empty())
            ++day.counts[std::string(figure)];
        note(day, kind, std::move(text));
    };
    if (kind == "slot.hold")
        told("holds", with(slot, text_of(entry, "reason")));
    else if (kind == "slot.release")
        told("releases", slot);
    else if (kind == "slot.bind")
        told("bindings", with(slot, which(device, text_of(entry, "serial"))));
    else if (kind == "slot.replace")
        told("replacements", slot + ": " + which(text_of(entry, "from"), text_of(entry, "from_serial")) + " -> " +
                                 which(text_of(entry, "to"), text_of(entry, "to_serial")));
    else if (kind == "slot.fallback")
        told("fallbacks", slot + ": " + which(text_of(entry, "from"), text_of(entry, "from_serial")) + " -> " +
                              which(text_of(entry, "to"), text_of(entry, "to_serial")));
    else if (kind == "device.reset")
        told("resets", device + ", " + text_of(entry, "level"));
    else if (kind == "plugin.failed")
        told("plugins-failed", with(plugin, text_of(entry, "error")));
    else if (kind == "plugin.quarantined")
        told("quarantines", with(plugin, text_of(entry, "error")));
    else if (kind == "plugin.reload" || kind == "plugin.clear")
        told("", device.empty() ? plugin : device);
}

void DayFold::gap() {
    whole_ = running_ = false;
    end_downtimes(last_us_);
    for (auto& [device, hopper] : hoppers_)
        hopper.known = false;
}

} // namespace rekam::report
