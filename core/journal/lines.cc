// SPDX-License-Identifier: Apache-2.0
#include "core/journal/lines.h"

#include "core/base/digest.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::journal {
namespace {

using boost::json::object;

constexpr std::int64_t version = 1;

/// Every read fails once and for all: the first mistake is kept.
struct Fields {
    const object& line;
    std::string problem;

    std::string text(std::string_view name) {
        const auto* value = line.if_contains(name);
        if (value && value->is_string())
            return std::string(value->as_string());
        return fail(name, "is no text");
    }
    std::string bytes(std::string_view name) {
        auto read = from_hex(text(name));
        return read ? std::move(*read) : fail(name, "is no hex");
    }
    std::int64_t number(std::string_view name) {
        const auto* value = line.if_contains(name);
        if (value && value->is_int64())
            return value->as_int64();
        fail(name, "is no number");
        return 0;
    }
    std::string fail(std::string_view name, std::string_view why) {
        if (problem.empty())
            problem = std::string(name) + " " + std::string(why);
        return {};
    }
};

std::string written(object line) { return boost::json::serialize(line) + "\n"; }

/// Calls `each` for every line until it says what is wrong; gives that, with the line's number.
std::string walk(const NextLine& next, const std::function<std::string(const object&)>& each) {
    std::string text;
    for (std::int64_t number = 1; next(text); ++number) {
        const auto at = "line " + std::to_string(number) + ": ";
        boost::system::error_code error;
        const auto value = boost::json::parse(text, error);
        if (error || !value.is_object())
            return at + "is no JSON object";
        if (auto problem = each(value.as_object()); !problem.empty())
            return at + problem;
    }
    return {};
}

std::string read_first(const object& line, FirstLine& first) {
    Fields fields{line, {}};
    if (fields.text("rekam") != "journal" || fields.number("version") != version)
        return "is not the first line of an exported journal of version 1";
    first.station = fields.text("station");
    first.public_key = fields.bytes("public_key");
    first.head = {fields.text("head"), fields.bytes("signature")};
    if (line.contains("previous"))
        first.previous = fields.bytes("previous");
    if (const auto* keys = line.if_contains("keys"); keys && keys->is_array())
        for (const auto& digits : keys->as_array())
            if (auto key = digits.is_string() ? from_hex(digits.as_string()) : std::nullopt)
                first.keys.push_back(std::move(*key));
    return fields.problem;
}

} // namespace

std::string line_of(const FirstLine& first) {
    object line{{"rekam", "journal"},       {"version", version},
                {"station", first.station}, {"public_key", to_hex(first.public_key)},
                {"head", first.head.text},  {"signature", to_hex(first.head.signature)}};
    if (first.previous)
        line["previous"] = to_hex(*first.previous);
    if (!first.keys.empty()) {
        boost::json::array keys;
        for (const auto& key : first.keys)
            keys.emplace_back(to_hex(key));
        line["keys"] = std::move(keys);
    }
    return written(std::move(line));
}

std::string line_of(const Row& row) {
    return written(
        {{"seq", row.seq}, {"text", row.body}, {"commitment", to_hex(row.commitment)}, {"hash", to_hex(row.hash)}});
}

std::string line_of(std::int64_t seq, const SignedHead& head) {
    return written({{"seq", seq}, {"head", head.text}, {"signature", to_hex(head.signature)}});
}

FileVerdict verify_lines(const std::function<NextLine()>& open, Anchors anchors) {
    FileVerdict result;
    FirstLine first;
    std::vector<std::pair<std::int64_t, SignedHead>> heads;
    bool is_first = true;
    const auto take_head = [&](const object& line) -> std::string {
        if (std::exchange(is_first, false))
            return read_first(line, first);
        if (!line.contains("head"))
            return {};
        Fields fields{line, {}};
        heads.emplace_back(fields.number("seq"), SignedHead{fields.text("head"), fields.bytes("signature")});
        return fields.problem;
    };
    result.problem = walk(open(), take_head);
    if (result.problem.empty() && is_first)
        result.problem = "the file is empty";
    const auto newest = read_head(first.head.text);
    if (result.problem.empty() && !newest)
        result.problem = "line 1: head cannot be read";
    if (!result.problem.empty())
        return result;
    result.station = first.station;
    result.head = *newest;
    result.previous = first.previous;
    if (std::ranges::none_of(heads, [&](const auto& head) { return head.first == newest->seq; }))
        heads.emplace_back(newest->seq, first.head);
    anchors.personal = false;
    if (!anchors.public_key)
        anchors.public_key = first.public_key;
    anchors.previous = first.previous;
    anchors.keys = first.keys;
    Verifier verifier(std::move(anchors));
    for (const auto& [seq, head] : heads)
        verifier.add(seq, head);
    is_first = true;
    result.problem = walk(open(), [&](const object& line) -> std::string {
        if (std::exchange(is_first, false) || line.contains("head"))
            return {};
        Fields fields{line, {}};
        const Row row{fields.number("seq"), fields.text("text"), fields.bytes("commitment"), fields.bytes("hash")};
        if (fields.problem.empty())
            verifier.add(row, nullptr);
        return fields.problem;
    });
    if (result.problem.empty())
        result.verdict = verifier.finish();
    return result;
}

} // namespace rekam::journal
