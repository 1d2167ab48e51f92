// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/mend_options.h"

#include <CLI/CLI.hpp>

namespace rekam::ctl {

void add_mending(CLI::App& app, MendArguments& arguments, std::function<Exit(Context&)>& chosen) {
    const auto with_slot = [&](const char* name, const char* what, Exit (*run)(Context&, const MendArguments&)) {
        auto* command = app.add_subcommand(name, what);
        command->add_option("SLOT", arguments.slot)->required();
        command->callback([&arguments, &chosen, run] {
            chosen = [&arguments, run](Context& context) { return run(context, arguments); };
        });
        return command;
    };
    auto* hold_command = with_slot("hold", "take a slot out of service", hold);
    hold_command->add_option("-r,--reason", arguments.reason, "why, in one line")->required();
    auto* release_command = with_slot("release", "put a slot into service again", release);
    auto* replace_command = with_slot("replace", "let another device take the place of the slot's", replace);
    replace_command->add_option("DEVICE", arguments.device, "else those that could are listed, to choose from");
    replace_command->add_flag("--yes", arguments.yes, "ask nothing: take the one that could, if there is only one");
    auto* reset_command = with_slot("reset", "start a device again; each time within ten minutes goes deeper", reset);
    reset_command->add_option("--level", arguments.level)->check(CLI::IsMember({"restart", "usb", "power"}));
    auto* identify_command = with_slot("identify", "let a slot's device light or beep, or show what it sees", identify);
    identify_command->add_option("--seconds", arguments.seconds, "for about so long; 0 ends it")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{60}));
    identify_command->add_option("-o,--output", arguments.file, "where it can neither: its live picture; else SLOT.jpg")
        ->type_name("FILE");
    for (auto* command : {hold_command, release_command, replace_command, reset_command, identify_command})
        command->add_option("--by", arguments.by, "who does it; else --operator, else who is logged in")
            ->type_name("NAME");
    auto* doctor_command = app.add_subcommand("doctor", "what is wrong, who can mend it, and how: of one slot or all");
    doctor_command->add_option("SLOT", arguments.slot);
    doctor_command->callback([&] { chosen = [&](Context& context) { return doctor(context, arguments); }; });

    auto* plugin_command = app.add_subcommand("plugin", "a plugin: load it anew, end its quarantine");
    plugin_command->require_subcommand(1);
    auto* reload = plugin_command->add_subcommand("reload", "load the file anew, when its jobs are over");
    reload->add_option("PLUGIN", arguments.plugin)->required();
    reload->callback([&] { chosen = [&](Context& context) { return reload_plugin(context, arguments); }; });
    auto* clear = plugin_command->add_subcommand("clear", "end the quarantine of a plugin or a device");
    clear->add_option("PLUGIN|DEVICE", arguments.plugin)->required();
    clear->callback([&] { chosen = [&](Context& context) { return clear_quarantine(context, arguments); }; });
}

} // namespace rekam::ctl
