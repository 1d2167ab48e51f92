// SPDX-License-Identifier: Apache-2.0
// rekamctl job, cards and drain: what a supervisor does.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>

#include <chrono>
#include <thread>
#include <utility>

namespace rekam::ctl {
namespace {

const boost::json::object* member(const boost::json::object& from, const char* name) {
    const auto* value = from.if_contains(name);
    return value != nullptr ? value->if_object() : nullptr;
}

std::string number(const boost::json::object* from, const char* name) {
    const auto* value = from != nullptr ? from->if_contains(name) : nullptr;
    return value != nullptr && value->is_int64() ? std::to_string(value->get_int64()) : "";
}

std::string word(const boost::json::object* from, const char* name) {
    const auto* value = from != nullptr ? from->if_contains(name) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// What the device remembers, in one line: it is all that the station has; the rest is for the person's eyes.
std::string evidence_of(const boost::json::object& job) {
    const auto *before = member(job, "evidence_before"), *after = member(job, "evidence_after");
    if (after == nullptr)
        return before != nullptr ? "the printer has not answered since" : "none";
    std::string text;
    const std::string from = number(before, "counter"), to = number(after, "counter");
    if (!from.empty() && !to.empty())
        text = "cards printed " + from + " -> " + to + ", ";
    text += "card at " + word(after, "card_at");
    const std::string serial = word(after, "last_serial");
    return serial.empty() ? text : text + ", last blank " + serial;
}

std::string ledger_text(const std::vector<HopperRecord>& hoppers, bool colour) {
    Table table({"PRINTER", "SLOTS", "LOADED", "ISSUED", "REJECTED", "SPOILED", "UNKNOWN", "LEFT", "DIFFERENCE"});
    std::string ahead;
    for (const auto& hopper : hoppers) {
        table.add({hopper.device, joined(hopper.slots), std::to_string(hopper.loaded), std::to_string(hopper.issued),
                   std::to_string(hopper.rejected), std::to_string(hopper.spoiled), std::to_string(hopper.unknown),
                   std::to_string(hopper.left), hopper.difference == 0 ? "" : std::to_string(hopper.difference)});
        if (const std::string line = forecast_line(hopper); !line.empty())
            ahead += printable(hopper.device) + ": " + line + "\n";
    }
    return table.empty() ? "no printer has used a card yet: rekamctl cards load SLOT COUNT\n"
                         : table.text(colour) + ahead;
}

} // namespace

std::string forecast_line(const HopperRecord& hopper) {
    if (!hopper.per_hour)
        return "";
    std::string line = "about " + std::to_string(hopper.left) + " cards left";
    if (hopper.empty_utc_us)
        line += ", empty near " + local_time(*hopper.empty_utc_us).substr(11, 5) + " at today's pace";
    return line;
}

Exit job_list(Context& context, bool open) {
    if (!open)
        return jobs(context);
    const auto records = context.station().open_outcomes();
    if (context.json()) {
        context.print("{" + json_list("jobs", json_of(records)) + "}\n");
        return Exit::ok;
    }
    Table table({"JOB", "SLOT", "CASE", "ENDED", "CARD AT", "EVIDENCE"});
    for (const auto& record : records) {
        const auto job = boost::json::parse(record.json).as_object();
        const auto* ended = member(job, "ended_at");
        const std::string when = number(ended, "utc_us");
        table.add({record.job, record.slot, record.case_id, when.empty() ? "" : local_time(std::stoll(when)),
                   word(&job, "card_at"), evidence_of(job)});
    }
    context.print(table.empty() ? "nothing is open\n" : table.text(context.colour()));
    return Exit::ok;
}

Exit job_reconcile(Context& context, const ReconcileArguments& arguments) {
    const JobRecord job = context.station().reconcile({arguments.job, arguments.effect, context.person(arguments.by),
                                                       arguments.second, arguments.reason, arguments.blank});
    if (context.json()) {
        context.print(job.json + "\n");
        return Exit::ok;
    }
    const auto record = boost::json::parse(job.json).as_object();
    context.print(printable(job.job) + " reconciled as " + printable(word(member(record, "reconciled"), "effect")) +
                  "; evidence: " + printable(evidence_of(record)) + "\n");
    return Exit::ok;
}

Exit cards_show(Context& context, const std::string& slot) {
    const auto hoppers = slot.empty() ? context.station().hoppers() : std::vector{context.station().hopper(slot)};
    context.print(context.json() ? "{" + json_list("hoppers", json_of(hoppers)) + "}\n"
                                 : ledger_text(hoppers, context.colour()));
    return Exit::ok;
}

Exit cards_change(Context& context, const std::string& what, const BlankArguments& arguments) {
    const std::string by = context.person(arguments.by);
    Station& station = context.station();
    HopperRecord hopper;
    if (what == "load")
        hopper = station.load_cards(arguments.slot, arguments.count, by);
    else if (what == "count")
        hopper = station.count_cards(arguments.slot, arguments.count, by, arguments.reason);
    else
        hopper = station.spoil_cards(arguments.slot, arguments.count, by, arguments.reason);
    context.print(context.json() ? hopper.json + "\n" : ledger_text({hopper}, context.colour()));
    return Exit::ok;
}

Exit drain(Context& context, const DrainArguments& arguments) {
    constexpr std::chrono::milliseconds look_again{200};
    if (!arguments.off && arguments.reason.empty())
        usage("say why with -r: whoever is refused reads it");
    Station& station = context.station();
    DrainRecord state = station.drain(!arguments.off, context.person(arguments.by), arguments.reason);
    while (arguments.wait && !arguments.off && state.side_effects > 0) {
        context.progress(std::to_string(state.side_effects) + " cards under way");
        std::this_thread::sleep_for(look_again);
        state = station.drained();
    }
    context.end_progress();
    if (context.json())
        context.print(R"({"on":)" + std::string(state.on ? "true" : "false") + R"(,"side_effects":)" +
                      std::to_string(state.side_effects) + "}\n");
    else if (state.on)
        context.print("the station begins no cards: " + printable(state.reason) + " (" + printable(state.by) + "); " +
                      std::to_string(state.side_effects) + " under way\n");
    else
        context.print("the station takes cards\n");
    return Exit::ok;
}

} // namespace rekam::ctl
