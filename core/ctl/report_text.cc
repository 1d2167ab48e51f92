// SPDX-License-Identifier: Apache-2.0
// The report for a terminal: 100 columns, whatever vendors call their devices.
#include "core/ctl/report.h"
#include "core/ctl/table.h"
#include "core/ctl/wrapped.h"

#include <algorithm>
#include <numeric>

namespace rekam::ctl {
namespace {

constexpr std::size_t columns = 100, gap = 2, narrowest = 8;
constexpr std::size_t bar_columns = 40;

std::string cut(std::string text, std::size_t most) {
    if (width(text) <= most)
        return text;
    while (width(text) + 1 > most && !text.empty()) {
        while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
            text.pop_back();
        text.pop_back();
    }
    return text + "…";
}

/// The widest column gives way until the lines fit.
std::string table_text(const Section& section, bool colour) {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < section.head.size(); ++column) {
        widths.push_back(width(section.head[column]));
        for (const auto& row : section.rows)
            widths.back() = std::max(widths.back(), width(printable(row[column])));
    }
    const std::size_t room = columns - gap * (widths.size() - 1);
    while (std::accumulate(widths.begin(), widths.end(), std::size_t{0}) > room) {
        auto widest = std::ranges::max_element(widths);
        if (*widest <= narrowest)
            break;
        --*widest;
    }
    Table table(section.head);
    for (const auto& row : section.rows) {
        std::vector<std::string> cells;
        for (std::size_t column = 0; column < row.size(); ++column)
            cells.push_back(cut(printable(row[column]), widths[column]));
        // The last one is what is to be read: it goes on below.
        const auto lines = wrapped(printable(row.back()), std::max(widths.back(), narrowest));
        for (const auto& line : lines) {
            cells.back() = line;
            table.add(cells);
            cells.assign(row.size(), "");
        }
    }
    return table.text(colour);
}

std::string section_text(const Section& section, bool colour) {
    return "\n" + section.title + "\n" + table_text(section, colour) +
           (section.note.empty() ? "" : cut(printable(section.note), columns) + "\n");
}

std::string hours_text(const DayFigures& day) {
    const auto busy = busy_hours(day);
    if (!busy)
        return "";
    std::int64_t most = 1;
    for (const auto& hour : day.hours)
        most = std::max({most, hour.visits, hour.captures, hour.prints});
    std::string out = "\nPER HOUR (the bar: visits; captures and prints: those that were done)\n";
    for (std::size_t at = busy->first; at <= busy->second; ++at) {
        const auto& hour = day.hours.at(at);
        const auto length =
            static_cast<std::size_t>((hour.visits * static_cast<std::int64_t>(bar_columns) + most - 1) / most);
        std::string bar(length, '#');
        bar.resize(bar_columns, ' ');
        out += (at < 10 ? "0" : "") + std::to_string(at) + "  " + bar + "  " + std::to_string(hour.visits) +
               " visits, " + std::to_string(hour.captures) + " captures, " + std::to_string(hour.prints) + " prints\n";
    }
    return out;
}

} // namespace

std::string report_text(const Report& report, const Zone& zone, bool colour) {
    std::string out = cut("Report: " + printable(report.title), columns) + "\n";
    if (report.days.empty()) {
        out += "no day is known\n";
        for (const auto& remark : report.remarks)
            for (const auto& line : wrapped(printable(remark.about + ": " + remark.text), columns))
                out += line + "\n";
        return out;
    }
    const DayFigures day = sum_of(report.days);
    out += cut(span_text(day) + ", " + printable(day.station) +
                   (report.zone.empty() ? "" : ", zone " + printable(report.zone)) + ", " +
                   std::to_string(day.entries) + " entries",
               columns) +
           "\n";
    if (!report.as_of.empty())
        out += "the day is not over: until " + report.as_of + "\n";
    if (const auto overview = overview_of(report))
        out += section_text(*overview, colour);
    const auto sections = sections_of(report, day, zone);
    for (std::size_t i = 0; i < sections.size(); ++i)
        out += section_text(sections[i], colour) + (i == 0 ? hours_text(day) : "");
    return out;
}

} // namespace rekam::ctl
