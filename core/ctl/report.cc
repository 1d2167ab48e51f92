// SPDX-License-Identifier: Apache-2.0
// rekamctl report: a day of the station, or of many stations from their exported journals.
#include "core/ctl/report.h"

#include "core/ctl/commands.h"
#include "core/ctl/journal.h"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace rekam::ctl {
namespace {

std::optional<Day> day_of(const ReportArguments& arguments) {
    if (arguments.day.empty())
        return std::nullopt;
    const auto day = read_day(arguments.day);
    if (!day)
        usage("--day wants a date of the calendar, like 2026-11-27");
    return day;
}

void check_zone(const std::string& zone) {
    if (!zone.empty() && !Zone::known(zone))
        usage("this machine's zone database has no " + zone + ": install tzdata, or name another one with --zone");
}

std::int64_t now_of(const StationRecord& info) {
    const auto record = boost::json::parse(info.json).as_object();
    return number_of(record.at("now").as_object(), "utc_us");
}

/// The same figures as those of report.daily, by the same code; but rekamctl reads the entries itself, as it shows
/// every line of a day, and in whatever zone it is asked for. From the journal's first entry that was not moved to a
/// file on: what is open, down or in a hopper today may have begun long ago.
Report report_of_day(Context& context, const StationRecord& info, const Zone& zone, std::optional<Day> asked) {
    const std::int64_t now_us = now_of(info);
    const Day today = zone.day_of(now_us), day = asked.value_or(today);
    if (day > today)
        usage("--day " + text_of(day) + " is not yet: at the station it is " + text_of(today));
    const std::int64_t until_us = zone.start_us(day + std::chrono::days(1));
    std::optional<DayFold> fold;
    const auto begin = [&] { fold.reset(); };
    whole_journal(context, {{"until_us", until_us}}, begin, [&](const boost::json::object& page) {
        for (const auto& found : page.at("entries").as_array()) {
            if (!fold)
                fold.emplace(info.id, zone, number_of(found.as_object(), "seq") == 1);
            fold->add(found.as_object().at("entry").as_object());
        }
    });
    if (!fold)
        fold.emplace(info.id, zone, false);
    Report report;
    report.title = info.name + " (" + info.id + ")";
    report.zone = zone.name();
    report.days = fold->finish(day, std::min(now_us, until_us));
    if (day == today)
        report.as_of = zone.clock(now_us);
    if (report.days.front().entries == 0)
        report.remarks.push_back({info.id, "no entry on " + text_of(day), false});
    const auto head = ask(context, "journal.head", {});
    report.seals.push_back({info.id, text_of(head, "paper"), text_of(head, "key")});
    return report;
}

Exit give(Context& context, const ReportArguments& arguments, const Report& report, const Zone& zone) {
    if (context.interrupt().came() != 0)
        return Exit::failed; // half of the entries make no report
    if (!arguments.csv.empty())
        write_file(arguments.csv, report_csv(report));
    if (!arguments.html.empty())
        write_file(arguments.html, report_html(report, zone));
    context.print(context.json() ? report_json(report, zone) + "\n" : report_text(report, zone, context.colour()));
    const bool broken = std::ranges::any_of(report.remarks, &ReportRemark::broken);
    return broken ? Exit::needs_person : Exit::ok;
}

} // namespace

Exit report(Context& context, const ReportArguments& arguments) {
    const auto day = day_of(arguments);
    if (!arguments.merge.empty()) {
        check_zone(arguments.zone);
        const Zone zone(arguments.zone);
        return give(context, arguments, merge_exports(arguments.merge, zone, day), zone);
    }
    const auto info = context.station().info();
    const std::string name = arguments.zone.empty() ? info.zone : arguments.zone;
    check_zone(name);
    const Zone zone(name);
    return give(context, arguments, report_of_day(context, info, zone, day), zone);
}

} // namespace rekam::ctl
