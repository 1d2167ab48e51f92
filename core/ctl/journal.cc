// SPDX-License-Identifier: Apache-2.0
// rekamctl journal: what happened, whether that record is whole, and a copy of it that can be verified elsewhere.
#include "core/ctl/commands.h"

#include "core/base/digest.h"
#include "core/ctl/journal.h"
#include "core/ctl/table.h"
#include "core/journal/lines.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

namespace rekam::ctl {
namespace {

using boost::json::object;

constexpr std::chrono::minutes verify_limit{30}, erase_limit{5};

/// "2026-11-27", "2026-11-27T08:15" in local time, or "90m", "24h", "7d" ago.
std::int64_t instant_of(const std::string& text) {
    std::tm local{};
    local.tm_isdst = -1;
    for (const char* form : {"%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        const char* end = ::strptime(text.c_str(), form, &local);
        if (end != nullptr && *end == '\0')
            return static_cast<std::int64_t>(std::mktime(&local)) * 1'000'000;
    }
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string unit(end, text.data() + text.size());
    const std::int64_t seconds = unit == "m" ? 60 : unit == "h" ? 3'600 : unit == "d" ? 86'400 : 0;
    if (error != std::errc() || seconds == 0 || count < 0 || count > 100'000)
        usage("--since wants a date like 2026-11-27, a time like 2026-11-27T08:15, or 90m, 24h, 7d");
    return (static_cast<std::int64_t>(std::time(nullptr)) - count * seconds) * 1'000'000;
}

std::string entry_line(const object& found) {
    const auto& entry = found.at("entry").as_object();
    const auto* at = entry.if_contains("at");
    std::string line = std::to_string(number_of(found, "seq"));
    line.insert(0, line.size() < 7 ? 7 - line.size() : 0, ' ');
    line += "  " + local_time(at != nullptr && at->is_object() ? number_of(at->as_object(), "utc_us") : 0) + "  " +
            printable(text_of(entry, "kind"));
    for (const auto& [name, value] : entry) {
        if (name == "kind" || name == "at" || name == "epoch")
            continue;
        const std::string text = value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
        line += "  " + printable(std::string(name)) + "=" + printable(text);
    }
    return line + "\n";
}

std::string read_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    return bytes.str();
}

/// A file with a head in it, or the head itself.
journal::KeptHead kept_head(const std::string& argument) {
    auto kept = journal::read_kept(argument);
    if (!kept)
        kept = journal::read_kept(read_file(argument));
    if (!kept)
        usage("--head wants a head, like \"1234: 3f9a 11c2 88de 0a4b 77aa 0913\", or a file with one");
    return *kept;
}

Exit tell(Context& context, bool whole, const std::string& text, const std::string& json) {
    context.print(context.json() ? json + "\n" : text + "\n");
    return whole ? Exit::ok : Exit::needs_person;
}

std::string whole_text(std::int64_t first, std::int64_t last, std::int64_t heads, std::int64_t loose) {
    return "whole: entries " + std::to_string(first) + " to " + std::to_string(last) + ", " + std::to_string(heads) +
           " signed heads, " + std::to_string(loose) + " entries after the newest";
}

std::string flaw_text(std::int64_t seq, const std::string& what) {
    return "entry " + std::to_string(seq) + ": " + printable(what) +
           "\nwhat stands before it is whole; keep a copy of the state directory, and find out who could write there";
}

/// The files that older entries were moved to, a line for each.
std::string files_text(const object& reply) {
    const auto* files = reply.if_contains("files");
    if (files == nullptr || files->as_array().empty())
        return {};
    std::string text = "\nmoved to files in journal/ of the state directory:";
    for (const auto& found : files->as_array()) {
        const auto& file = found.as_object();
        const std::string flaw = text_of(file, "flaw");
        text += "\n  " + printable(text_of(file, "file")) + "  entries " + std::to_string(number_of(file, "first")) +
                " to " + std::to_string(number_of(file, "last")) + (flaw.empty() ? ", whole" : ": " + printable(flaw));
    }
    const std::int64_t others = number_of(reply, "files_count") - std::ssize(files->as_array());
    return text + (others > 0 ? "\n  and " + std::to_string(others) + " others" : "");
}

Exit verify_file(Context& context, const JournalArguments& arguments) {
    journal::Anchors anchors;
    if (!arguments.head.empty())
        anchors.kept.push_back(kept_head(arguments.head));
    if (!arguments.key.empty()) {
        anchors.public_key = from_hex(arguments.key);
        if (!anchors.public_key)
            usage("--key wants the 64 hex digits of `public_key` in rekamctl journal head --json");
    }
    const auto open = [&]() -> journal::NextLine {
        auto stream = std::make_shared<std::ifstream>(arguments.file, std::ios::binary);
        return [stream](std::string& line) { return static_cast<bool>(std::getline(*stream, line)); };
    };
    const auto found = journal::verify_lines(open, std::move(anchors));
    if (!found.problem.empty()) {
        std::fprintf(stderr, "rekamctl: %s: %s\n", arguments.file.c_str(), found.problem.c_str());
        return Exit::failed;
    }
    const auto& verdict = found.verdict;
    object result{{"station", found.station}, {"whole", !verdict.flaw}, {"first", verdict.first},
                  {"last", verdict.last},     {"heads", verdict.heads}, {"unsigned", verdict.unsigned_}};
    if (verdict.flaw)
        result["flaw"] = object{{"seq", verdict.flaw->seq}, {"what", verdict.flaw->what}};
    return tell(context, !verdict.flaw,
                verdict.flaw ? flaw_text(verdict.flaw->seq, verdict.flaw->what)
                             : whole_text(verdict.first, verdict.last, verdict.heads, verdict.unsigned_),
                boost::json::serialize(result));
}

} // namespace

object ask(Context& context, const std::string& op, const object& params, Milliseconds timeout) {
    CallOptions options;
    options.timeout = timeout;
    return boost::json::parse(context.station().call(op, boost::json::serialize(params), options).result).as_object();
}

void each_page(Context& context, object params, const std::function<bool(const object&)>& take) {
    params["limit"] = 100;
    for (;;) {
        const object page = ask(context, "journal.query", params);
        const bool more = take(page);
        const auto* next = page.if_contains("next");
        if (!more || next == nullptr || context.interrupt().came() != 0)
            return;
        params["cursor"] = *next;
    }
}

namespace {

/// 0: there is none.
std::int64_t first_entry(Context& context, object params) {
    params["limit"] = 1;
    const object page = ask(context, "journal.query", params);
    const auto& entries = page.at("entries").as_array();
    return entries.empty() ? 0 : number_of(entries.front().as_object(), "seq");
}

} // namespace

void whole_journal(Context& context, const object& params, const std::function<void()>& begin,
                   const std::function<void(const object&)>& take) {
    constexpr int tries_max = 5;
    bool whole = false;
    for (int tries = 0; !whole && tries < tries_max; ++tries) {
        // Entries that go between here and the first page leave one behind that says where they are. What `begin` asks
        // of the station may be older than that.
        std::int64_t expected = first_entry(context, params);
        whole = true;
        begin();
        each_page(context, params, [&](const object& page) {
            for (const auto& found : page.at("entries").as_array()) {
                const std::int64_t seq = number_of(found.as_object(), "seq");
                whole = whole && (expected == 0 || seq == expected);
                expected = seq + 1;
            }
            if (whole)
                take(page);
            return whole;
        });
    }
    if (!whole)
        throw std::runtime_error("the station moves entries to files faster than they are read here; try again later");
}

Exit journal_list(Context& context, const JournalArguments& arguments) {
    object params;
    if (!arguments.job.empty())
        params["job"] = arguments.job;
    if (!arguments.slot.empty())
        params["slot"] = arguments.slot;
    if (!arguments.kind.empty())
        params["kind"] = arguments.kind;
    if (!arguments.since.empty())
        params["since_us"] = instant_of(arguments.since);
    std::string all;
    each_page(context, std::move(params), [&](const object& page) {
        for (const auto& found : page.at("entries").as_array()) {
            if (!context.json())
                context.print(entry_line(found.as_object()));
            else
                all += (all.empty() ? "" : ",") + boost::json::serialize(found);
        }
        return true;
    });
    if (context.json())
        context.print("{\"entries\":[" + all + "]}\n");
    return Exit::ok;
}

Exit journal_head(Context& context) {
    const auto reply = ask(context, "journal.head", {});
    if (context.json()) {
        context.print(boost::json::serialize(reply) + "\n");
        return Exit::ok;
    }
    const auto signature = from_hex(text_of(reply, "signature"));
    context.print(journal::print_head({text_of(reply, "text"), signature.value_or("")}));
    std::fprintf(stderr, "on paper: %s\n", printable(text_of(reply, "paper")).c_str());
    return Exit::ok;
}

Exit journal_verify(Context& context, const JournalArguments& arguments) {
    if (!arguments.file.empty())
        return verify_file(context, arguments);
    object params;
    if (!arguments.head.empty()) {
        const auto kept = kept_head(arguments.head);
        params["head"] = std::to_string(kept.seq) + ": " + kept.hash_digits;
    }
    const auto reply = ask(context, "journal.verify", params, verify_limit);
    const auto* flaw = reply.if_contains("flaw");
    return tell(context, flaw == nullptr,
                (flaw != nullptr ? flaw_text(number_of(flaw->as_object(), "seq"), text_of(flaw->as_object(), "what"))
                                 : whole_text(number_of(reply, "first"), number_of(reply, "last"),
                                              number_of(reply, "heads"), number_of(reply, "unsigned"))) +
                    files_text(reply),
                boost::json::serialize(reply));
}

Exit journal_export(Context& context, const std::string& file) {
    const auto bytes = [](const object& from, const char* name) { return from_hex(text_of(from, name)).value_or(""); };
    std::ofstream out;
    object head;
    std::int64_t last = 0, written = 0;
    const auto begin = [&] {
        out.close();
        out.clear();
        out.open(file, std::ios::binary | std::ios::trunc);
        head = ask(context, "journal.head", {});
        last = number_of(head, "seq");
        written = 0;
        out << journal::line_of(journal::FirstLine{
            text_of(head, "station"), bytes(head, "public_key"), {text_of(head, "text"), bytes(head, "signature")}});
    };
    whole_journal(context, {{"proof", true}}, begin, [&](const object& page) {
        for (const auto& found : page.at("heads").as_array())
            if (const auto& one = found.as_object(); number_of(one, "seq") <= last)
                out << journal::line_of(number_of(one, "seq"), {text_of(one, "text"), bytes(one, "signature")});
        for (const auto& found : page.at("entries").as_array()) {
            const auto& one = found.as_object();
            if (number_of(one, "seq") > last)
                continue; // it came while this went on; the head does not speak for it
            out << journal::line_of(journal::Row{number_of(one, "seq"), text_of(one, "text"), bytes(one, "commitment"),
                                                 bytes(one, "hash")});
            ++written;
        }
    });
    out.flush();
    if (!out || context.interrupt().came() != 0) {
        std::fprintf(stderr, "rekamctl: %s could not be written whole: make room, and export again\n", file.c_str());
        return Exit::failed;
    }
    context.print(context.json() ? R"({"file":)" + json_text(file) + R"(,"entries":)" + std::to_string(written) + "}\n"
                                 : std::to_string(written) + " entries; keep this with it, but elsewhere:\n" +
                                       printable(text_of(head, "paper")) + "\n");
    return Exit::ok;
}

Exit journal_erase(Context& context, const JournalArguments& arguments) {
    object params{{"case", arguments.case_id}, {"reason", arguments.reason}};
    if (!arguments.by.empty())
        params["by"] = arguments.by;
    const auto reply = ask(context, "journal.erase", params, erase_limit);
    context.print(context.json() ? boost::json::serialize(reply) + "\n"
                                 : printable(text_of(reply, "case")) + " is erased: " +
                                       std::to_string(number_of(reply, "erased")) + " entries are about nobody now\n");
    return Exit::ok;
}

} // namespace rekam::ctl
