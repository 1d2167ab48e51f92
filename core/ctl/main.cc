// SPDX-License-Identifier: Apache-2.0
// rekamctl: an ordinary client of the station, for people and scripts.
#include "core/ctl/commands.h"
#include "core/ctl/journal_options.h"
#include "core/ctl/mend_options.h"
#include "core/ctl/report_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <exception>
#include <functional>

namespace rekam::ctl {
namespace {

const char* const footer =
    "Exit codes: 0 ok, 1 failed, 2 nothing to do, 3 needs a person, 4 outcome unknown, 5 denied or held by another,\n"
    "64 usage, 69 no station, 130 interrupted.";

using Command = std::function<Exit(Context&)>;

struct Arguments {
    Options options;
    CaptureArguments capture;
    PreviewArguments preview;
    PrintArguments print;
    CardArguments card;
    SupportArguments support;
    MockArguments mock;
    MendArguments mend;
    JournalArguments journal;
    ReportArguments report;
    ReconcileArguments reconcile;
    BlankArguments blanks;
    DrainArguments drain;
    bool open = false;
    std::string what, name, slot, level = "self", purpose = "test", case_id, state, job, device, html, by;
    bool reset = false;
    std::vector<std::string> streams, keep;
    std::int64_t count = 0;
};

std::string has_texts(const std::string& lang) {
    const auto known = hint_languages(hint_directories());
    const bool has = std::find(known.begin(), known.end(), lang) != known.end();
    return has ? "" : "there are no texts in '" + lang + "'; there are " + joined(known);
}

void add_looking(CLI::App& app, Arguments& a, Command& chosen) {
    auto* list_command = app.add_subcommand("list", "slots and devices");
    list_command->add_option("WHAT", a.what, "only these")->check(CLI::IsMember({"slots", "devices"}));
    list_command->callback([&] { chosen = [&](Context& context) { return list(context, a.what); }; });

    auto* show_command = app.add_subcommand("show", "everything about a slot or a device, with its capabilities");
    show_command->add_option("SLOT|DEVICE", a.name)->required();
    show_command->callback([&] { chosen = [&](Context& context) { return show(context, a.name); }; });

    auto* watch_command = app.add_subcommand("watch", "how things are, then every change, until Ctrl-C");
    watch_command->add_option("STREAM", a.streams, "station, slot.photo, or slot. for all slots; else everything");
    watch_command->add_option("--count", a.count, "end after so many events")->check(CLI::PositiveNumber);
    watch_command->callback([&] { chosen = [&](Context& context) { return watch(context, a.streams, a.count); }; });

    auto* plugins_command = app.add_subcommand("plugins", "the plugins, what they ask for and what they are granted");
    plugins_command->callback([&] { chosen = [](Context& context) { return plugins(context); }; });

    auto* health_command = app.add_subcommand("health", "check the device of a slot, or of all slots");
    health_command->add_option("SLOT", a.slot);
    health_command
        ->add_option("--level", a.level, "self: nothing moves; exercise: it moves or lights; guided: a person helps")
        ->check(CLI::IsMember({"self", "exercise", "guided"}));
    health_command->callback([&] { chosen = [&](Context& context) { return health(context, a.slot, a.level); }; });

    auto* statistics_command =
        app.add_subcommand("statistics", "what devices have done since their last service visit");
    statistics_command->add_option("DEVICE", a.device, "only this one, with its history");
    auto* by = statistics_command->add_option("--by", a.by, "who services it")->type_name("NAME");
    statistics_command->add_flag("--reset", a.reset, "begin anew; shows the figures as they were")->needs(by);
    by->needs("--reset");
    statistics_command->callback(
        [&] { chosen = [&](Context& context) { return statistics(context, a.device, a.reset ? a.by : ""); }; });

    auto* readiness_command =
        app.add_subcommand("readiness", "the start-of-day check: can the desk open? 0 ready, 3 with "
                                        "warnings, 1 not ready");
    readiness_command->add_option("--level", a.level, "self: nothing moves; exercise: every device moves or lights")
        ->check(CLI::IsMember({"self", "exercise"}));
    readiness_command->add_option("--html", a.html, "write the report for printing, too")->type_name("FILE");
    readiness_command->callback(
        [&] { chosen = [&](Context& context) { return readiness(context, a.level, a.html); }; });

    auto* jobs_command = app.add_subcommand("jobs", "what runs and what has ended");
    jobs_command->callback([&] { chosen = [](Context& context) { return jobs(context); }; });
}

void add_capture(CLI::App& app, Arguments& a, Command& chosen) {
    auto* command = app.add_subcommand("capture", "capture, and write the frames; Ctrl-C cancels");
    command->add_option("SLOT", a.capture.slot)->required();
    command->add_option("--subject", a.capture.subject, "face, document.page, finger.right-index, …");
    command->add_option("-o,--output", a.capture.directory, "the directory for the frames")->type_name("DIR");
    command->add_option("--set", a.capture.set, "a parameter of the slot's function; repeat it for more")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--case", a.capture.case_id, "of rekamctl case open; else one of its own")->type_name("CASE");
    command->add_option("--deadline", a.capture.deadline_ms, "the longest that it may take")
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400'000}));
    command->add_option("--wait", a.capture.wait_ms, "wait so long for a slot that another holds")
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{600'000}));
    command->callback([&] { chosen = [&](Context& context) { return capture(context, a.capture); }; });
}

void add_preview(CLI::App& app, Arguments& a, Command& chosen) {
    auto* command = app.add_subcommand("preview", "show what a slot's device sees; Ctrl-C stops it");
    command->add_option("SLOT", a.preview.slot)->required();
    command
        ->add_option("-o,--output", a.preview.file,
                     "the newest picture (.jpg, .png), all of them (.mjpeg), or - for a viewer: "
                     "-o - | ffplay -f mjpeg -")
        ->type_name("FILE")
        ->required();
    command->add_option("--frames", a.preview.frames, "stop after so many pictures")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->add_option("--rate", a.preview.rate_hz, "at most so many a second")
        ->type_name("HZ")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{30}));
    command->add_option("--width", a.preview.width_px, "of the pictures, where the device can choose")
        ->type_name("PX")
        ->check(CLI::Range(std::int64_t{16}, std::int64_t{65'535}));
    command->add_option("--case", a.preview.case_id, "of rekamctl case open; else one of its own")->type_name("CASE");
    command->add_option("--wait", a.preview.wait_ms, "wait so long for a slot that another holds")
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{600'000}));
    command->callback([&] { chosen = [&](Context& context) { return preview(context, a.preview); }; });
}

void add_cards(CLI::App& app, Arguments& a, Command& chosen) {
    auto* print_command = app.add_subcommand("print", "make one card; Ctrl-C cancels it while it has not begun");
    print_command->add_option("SLOT", a.print.slot)->required();
    print_command->add_option("--front", a.print.front, "PNG or JPEG")->type_name("FILE")->check(CLI::ExistingFile);
    print_command->add_option("--back", a.print.back, "PNG or JPEG")->type_name("FILE")->check(CLI::ExistingFile);
    print_command->add_option("--step", a.print.steps, "what is done, in this order; else only print")
        ->check(CLI::IsMember({"read-blank", "chip", "magnetic", "print", "laminate", "verify"}))
        ->allow_extra_args(false);
    print_command->add_option("--encoder", a.print.encoder, "with --step chip: the slot of the chip station");
    print_command->add_option("--apdu", a.print.apdus, "with --step chip: a command for the chip")
        ->type_name("HEX")
        ->allow_extra_args(false);
    print_command->add_option("--track", a.print.tracks, "with --step magnetic: the next track")
        ->allow_extra_args(false);
    print_command->add_option("--on-fail", a.print.on_fail)->check(CLI::IsMember({"eject", "reject", "hold"}));
    print_command->add_option("--cites", a.print.cites, "the case whose captures are on the card")->type_name("CASE");
    print_command->add_option("--reprint-of", a.print.reprint_of, "a further card where this job made one")
        ->type_name("JOB");
    print_command->add_option("-r,--reason", a.print.reason, "why it is made again");
    print_command->add_option("--second", a.print.second, "another person, who confirms a reprint")->type_name("NAME");
    print_command->add_option("--set", a.print.set, "another parameter")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    print_command->add_option("--case", a.print.case_id, "else one of its own")->type_name("CASE");
    print_command->add_option("--deadline", a.print.deadline_ms, "until the card has begun")
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400'000}));
    print_command->add_option("--wait", a.print.wait_ms, "for slots that another holds")
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{600'000}));
    print_command->callback([&] { chosen = [&](Context& context) { return print(context, a.print); }; });

    auto* card_command = app.add_subcommand("card", "open the card in a reader and send it commands");
    card_command->add_option("SLOT", a.card.slot)->required();
    card_command->add_option("APDU", a.card.commands, "hex")->type_name("HEX");
    card_command->add_option("--intent", a.card.intent)->check(CLI::IsMember({"read", "write"}));
    card_command->add_option("--case", a.card.case_id, "else one of its own")->type_name("CASE");
    card_command->add_option("--wait", a.card.wait_ms, "for a slot that another holds")
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{600'000}));
    card_command->callback([&] { chosen = [&](Context& context) { return card(context, a.card); }; });
}

void add_bind(CLI::App& app, Arguments& a, Command& chosen) {
    auto* bind_command = app.add_subcommand("bind", "let a slot stand for this device from now on");
    bind_command->add_option("SLOT", a.slot)->required();
    bind_command->add_option("DEVICE", a.device)->required();
    bind_command->callback([&] { chosen = [&](Context& context) { return bind_slot(context, a.slot, a.device); }; });
}

void add_blanks(CLI::App& app, Arguments& a, Command& chosen) {
    auto* cards = app.add_subcommand("cards", "the blank cards of the printers: what was loaded, used, is left");
    cards->require_subcommand(0, 1);
    cards->add_option("--slot", a.slot, "only its printer's");
    cards->callback([&, cards] {
        if (cards->get_subcommands().empty())
            chosen = [&](Context& context) { return cards_show(context, a.slot); };
    });
    const auto add = [&](const char* name, const char* what) {
        auto* command = cards->add_subcommand(name, what);
        command->add_option("SLOT", a.blanks.slot)->required();
        command->add_option("COUNT", a.blanks.count)
            ->required()
            ->check(CLI::Range(std::int64_t{0}, std::int64_t{100'000}));
        command->add_option("--by", a.blanks.by, "who; else --operator, or who is logged in")->type_name("NAME");
        command->callback(
            [&, name] { chosen = [&, name](Context& context) { return cards_change(context, name, a.blanks); }; });
        return command;
    };
    add("load", "so many were put in");
    add("count", "so many lie in the hopper: what was thought otherwise is a difference")
        ->add_option("-r,--reason", a.blanks.reason);
    add("spoil", "so many were taken out and cannot be used")->add_option("-r,--reason", a.blanks.reason)->required();
}

void add_supervising(CLI::App& app, Arguments& a, Command& chosen) {
    auto* job = app.add_subcommand("job", "outcomes that nobody saw: list, reconcile");
    job->require_subcommand(1);
    auto* all = job->add_subcommand("list", "the jobs");
    all->add_flag("--open", a.open, "those whose outcome is unknown and that nobody reconciled");
    all->callback([&] { chosen = [&](Context& context) { return job_list(context, a.open); }; });
    auto* settle = job->add_subcommand("reconcile", "two persons looked at the card: it was made, or not");
    settle->add_option("JOB", a.reconcile.job)->required();
    settle->add_option("EFFECT", a.reconcile.effect)->required()->check(CLI::IsMember({"done", "none"}));
    settle->add_option("--by", a.reconcile.by, "who looked; else --operator, or who is logged in")->type_name("NAME");
    settle->add_option("--second", a.reconcile.second, "another person, who confirms it")
        ->type_name("NAME")
        ->required();
    settle->add_option("-r,--reason", a.reconcile.reason);
    settle->add_option("--blank", a.reconcile.blank, "what became of it; else issued for done, spoiled for none")
        ->check(CLI::IsMember({"issued", "rejected", "spoiled", "left"}));
    settle->callback([&] { chosen = [&](Context& context) { return job_reconcile(context, a.reconcile); }; });

    auto* drain_command = app.add_subcommand("drain", "begin no cards any more, until --off; what runs ends");
    drain_command->add_flag("--off", a.drain.off, "take cards again");
    drain_command->add_option("-r,--reason", a.drain.reason, "why; whoever is refused reads it");
    drain_command->add_option("--by", a.drain.by, "who; else --operator, or who is logged in")->type_name("NAME");
    drain_command->add_flag("--wait", a.drain.wait, "until no card is under way");
    drain_command->callback([&] { chosen = [&](Context& context) { return drain(context, a.drain); }; });
}

void add_support(CLI::App& app, Arguments& a, Command& chosen) {
    auto* command = app.add_subcommand("support", "a bundle for whoever helps, with nothing about people in it");
    command->add_option("-o,--output", a.support.output, "the bundle, a new .tar.gz")->type_name("FILE");
    command->add_option("--qr", a.support.qr, "what ails this slot, for a phone to read")->type_name("SLOT");
    command->add_option("--config", a.support.config, "rekamd's configuration; else /etc/rekam")->type_name("DIR");
    command->add_option("--log", a.support.log, "rekamd's log; else the systemd journal")->type_name("FILE");
    command->callback([&] { chosen = [&](Context& context) { return support(context, a.support); }; });
}

void add_acting(CLI::App& app, Arguments& a, Command& chosen) {
    auto* cases = app.add_subcommand("case", "a person's visit: open, close, list, show");
    cases->require_subcommand(1);
    auto* open = cases->add_subcommand("open", "open a case and print its id");
    open->add_option("--purpose", a.purpose)->check(CLI::IsMember({"enrol", "renew", "issue", "verify", "test"}));
    open->callback([&] { chosen = [&](Context& context) { return case_open(context, a.purpose); }; });
    auto* close = cases->add_subcommand("close", "close a case; its jobs are cancelled, its leases released");
    close->add_option("CASE", a.case_id)->required();
    close->add_option("--keep", a.keep, "frames that were used")->type_name("FRAME");
    close->callback([&] { chosen = [&](Context& context) { return case_close(context, a.case_id, a.keep); }; });
    auto* all = cases->add_subcommand("list", "the cases");
    all->add_option("--state", a.state)->check(CLI::IsMember({"open", "closed"}));
    all->callback([&] { chosen = [&](Context& context) { return case_list(context, a.state); }; });
    auto* one = cases->add_subcommand("show", "everything about a case");
    one->add_option("CASE", a.case_id)->required();
    one->callback([&] { chosen = [&](Context& context) { return case_show(context, a.case_id); }; });

    auto* mock_command =
        app.add_subcommand("mock", "for tests: tell a made-up device how to fail; alone: which can be told");
    mock_command->add_option("DEVICE", a.mock.device, "or the slot that stands for it");
    auto* fault = mock_command->add_option("FAULT", a.mock.fault, "its name, or clear");
    mock_command->add_option("KEY=VALUE", a.mock.settings, "its arguments, and when: job=3 times=1")->needs(fault);
    mock_command->add_option("--script", a.mock.script, "a TOML file of [[fault]] tables")
        ->type_name("FILE")
        ->check(CLI::ExistingFile)
        ->excludes(fault);
    mock_command->callback([&] {
        chosen = [&](Context& context) { return a.mock.device.empty() ? mocks(context) : mock(context, a.mock); };
    });

    auto* cancel_command = app.add_subcommand("cancel", "cancel a job");
    cancel_command->add_option("JOB", a.job)->required();
    cancel_command->callback([&] { chosen = [&](Context& context) { return cancel(context, a.job); }; });
}

Exit run(const Command& chosen, const Options& options, Interrupt& interrupt) {
    Context context(options, interrupt);
    try {
        return chosen(context);
    } catch (const Error& error) {
        context.end_progress();
        print_error(error.body(), options.json, context.hints());
        return exit_of(error.body());
    } catch (const std::exception& error) {
        context.end_progress();
        std::fprintf(stderr, "rekamctl: %s\n", error.what());
        return Exit::failed;
    }
}

int start(int argc, char** argv) {
    Interrupt interrupt;
    Arguments arguments;
    Command chosen;
    CLI::App app{"Look at a Rekam station and work with it.", "rekamctl"};
    app.set_version_flag("--version", "rekamctl " REKAM_VERSION);
    app.add_option("--station", arguments.options.station,
                   "its runtime directory, or tcp://requests,tcp://events (else REKAM_STATION)")
        ->type_name("PLACE");
    app.add_option("--operator", arguments.options.operator_name, "who works with it");
    app.add_option("--lang", arguments.options.lang, "of what is said to people, en or id (else LANG)")
        ->type_name("LANG")
        ->check(has_texts);
    app.add_flag("--json", arguments.options.json, "one JSON document, or one line per event");
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(footer);
    add_looking(app, arguments, chosen);
    add_capture(app, arguments, chosen);
    add_preview(app, arguments, chosen);
    add_cards(app, arguments, chosen);
    add_acting(app, arguments, chosen);
    add_bind(app, arguments, chosen);
    add_mending(app, arguments.mend, chosen);
    add_journal(app, arguments.journal, chosen);
    add_report(app, arguments.report, chosen);
    add_blanks(app, arguments, chosen);
    add_supervising(app, arguments, chosen);
    add_support(app, arguments, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
    }
    const Exit exit = run(chosen, arguments.options, interrupt);
    // What was asked to stop has stopped in order; the shell wants to know that it was asked.
    return interrupt.came() != 0 ? 128 + interrupt.came() : static_cast<int>(exit);
}

} // namespace
} // namespace rekam::ctl

int main(int argc, char** argv) {
    std::setlocale(LC_CTYPE, "");
    return rekam::ctl::start(argc, argv);
}
