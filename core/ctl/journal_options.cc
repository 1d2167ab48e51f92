// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/journal_options.h"

#include <CLI/CLI.hpp>

namespace rekam::ctl {

void add_journal(CLI::App& app, JournalArguments& a, std::function<Exit(Context&)>& chosen) {
    auto* all = app.add_subcommand("journal", "what happened, oldest first; nothing in it is about a person");
    all->require_subcommand(0, 1);
    all->add_option("--since", a.since, "2026-11-27, 2026-11-27T08:15, 90m, 24h or 7d")->type_name("TIME");
    all->add_option("--job", a.job, "only of this job");
    all->add_option("--slot", a.slot, "only of this slot");
    all->add_option("--kind", a.kind, "only of this kind, like print.end");
    all->callback([&, all] {
        if (all->get_subcommands().empty())
            chosen = [&](Context& context) { return journal_list(context, a); };
    });
    auto* head = all->add_subcommand("head", "sign the last entry; keep this away from the station");
    head->callback([&] { chosen = [](Context& context) { return journal_head(context); }; });
    auto* verify = all->add_subcommand("verify", "look whether it is what the station wrote; exit code 3: it is not");
    verify->add_option("FILE", a.file, "an exported journal; the station is not asked")->check(CLI::ExistingFile);
    verify->add_option("--head", a.head, "one that was kept: a file, or as it was written down")
        ->type_name("HEAD|FILE");
    verify->add_option("--key", a.key, "with FILE: the station's public key, from elsewhere")->type_name("HEX");
    verify->callback([&] { chosen = [&](Context& context) { return journal_verify(context, a); }; });
    auto* out = all->add_subcommand("export", "a copy that can be verified without the station");
    out->add_option("-o,--output", a.file)->required()->type_name("FILE");
    out->callback([&] { chosen = [&](Context& context) { return journal_export(context, a.file); }; });
    auto* erase = all->add_subcommand("erase", "take the person of a closed case out of the station, for good");
    erase->add_option("CASE", a.case_id)->required();
    erase->add_option("-r,--reason", a.reason, "why, in one line; it stays, so it names nobody")->required();
    erase->add_option("--by", a.by, "who; else --operator")->type_name("NAME");
    erase->callback([&] { chosen = [&](Context& context) { return journal_erase(context, a); }; });
}

} // namespace rekam::ctl
