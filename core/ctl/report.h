// SPDX-License-Identifier: Apache-2.0
// The report of a day, or of several days and stations, and the forms in which it is given.
#pragma once

#include "core/report/days.h"

namespace rekam::ctl {

using report::BlankFigures;
using report::Day;
using report::DayFigures;
using report::DayFold;
using report::figure_names;
using report::read_day;
using report::sum_of;
using report::text_of;
using report::Zone;

/// What vouches for the figures: a station's newest signed head.
struct Seal {
    std::string station, paper, key;
};

/// What is missing or wrong, and of whom.
struct ReportRemark {
    std::string about, text;
    bool broken = false; ///< the record is not what the station wrote, cannot be read, or has a hole
};

struct Report {
    std::string title; ///< the station's name, or whose reports were merged
    std::string zone;
    std::string as_of;            ///< of a day that is not over: until when
    std::vector<DayFigures> days; ///< by station, then day
    std::vector<ReportRemark> remarks;
    std::vector<Seal> seals;
};

/// An exported journal, or several, of the same station or of others. A file that is broken counts up to its flaw.
/// Every day that any of them knows, or only `wanted`.
Report merge_exports(const std::vector<std::string>& files, const Zone& zone, std::optional<Day> wanted);

/// A table of a report, in every form.
struct Section {
    std::string title;
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows;
    std::string note; ///< below it
};
/// Those with something in them; the hours are not among them.
std::vector<Section> sections_of(const Report& report, const DayFigures& day, const Zone& zone);
/// One line per day and station, where there are several.
std::optional<Section> overview_of(const Report& report);
/// The first and the last hour with something in it; nothing: there is none.
std::optional<std::pair<std::size_t, std::size_t>> busy_hours(const DayFigures& day);
std::string span_text(const DayFigures& day);

std::string report_text(const Report& report, const Zone& zone, bool colour);
std::string report_html(const Report& report, const Zone& zone);
std::string report_csv(const Report& report);
std::string report_json(const Report& report, const Zone& zone);

} // namespace rekam::ctl
