// SPDX-License-Identifier: Apache-2.0
// The report as one HTML file that prints on A4: nothing outside of it is loaded.
#include "core/ctl/html.h"
#include "core/ctl/report.h"

#include <algorithm>

namespace rekam::ctl {
namespace {

constexpr std::string_view own_style = R"(
body { font-size: 8.5pt }
h2 { font-size: 9pt; margin: 3mm 0 0.5mm; break-after: avoid }
table { margin-bottom: 1mm }
th { font-size: 7.5pt } td { padding: 0.3mm 1.5mm; overflow-wrap: anywhere }
.note { color: #555; font-size: 8pt; margin: 0 }
svg { break-inside: avoid; display: block }
svg text { font-size: 8px; fill: #111 }
.visits { fill: #1d4f91 } .captures { fill: #6fa8dc } .prints { fill: #b45f06 }
)";

constexpr std::int64_t chart_width = 680, chart_height = 90, base_line = 100, bars_a_hour = 3;

std::string section_html(const Section& section) {
    std::string out = "<h2>" + escaped(section.title) + "</h2>\n<table><thead><tr>";
    for (const auto& word : section.head)
        out += "<th>" + escaped(word) + "</th>";
    out += "</tr></thead><tbody>\n";
    for (const auto& row : section.rows) {
        out += "<tr>";
        for (const auto& cell : row)
            out += "<td>" + escaped(cell) + "</td>";
        out += "</tr>\n";
    }
    out += "</tbody></table>\n";
    return section.note.empty() ? out : out + "<p class=\"note\">" + escaped(section.note) + "</p>\n";
}

std::string text_at(std::int64_t x, std::int64_t y, const std::string& text) {
    return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" text-anchor=\"middle\">" + text +
           "</text>";
}

std::string hours_html(const DayFigures& day) {
    const auto busy = busy_hours(day);
    if (!busy)
        return "";
    std::int64_t most = 1;
    for (const auto& hour : day.hours)
        most = std::max({most, hour.visits, hour.captures, hour.prints});
    const auto hours = static_cast<std::int64_t>(busy->second - busy->first + 1);
    const std::int64_t step = chart_width / std::max<std::int64_t>(hours, 8), bar = (step - 4) / bars_a_hour;
    std::string out = "<h2>PER HOUR: <span style=\"color:#1d4f91\">visits</span>, <span "
                      "style=\"color:#6fa8dc\">captures</span>, <span style=\"color:#b45f06\">prints</span></h2>\n"
                      "<svg viewBox=\"0 0 680 114\" width=\"100%\" role=\"img\">\n";
    for (std::int64_t i = 0; i < hours; ++i) {
        const std::size_t at = busy->first + static_cast<std::size_t>(i);
        const auto& hour = day.hours.at(at);
        const std::pair<const char*, std::int64_t> bars[] = {
            {"visits", hour.visits}, {"captures", hour.captures}, {"prints", hour.prints}};
        std::int64_t x = i * step;
        for (const auto& [name, value] : bars) {
            const std::int64_t height = value * chart_height / most;
            out += "<rect class=\"" + std::string(name) + "\" x=\"" + std::to_string(x) + "\" y=\"" +
                   std::to_string(base_line - height) + "\" width=\"" + std::to_string(bar) + "\" height=\"" +
                   std::to_string(height) + "\"/>";
            if (value > 0)
                out += text_at(x + bar / 2, base_line - height - 2, std::to_string(value));
            x += bar;
        }
        out += text_at(i * step + step / 2, base_line + 11, (at < 10 ? "0" : "") + std::to_string(at)) + "\n";
    }
    return out + "</svg>\n";
}

} // namespace

std::string report_html(const Report& report, const Zone& zone) {
    const std::string title = "Report: " + report.title;
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(title) +
                      "</title>\n<style>" + std::string(page_style()) + std::string(own_style) +
                      "</style></head><body>\n<h1>" + escaped(title) + "</h1>\n";
    if (report.days.empty()) {
        out += "<p>no day is known</p>\n";
        for (const auto& remark : report.remarks)
            out += "<p>" + escaped(remark.about + ": " + remark.text) + "</p>\n";
        return out + "</body></html>\n";
    }
    const DayFigures day = sum_of(report.days);
    out += "<p class=\"place\">" +
           escaped(span_text(day) + ", " + day.station + (report.zone.empty() ? "" : ", zone " + report.zone) + ", " +
                   std::to_string(day.entries) + " entries" +
                   (report.as_of.empty() ? "" : "; the day is not over: until " + report.as_of)) +
           "</p>\n";
    if (const auto overview = overview_of(report))
        out += section_html(*overview);
    const auto sections = sections_of(report, day, zone);
    for (std::size_t i = 0; i < sections.size(); ++i)
        out += section_html(sections[i]) + (i == 0 ? hours_html(day) : "");
    return out + "<div class=\"sign\"><div>read by</div><div>date and time</div></div>\n</body></html>\n";
}

} // namespace rekam::ctl
