// SPDX-License-Identifier: Apache-2.0
// The report as one HTML file that prints on A4.
#include "core/ctl/html.h"
#include "core/ctl/readiness.h"

namespace rekam::ctl {
namespace {

std::string_view class_of(Verdict verdict) {
    return verdict == Verdict::ready ? "ready" : verdict == Verdict::warnings ? "warnings" : "not-ready";
}

std::string_view class_of(std::string_view check_state) {
    return check_state == "ok" ? "ready" : check_state == "failed" ? "not-ready" : "warnings";
}

std::string marked(std::string_view style_class, std::string_view text) {
    return "<span class=\"state " + std::string(style_class) + "\">" + escaped(text) + "</span>";
}

std::string advice_html(const std::string& advice, const std::string& who) {
    if (advice.empty())
        return "";
    return "<p class=\"advice\">" + (who.empty() ? "" : "<i>" + escaped(who) + ":</i> ") + escaped(advice) + "</p>";
}

std::string checks_html(const SlotReport& report, const Hints& hints) {
    std::string out;
    for (const auto& check : checks_of(report))
        out += "<p class=\"check\">" + escaped(hints.word(check.component)) + " " +
               marked(class_of(check.state), hints.word(check.state)) + " <span class=\"evidence\">" +
               escaped(check.evidence) + "</span></p>" + advice_html(advice_for(check, hints), hints.word(check.who));
    std::string left;
    for (const auto& one : report.consumables)
        left += (left.empty() ? "" : ", ") + consumable_text(one, hints);
    if (!left.empty())
        out += "<p class=\"check left\">" + escaped(hints.word("left") + ": " + left) + "</p>";
    return out;
}

std::string slot_html(const SlotReport& report, const Hints& hints) {
    const std::string& state = report.slot.admin == "held" ? report.slot.admin : report.slot.state;
    return "<tr><td class=\"name\">" + escaped(report.slot.slot) + "</td><td>" +
           marked(class_of(report.verdict), hints.word(state)) + "</td><td class=\"device\">" +
           escaped(device_text(report, hints)) + "</td><td>" + checks_html(report, hints) + "</td></tr>\n";
}

std::string head_html(const Hints& hints, std::initializer_list<std::string_view> words) {
    std::string out = "<thead><tr>";
    for (const auto word : words)
        out += "<th>" + escaped(hints.word(word)) + "</th>";
    return out + "</tr></thead>\n";
}

} // namespace

std::string readiness_html(const Readiness& report, const Hints& hints) {
    const std::string title = hints.word("readiness") + ": " + report.station;
    std::string out = "<!DOCTYPE html>\n<html lang=\"" + (hints.language().empty() ? "en" : hints.language()) +
                      "\"><head><meta charset=\"utf-8\"><title>" + escaped(title) + "</title>\n<style>" +
                      std::string(page_style()) + "</style></head><body>\n<h1>" + escaped(title) +
                      "</h1>\n<p class=\"place\">" +
                      escaped(report.station_id + ", " + hints.word("epoch") + " " +
                              std::to_string(report.station_epoch) + " · " + report.at + " · " + report.level) +
                      "</p>\n<p class=\"verdict " + std::string(class_of(report.verdict)) + "\">" +
                      escaped(hints.word(word_of(report.verdict)) + ": " + summary_of(report, hints)) + "</p>\n";
    out += "<table>" + head_html(hints, {"slot", "state", "device", "checks"}) + "<tbody>\n";
    for (const auto& slot : report.slots)
        out += slot_html(slot, hints);
    out += "</tbody></table>\n<table>" + head_html(hints, {"station", "state", "evidence"}) + "<tbody>\n";
    for (const auto& remark : report.remarks) {
        const std::string_view state = remark.verdict == Verdict::ready      ? "ok"
                                       : remark.verdict == Verdict::warnings ? "degraded"
                                                                             : "failed";
        out += "<tr><td class=\"name\">" + escaped(hints.word(remark.what)) + "</td><td>" +
               marked(class_of(remark.verdict), hints.word(state)) + "</td><td>" + escaped(hints.word(remark.text)) +
               advice_html(advice_for(remark, hints), "") + "</td></tr>\n";
    }
    out += "</tbody></table>\n<div class=\"sign\"><div>" + escaped(hints.word("checked-by")) + "</div><div>" +
           escaped(hints.word("date-and-time")) + "</div></div>\n</body></html>\n";
    return out;
}

} // namespace rekam::ctl
