// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/daily_report.h"

#include "core/base/digest.h"
#include "core/journal/entry.h"
#include "core/report/days.h"
#include "core/wire/codec.h"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace rekam::rekamd {
namespace {

using model::Code;
using model::make_error;

// Bytes of each list: with the figures and the head they fit one answer of 64 KiB.
constexpr std::size_t outcome_bytes = 8'000, blank_bytes = 10'000, down_bytes = 8'000, happening_bytes = 16'000,
                      open_bytes = 6'000;

/// Cuts the list where it gets too long; says how many are left out.
template <class Item> std::int64_t cut(std::vector<Item>& items, std::size_t bytes_max) {
    std::size_t bytes = 0, kept = 0;
    while (kept < items.size() && (bytes += wire::encode(items[kept]).size() + 1) <= bytes_max)
        ++kept;
    const auto left = static_cast<std::int64_t>(items.size() - kept);
    items.resize(kept);
    return left;
}

void add_blanks(wire::ReportDailyResult& to, const report::DayFigures& day) {
    for (const auto& [device, row] : day.blanks) {
        wire::ReportBlanks blanks;
        blanks.device = device;
        if (row.known) {
            blanks.start = row.start;
            blanks.left = row.left;
        }
        blanks.loaded = row.loaded;
        blanks.issued = row.issued;
        blanks.rejected = row.rejected;
        blanks.spoiled = row.spoiled;
        blanks.unknown = row.unknown;
        blanks.difference = row.difference;
        blanks.unexplained = row.unexplained;
        to.blanks.push_back(std::move(blanks));
    }
}

wire::ReportDailyResult result_of(const report::DayFigures& day) {
    wire::ReportDailyResult result;
    result.day = report::text_of(day.first_day);
    result.entries = day.entries;
    result.whole = day.whole;
    for (const auto name : report::figure_names())
        result.figures.emplace(name, day.count(name));
    for (const auto& [key, count] : day.outcomes)
        result.outcomes.push_back(
            {key.what, key.outcome, key.cause.empty() ? std::nullopt : std::optional(key.cause), count});
    for (const auto& hour : day.hours)
        result.hours.push_back({hour.visits, hour.captures, hour.prints});
    add_blanks(result, day);
    for (const auto& [device, down] : day.downtime)
        result.down.push_back({device, down.ms, down.times, down.still});
    for (const auto& one : day.happenings)
        result.happenings.push_back({one.utc_us, one.kind, one.text});
    for (const auto& one : day.open)
        result.open.push_back({one.job, one.slot, one.device, one.utc_us});
    const wire::ReportLeftOut left{cut(result.outcomes, outcome_bytes), cut(result.blanks, blank_bytes),
                                   cut(result.down, down_bytes), cut(result.happenings, happening_bytes),
                                   cut(result.open, open_bytes)};
    if (left != wire::ReportLeftOut{})
        result.left_out = left;
    return result;
}

std::int64_t utc_us_of(const boost::json::object& entry) {
    const auto* at = entry.if_contains("at");
    return at != nullptr && at->is_object() ? journal::number_of(at->get_object(), "utc_us") : 0;
}

wire::Expected<report::Day> day_of(const broker::DailyReport& asked, const report::Zone& zone) {
    const report::Day today = zone.day_of(asked.now_us);
    if (!asked.day)
        return today;
    const auto day = report::read_day(*asked.day);
    if (!day)
        return make_error(Code::out_of_range, "params.day must be a date of the calendar, like 2026-11-27",
                          "params.day");
    if (*day > today)
        return make_error(Code::out_of_range,
                          "params.day is not yet: at the station it is " + report::text_of(today) +
                              "; ask for that day, or an earlier one",
                          "params.day");
    return *day;
}

} // namespace

wire::Expected<wire::ReportDailyResult> daily_report(JournalReader& reader, const broker::DailyReport& asked,
                                                     const std::optional<journal::SignedHead>& head,
                                                     const std::string& public_key,
                                                     const std::function<bool()>& go_on) {
    if (asked.station.zone != "UTC" && !report::Zone::known(asked.station.zone))
        return make_error(Code::not_ready, "the station's machine does not know when the day begins in " +
                                               asked.station.zone + ": install its zone database (tzdata)");
    const report::Zone zone(asked.station.zone);
    const auto day = day_of(asked, zone);
    if (!day)
        return day.error();
    const std::int64_t end_us = zone.start_us(*day + std::chrono::days(1));
    const auto vouches = head ? head : reader.newest_head();
    const auto read = vouches ? journal::read_head(vouches->text) : std::nullopt;
    const std::int64_t last = head && read ? read->seq : reader.last_seq();
    // From the oldest entry on: what is open, down or in a hopper that day may have begun long before.
    std::optional<report::DayFold> fold;
    const bool ended = reader.each_entry(
        last, [&](std::int64_t first) { fold.emplace(asked.station.id, zone, first == 1); },
        [&](const std::string& body) {
            const auto entry = boost::json::parse(body).as_object();
            if (utc_us_of(entry) < end_us)
                fold->add(entry);
        },
        go_on);
    if (!ended)
        return make_error(Code::shutting_down, "the station is stopping; try again when it is back");
    auto result = result_of(fold->finish(*day, std::min(asked.now_us, end_us)).front());
    result.station = asked.station;
    result.from_us = zone.start_us(*day);
    result.until_us = std::min(asked.now_us, end_us);
    result.head = shown(vouches, public_key);
    result.unsigned_ = std::max<std::int64_t>(0, last - (read ? read->seq : 0));
    return result;
}

std::optional<wire::JournalHeadResult> shown(const std::optional<journal::SignedHead>& head,
                                             const std::string& public_key) {
    const auto read = head ? journal::read_head(head->text) : std::nullopt;
    if (!read)
        return std::nullopt;
    return wire::JournalHeadResult{read->station,          read->seq,          to_hex(read->hash),       read->utc_us,
                                   read->key_id,           to_hex(public_key), journal::on_paper(*read), head->text,
                                   to_hex(head->signature)};
}

} // namespace rekam::rekamd
