// SPDX-License-Identifier: Apache-2.0
// What a day gets when all entries are known: downtimes and open outcomes cut at its ends; and sums of days.
#include "core/report/days.h"

#include <algorithm>

namespace rekam::report {
namespace {

void add_blanks(BlankFigures& to, const BlankFigures& row) {
    to.loaded += row.loaded;
    to.issued += row.issued;
    to.rejected += row.rejected;
    to.spoiled += row.spoiled;
    to.unknown += row.unknown;
    to.difference += row.difference;
    to.unexplained += row.unexplained;
    to.left = row.left;
    to.known = to.known && row.known;
}

/// Adds what simply adds up; the days of a station come in their order.
void add_day(DayFigures& to, const DayFigures& day, const std::string& prefix) {
    to.first_day = std::min(to.first_day, day.first_day);
    to.last_day = std::max(to.last_day, day.last_day);
    to.entries += day.entries;
    to.whole = to.whole && day.whole;
    for (const auto& [name, count] : day.counts)
        to.counts[name] += count;
    for (const auto& [key, count] : day.outcomes)
        to.outcomes[key] += count;
    for (std::size_t hour = 0; hour < day.hours.size(); ++hour) {
        to.hours.at(hour).visits += day.hours.at(hour).visits;
        to.hours.at(hour).captures += day.hours.at(hour).captures;
        to.hours.at(hour).prints += day.hours.at(hour).prints;
    }
    for (const auto& [device, row] : day.blanks) {
        const auto [at, fresh] = to.blanks.try_emplace(prefix + device);
        if (fresh) {
            at->second.start = row.start;
            at->second.known = row.known;
        }
        add_blanks(at->second, row);
    }
    for (const auto& [device, down] : day.downtime) {
        Downtime& all = to.downtime[prefix + device];
        all.ms += down.ms;
        all.times += down.times;
        all.still = down.still;
    }
    for (const auto& happening : day.happenings)
        to.happenings.push_back({happening.utc_us, happening.kind, prefix + happening.text});
}

} // namespace

std::vector<DayFigures> DayFold::finish(std::optional<Day> wanted, std::int64_t as_of_us) {
    if (wanted)
        open_day(*wanted);
    std::vector<DayFigures> all;
    for (auto& [date, figures] : days_) {
        if (wanted && date != *wanted)
            continue;
        finish_day(figures, as_of_us);
        all.push_back(figures);
    }
    return all;
}

void DayFold::finish_day(DayFigures& day, std::int64_t as_of_us) const {
    const std::int64_t from_us = zone_.start_us(day.first_day);
    const std::int64_t until_us = std::min(zone_.start_us(day.last_day + std::chrono::days(1)), as_of_us);
    for (const auto& [device, spans] : down_)
        for (const auto& span : spans) {
            const std::int64_t begins = std::max(span.from_us, from_us);
            const std::int64_t ends = std::min(span.until_us.value_or(until_us), until_us);
            if (span.from_us >= until_us || ends < begins)
                continue;
            Downtime& down = day.downtime[device];
            down.ms += (ends - begins) / 1'000;
            ++down.times;
            down.still = !span.until_us || *span.until_us > until_us;
        }
    for (const auto& [job, unknown] : unknown_)
        if (unknown.outcome.utc_us < until_us && (!unknown.settled_us || *unknown.settled_us >= until_us))
            day.open.push_back(unknown.outcome);
    std::ranges::sort(day.open, {}, &OpenOutcome::utc_us);
    day.counts["open-unknown"] = static_cast<std::int64_t>(day.open.size());
}

DayFigures sum_of(const std::vector<DayFigures>& days) {
    DayFigures sum;
    sum.first_day = days.front().first_day;
    sum.last_day = days.front().last_day;
    std::map<std::string, const DayFigures*> last; // of each station: what is open then is open
    for (const auto& day : days)
        last[day.station] = &day;
    const bool several = last.size() > 1;
    sum.station = several ? std::to_string(last.size()) + " stations" : days.front().station;
    for (const auto& day : days)
        add_day(sum, day, several ? day.station + " " : "");
    for (const auto& [station, day] : last)
        for (OpenOutcome open : day->open) {
            if (several)
                open.job.insert(0, station + " ");
            sum.open.push_back(std::move(open));
        }
    sum.counts["open-unknown"] = static_cast<std::int64_t>(sum.open.size());
    std::ranges::stable_sort(sum.happenings, {}, &Happening::utc_us);
    return sum;
}

} // namespace rekam::report
