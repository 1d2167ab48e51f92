// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/report_options.h"

#include <CLI/CLI.hpp>

namespace rekam::ctl {

void add_report(CLI::App& app, ReportArguments& arguments, std::function<Exit(Context&)>& chosen) {
    auto* command = app.add_subcommand("report", "a day in figures, out of the journal: what was done, what failed and "
                                                 "why, blank cards, what is open; exit code 3: a journal is broken");
    command->add_option("--day", arguments.day, "2026-11-27; else today at the station, or all days of --merge")
        ->type_name("DATE");
    command
        ->add_option("--merge", arguments.merge,
                     "journals from rekamctl journal export, of any stations and days; no station is asked")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    command->add_option("--zone", arguments.zone, "whose days; else the station's, with --merge this machine's")
        ->type_name("ZONE");
    command->add_option("--csv", arguments.csv, "one row per figure, too")->type_name("FILE");
    command->add_option("--html", arguments.html, "write the report for printing, too")->type_name("FILE");
    command->callback([&] { chosen = [&](Context& context) { return report(context, arguments); }; });
}

} // namespace rekam::ctl
