// SPDX-License-Identifier: Apache-2.0
// A report as tables.
#include "core/ctl/report.h"

#include <algorithm>

namespace rekam::ctl {
namespace {

constexpr std::size_t pairs_a_row = 4;
constexpr std::size_t happenings_max = 40; ///< more than that is read in the journal itself; the page has an end

std::string number(std::int64_t value) { return std::to_string(value); }

std::string duration(std::int64_t ms) {
    const std::int64_t minutes = ms / 60'000;
    return minutes == 0 ? number(ms / 1'000) + " s" : number(minutes / 60) + " h " + number(minutes % 60) + " min";
}

Section figures(const DayFigures& day) {
    Section section{"FIGURES", {}, {}, ""};
    const auto& names = figure_names();
    const std::size_t lines = (names.size() + pairs_a_row - 1) / pairs_a_row;
    for (std::size_t column = 0; column < pairs_a_row; ++column)
        section.head.insert(section.head.end(), {"WHAT", "COUNT"});
    for (std::size_t line = 0; line < lines; ++line) {
        section.rows.emplace_back();
        for (std::size_t at = line; at < lines * pairs_a_row; at += lines) {
            const bool there = at < names.size();
            section.rows.back().push_back(there ? std::string(names[at]) : "");
            section.rows.back().push_back(there ? number(day.count(names[at])) : "");
        }
    }
    return section;
}

Section outcomes(const DayFigures& day) {
    Section section{"OUTCOMES BY CAUSE", {"JOB", "OUTCOME", "CAUSE", "COUNT"}, {}, ""};
    for (const auto& [key, count] : day.outcomes)
        section.rows.push_back({key.what, key.outcome, key.cause, number(count)});
    return section;
}

Section blanks(const DayFigures& day) {
    Section section{"BLANK CARDS",
                    {"PRINTER", "START", "LOADED", "ISSUED", "REJECTED", "SPOILED", "UNKNOWN", "LEFT", "DIFF"},
                    {},
                    ""};
    for (const auto& [device, row] : day.blanks) {
        const auto standing = [&](std::int64_t value) { return row.known ? number(value) : "?"; };
        section.rows.push_back({device, standing(row.start), number(row.loaded), number(row.issued),
                                number(row.rejected), number(row.spoiled), number(row.unknown), standing(row.left),
                                number(row.difference)});
        if (row.unexplained != 0)
            section.note += (section.note.empty() ? "" : "; ") + device + ": " + number(row.unexplained) +
                            " cards that no entry explains";
        if (!row.known)
            section.note += (section.note.empty() ? "" : "; ") + device +
                            ": the journal does not reach back to a load or count, so what was in it is not known";
    }
    if (section.note.empty() && !section.rows.empty())
        section.note = "start + loaded + diff = issued + rejected + spoiled + unknown + left";
    return section;
}

Section downtimes(const DayFigures& day) {
    Section section{"DEVICES DOWN", {"DEVICE", "DOWN", "TIMES", "AT THE END"}, {}, ""};
    for (const auto& [device, down] : day.downtime)
        section.rows.push_back({device, duration(down.ms), number(down.times), down.still ? "still down" : ""});
    return section;
}

std::string moment(const DayFigures& day, const Zone& zone, std::int64_t utc_us) {
    const Day date = zone.day_of(utc_us);
    return (day.first_day == day.last_day && date == day.first_day ? "" : text_of(date) + " ") + zone.clock(utc_us);
}

Section open_outcomes(const DayFigures& day, const Zone& zone) {
    Section section{"OPEN: NOBODY KNOWS HOW THESE ENDED", {"JOB", "SLOT", "DEVICE", "SINCE"}, {}, ""};
    for (const auto& open : day.open)
        section.rows.push_back({open.job, open.slot, open.device, moment(day, zone, open.utc_us)});
    section.note = "two persons look at the card: rekamctl job reconcile JOB done|none --by A --second B";
    return section;
}

Section happenings(const DayFigures& day, const Zone& zone) {
    Section section{"WHAT HAPPENED", {"AT", "WHAT", "TEXT"}, {}, ""};
    const std::size_t shown = std::min(day.happenings.size(), happenings_max);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& one = day.happenings[i];
        section.rows.push_back({moment(day, zone, one.utc_us), one.kind, one.text});
    }
    if (shown < day.happenings.size())
        section.note = number(static_cast<std::int64_t>(day.happenings.size() - shown)) +
                       " more: rekamctl journal, or this report with --json";
    return section;
}

Section remarks(const Report& report, const DayFigures& day) {
    Section section{"TO BE LOOKED AT", {"ABOUT", "WHAT"}, {}, ""};
    for (const auto& remark : report.remarks)
        section.rows.push_back({remark.about, remark.text});
    if (!day.whole)
        section.rows.push_back({day.station, "older entries are not at hand (moved to files, or not exported): what "
                                             "they left open or down is missing here"});
    const auto warn = [&](std::string_view figure, const std::string& text) {
        if (const auto count = day.count(figure); count > 0)
            section.rows.push_back({day.station, number(count) + " " + text});
    };
    warn("unsynchronised", "entries by a clock that was not synchronised: their times may be wrong");
    warn("clock-back", "times the clock was set back: entries may count for another day");
    warn("power-cuts", "starts without a stop before them: a power cut, or rekamd was killed");
    warn("journal-lost", "entries could not be written: the figures lack them");
    return section;
}

Section seals(const Report& report) {
    Section section{"SIGNED HEAD OF THE JOURNAL", {"STATION", "FOR PAPER", "KEY"}, {}, ""};
    for (const auto& seal : report.seals)
        section.rows.push_back({seal.station, seal.paper, seal.key});
    section.note = "keep it elsewhere: rekamctl journal verify --head \"...\" holds the journal against it";
    return section;
}

} // namespace

std::string span_text(const DayFigures& day) {
    return text_of(day.first_day) + (day.last_day == day.first_day ? "" : " to " + text_of(day.last_day));
}

std::vector<Section> sections_of(const Report& report, const DayFigures& day, const Zone& zone) {
    std::vector<Section> all{
        figures(day),          outcomes(day),        blanks(day),  downtimes(day), open_outcomes(day, zone),
        happenings(day, zone), remarks(report, day), seals(report)};
    std::erase_if(all, [](const Section& section) { return section.rows.empty(); });
    return all;
}

std::optional<Section> overview_of(const Report& report) {
    if (report.days.size() < 2)
        return std::nullopt;
    Section section{
        "DAYS", {"DAY", "STATION", "VISITS", "CAPTURES", "RETAKES", "PRINTS", "REPRINTS", "FAILURES", "OPEN"}, {}, ""};
    for (const auto& day : report.days) {
        section.rows.push_back({text_of(day.first_day), day.station});
        for (const auto* name : {"visits", "captures", "retakes", "prints", "reprints", "failures", "open-unknown"})
            section.rows.back().push_back(number(day.count(name)));
    }
    return section;
}

std::optional<std::pair<std::size_t, std::size_t>> busy_hours(const DayFigures& day) {
    std::optional<std::pair<std::size_t, std::size_t>> found;
    for (std::size_t hour = 0; hour < day.hours.size(); ++hour) {
        const auto& figures_then = day.hours.at(hour);
        if (figures_then.visits + figures_then.captures + figures_then.prints == 0)
            continue;
        found = {found ? found->first : hour, hour};
    }
    return found;
}

} // namespace rekam::ctl
