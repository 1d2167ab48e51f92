// SPDX-License-Identifier: Apache-2.0
// Commands that change something or follow it: cases, cancel, watch.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdio>
#include <utility>

namespace rekam::ctl {
namespace {

std::string word(const boost::json::object& data, const char* name) {
    const auto* value = data.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string event_line(const Event& event, bool colour) {
    const auto data = boost::json::parse(event.data).as_object();
    const auto now =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
    const std::string state = printable(word(data, "state"));
    const std::string_view paint = colour ? colour_of(state) : "";
    std::string line = local_time(now.count()) + "  " + printable(event.stream) + "  " + event.kind;
    if (!state.empty())
        line += "  " + std::string(paint) + state + (paint.empty() ? "" : "\x1b[0m");
    for (const char* name : {"admin", "device", "reason"}) {
        const std::string value = printable(word(data, name));
        if (!value.empty() && value != "in-service" && event.stream != "device." + value)
            line += "  " + value;
    }
    if (const auto* error = data.if_contains("error"); error != nullptr && error->is_object()) {
        line += "  " + printable(word(error->get_object(), "code")) + ": " +
                printable(word(error->get_object(), "message"));
    }
    return line + "\n";
}

std::string event_json(const Event& event) {
    return R"({"stream":)" + json_text(event.stream) + R"(,"kind":)" + json_text(event.kind) + R"(,"seq":)" +
           std::to_string(event.seq) + R"(,"data":)" + event.data + "}\n";
}

bool away(const Error& error) {
    return error.code() == "no-station" || (error.code() == "no-answer" && error.body().effect == "none");
}

} // namespace

Exit watch(Context& context, const std::vector<std::string>& streams, std::int64_t count) {
    auto events = context.station().events(streams);
    bool told = false;
    for (std::int64_t seen = 0; count == 0 || seen < count;) {
        try {
            const auto event = events.next();
            if (!event)
                break;
            told = false;
            ++seen;
            context.print(context.json() ? event_json(*event) : event_line(*event, context.colour()));
        } catch (const Error& error) {
            if (!away(error))
                throw;
            if (!std::exchange(told, true))
                std::fputs("rekamctl: the station is away; waiting for it\n", stderr);
        }
    }
    return Exit::ok;
}

Exit case_open(Context& context, const std::string& purpose) {
    const std::string id = context.station().open_case(purpose).detach();
    context.print(context.json() ? R"({"case":)" + json_text(id) + "}\n" : id + "\n");
    return Exit::ok;
}

Exit case_close(Context& context, const std::string& case_id, const std::vector<std::string>& keep) {
    try {
        const auto closed = context.station().close_case(case_id, keep);
        context.print(context.json() ? R"({"case":)" + closed.json + "}\n" : "");
        return Exit::ok;
    } catch (const Error& error) {
        if (error.code() != "case-closed")
            throw;
        print_error(error.body(), context.json(), context.hints());
        return Exit::nothing_to_do;
    }
}

Exit case_list(Context& context, const std::string& state) {
    const auto records = context.station().cases(state);
    if (context.json()) {
        context.print("{" + json_list("cases", json_of(records)) + "}\n");
        return Exit::ok;
    }
    Table table({"CASE", "STATE", "PURPOSE", "OPENED", "CAPTURES", "CLIENT", "OPERATOR"});
    for (const auto& record : records)
        table.add({record.case_id, record.state, record.purpose, local_time(record.opened_utc_us),
                   std::to_string(record.captures), record.client, record.operator_name});
    context.print(table.empty() ? "no cases\n" : table.text(context.colour()));
    return Exit::ok;
}

Exit case_show(Context& context, const std::string& case_id) {
    const std::string record = context.station().get_case(case_id).json;
    context.print(context.json() ? record + "\n" : lines_of(record));
    return Exit::ok;
}

Exit cancel(Context& context, const std::string& job) {
    const std::string before = context.station().job(job).state;
    const bool ended =
        before == "done" || before == "failed" || before == "cancelled" || before == "timeout" || before == "unknown";
    const std::string state = ended ? before : context.station().cancel(job);
    context.print(context.json() ? R"({"job":)" + json_text(job) + R"(,"state":)" + json_text(state) + "}\n"
                                 : printable(job) + " " + printable(state) + "\n");
    return ended ? Exit::nothing_to_do : Exit::ok;
}

} // namespace rekam::ctl
