// SPDX-License-Identifier: Apache-2.0
// rekamctl print, card and bind: a card, the exchange with its chip, the device of a slot.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <algorithm>
#include <array>
#include <optional>

namespace rekam::ctl {
namespace {

Bytes bytes_of(const std::string& hex) {
    const auto digit = [](char c) -> std::optional<unsigned> {
        if (c >= '0' && c <= '9')
            return static_cast<unsigned>(c - '0');
        if (c >= 'a' && c <= 'f')
            return static_cast<unsigned>(c - 'a' + 10);
        if (c >= 'A' && c <= 'F')
            return static_cast<unsigned>(c - 'A' + 10);
        return std::nullopt;
    };
    Bytes bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const auto high = digit(hex[i]), low = i + 1 < hex.size() ? digit(hex[i + 1]) : std::nullopt;
        if (!high || !low)
            usage("a command is hex with an even number of digits, such as 00a40000023f00, not '" + hex + "'");
        bytes.push_back(static_cast<std::byte>(*high << 4U | *low));
    }
    if (bytes.size() < 4)
        usage("a command has at least four bytes: " + hex);
    return bytes;
}

std::string hex_of(const Bytes& bytes) {
    std::string hex;
    for (const std::byte byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex += digits[std::to_integer<unsigned>(byte) >> 4U];
        hex += digits[std::to_integer<unsigned>(byte) & 15U];
    }
    return hex;
}

std::string status_of(const Response& response) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04x", static_cast<unsigned>(response.status));
    return text.data();
}

/// Sends the commands one by one, and shows what the card says. False: it refused one.
bool converse(Context& context, Card& card, const std::vector<Bytes>& commands, std::vector<std::string>& answers) {
    for (const auto& command : commands) {
        const auto response = card.transmit({command}).front();
        const std::string answer = hex_of(response.data) + status_of(response);
        answers.push_back(answer);
        if (!context.json())
            context.print("> " + hex_of(command) + "\n< " + answer + "\n");
        if (response.status != 0x9000)
            return false;
    }
    return true;
}

std::vector<Bytes> all_bytes(const std::vector<std::string>& commands) {
    std::vector<Bytes> all;
    for (const auto& command : commands)
        all.push_back(bytes_of(command));
    return all;
}

std::optional<Picture> side(const std::string& path) {
    return path.empty() ? std::nullopt : std::optional(Picture::of_file(path));
}

std::string case_of(Context& context, const std::string& given, std::optional<Case>& own) {
    if (!given.empty())
        return given;
    own.emplace(context.station().open_case("test"));
    return own->id();
}

} // namespace

Exit print(Context& context, const PrintArguments& arguments) {
    const auto commands = all_bytes(arguments.apdus);
    PrintRequest request;
    request.slot = arguments.slot;
    request.front = side(arguments.front);
    request.back = side(arguments.back);
    request.steps = arguments.steps;
    request.encoder = arguments.encoder;
    request.on_fail = arguments.on_fail;
    request.tracks = arguments.tracks;
    request.cites = arguments.cites;
    if (arguments.reprint_of.empty() != (arguments.reason.empty() && arguments.second.empty()))
        usage("--reprint-of goes with -r and --second: why, and who confirms it beside you");
    if (!arguments.reprint_of.empty())
        request.reprint = Reprint{arguments.reprint_of, arguments.reason, arguments.second};
    request.deadline = Milliseconds(arguments.deadline_ms);
    for (const auto& assignment : arguments.set)
        request.parameters.insert(parameter(assignment));
    const bool chip = std::ranges::find(request.steps, "chip") != request.steps.end();
    if (chip == request.encoder.empty())
        usage("--encoder names the slot of the chip station, and goes with --step chip");
    std::vector<std::string> slots{arguments.slot};
    if (chip)
        slots.push_back(arguments.encoder);
    std::optional<Case> own;
    const std::string case_id = case_of(context, arguments.case_id, own);
    Lease lease = context.station().lease(slots, case_id, {.wait = Milliseconds(arguments.wait_ms)});
    Print job = lease.start_print(request);
    context.interrupt().on_signal([&job] { job.cancel(); });
    const auto tell = [&](const Progress& progress) { context.progress(request.slot + ": " + progress.text()); };
    std::vector<std::string> answers;
    if (chip && job.wait_chip(tell)) {
        context.end_progress();
        Card card = lease.open_card({.slot = arguments.encoder, .intent = "write"});
        const bool good = converse(context, card, commands, answers);
        card.close(!good);
    }
    const PrintResult result = job.result(tell);
    context.end_progress();
    context.interrupt().on_signal({});
    if (context.json())
        context.print(R"({"result":)" + result.json + "," +
                      json_list("responses",
                                [&] {
                                    std::vector<std::string> texts;
                                    for (const auto& answer : answers)
                                        texts.push_back(json_text(answer));
                                    return texts;
                                }()) +
                      "}\n");
    else
        context.print(printable(result.job) + " done, the card is at: " + printable(result.card_at) + "\n");
    return Exit::ok;
}

Exit card(Context& context, const CardArguments& arguments) {
    const auto commands = all_bytes(arguments.commands);
    std::optional<Case> own;
    const std::string case_id = case_of(context, arguments.case_id, own);
    Lease lease = context.station().lease({arguments.slot}, case_id, {.wait = Milliseconds(arguments.wait_ms)});
    Card open = lease.open_card({.slot = arguments.slot, .intent = arguments.intent}, [&](const Progress& progress) {
        context.progress(arguments.slot + ": " + progress.text());
    });
    context.end_progress();
    if (!context.json())
        context.print("ATR " + printable(open.atr()) + "\n");
    std::vector<std::string> answers;
    const bool good = converse(context, open, commands, answers);
    const std::string opened = open.json();
    open.close();
    if (context.json()) {
        std::vector<std::string> texts;
        for (const auto& answer : answers)
            texts.push_back(json_text(answer));
        context.print(R"({"result":)" + opened + "," + json_list("responses", texts) + "}\n");
    }
    return good ? Exit::ok : Exit::failed;
}

Exit bind_slot(Context& context, const std::string& slot, const std::string& device) {
    const SlotRecord record = context.station().bind(slot, device);
    context.print(context.json() ? record.json + "\n" : printable(record.slot) + " " + printable(record.device) + "\n");
    return Exit::ok;
}

} // namespace rekam::ctl
