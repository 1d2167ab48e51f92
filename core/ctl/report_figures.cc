// SPDX-License-Identifier: Apache-2.0
// The report for programs: one row per figure, or one JSON document.
#include "core/ctl/report.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace rekam::ctl {
namespace {

namespace json = boost::json;

/// A cell of RFC 4180. A spreadsheet would run what begins like a formula, so that gets an apostrophe before it.
std::string cell(std::string text) {
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        text.insert(0, "'");
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

std::vector<std::pair<const char*, std::int64_t>> places_of(const BlankFigures& row) {
    std::vector<std::pair<const char*, std::int64_t>> places{
        {"loaded", row.loaded},          {"issued", row.issued},   {"rejected", row.rejected},
        {"spoiled", row.spoiled},        {"unknown", row.unknown}, {"difference", row.difference},
        {"unexplained", row.unexplained}};
    if (row.known) // else there is no such figure
        places.insert(places.end(), {{"start", row.start}, {"left", row.left}});
    return places;
}

std::string day_rows(const DayFigures& day) {
    std::string out;
    const auto row = [&](const std::string& figure, std::int64_t value) {
        out += text_of(day.first_day) + "," + cell(day.station) + "," + cell(figure) + "," + std::to_string(value) +
               "\r\n";
    };
    row("entries", day.entries);
    for (const auto name : figure_names())
        row(std::string(name), day.count(name));
    for (const auto& [key, count] : day.outcomes)
        row("outcome " + key.what + " " + key.outcome + (key.cause.empty() ? "" : " " + key.cause), count);
    for (std::size_t hour = 0; hour < day.hours.size(); ++hour) {
        const auto& then = day.hours.at(hour);
        const std::string at = (hour < 10 ? "hour 0" : "hour ") + std::to_string(hour);
        if (then.visits + then.captures + then.prints == 0)
            continue;
        row(at + " visits", then.visits);
        row(at + " captures", then.captures);
        row(at + " prints", then.prints);
    }
    for (const auto& [device, blanks] : day.blanks)
        for (const auto& [name, value] : places_of(blanks))
            row("blanks " + device + " " + name, value);
    for (const auto& [device, down] : day.downtime)
        row("down-ms " + device, down.ms);
    return out;
}

json::object day_json(const DayFigures& day, const Zone& zone) {
    json::object figures, blanks, down;
    for (const auto name : figure_names())
        figures[name] = day.count(name);
    json::array outcomes, hours, happenings, open;
    for (const auto& [key, count] : day.outcomes)
        outcomes.push_back({{"job", key.what}, {"outcome", key.outcome}, {"cause", key.cause}, {"count", count}});
    for (const auto& hour : day.hours)
        hours.push_back({{"visits", hour.visits}, {"captures", hour.captures}, {"prints", hour.prints}});
    for (const auto& [device, row] : day.blanks) {
        json::object places;
        for (const auto& [name, value] : places_of(row))
            places[name] = value;
        blanks[device] = std::move(places);
    }
    for (const auto& [device, time] : day.downtime)
        down[device] = json::object{{"ms", time.ms}, {"times", time.times}, {"still", time.still}};
    for (const auto& one : day.happenings)
        happenings.push_back(
            {{"utc_us", one.utc_us}, {"local", zone.clock(one.utc_us)}, {"what", one.kind}, {"text", one.text}});
    for (const auto& one : day.open)
        open.push_back({{"job", one.job}, {"slot", one.slot}, {"device", one.device}, {"utc_us", one.utc_us}});
    return {{"day", text_of(day.first_day)},
            {"station", day.station},
            {"entries", day.entries},
            {"figures", figures},
            {"outcomes", outcomes},
            {"hours", hours},
            {"blanks", blanks},
            {"down", down},
            {"happenings", happenings},
            {"open", open}};
}

} // namespace

std::string report_csv(const Report& report) {
    std::string out = "date,station,figure,value\r\n";
    for (const auto& day : report.days)
        out += day_rows(day);
    return out;
}

std::string report_json(const Report& report, const Zone& zone) {
    json::array days, remarks, seals;
    for (const auto& day : report.days)
        days.push_back(day_json(day, zone));
    for (const auto& remark : report.remarks)
        remarks.push_back({{"about", remark.about}, {"text", remark.text}, {"broken", remark.broken}});
    for (const auto& seal : report.seals)
        seals.push_back({{"station", seal.station}, {"paper", seal.paper}, {"key", seal.key}});
    return json::serialize(json::object{
        {"title", report.title}, {"zone", report.zone}, {"days", days}, {"remarks", remarks}, {"heads", seals}});
}

} // namespace rekam::ctl
