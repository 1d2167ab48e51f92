// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/config_table.h"

#include "core/wire/json.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace rekam::rekamd {
namespace {

constexpr std::uintmax_t max_file_bytes = 1 << 20;

std::string_view kind_name(const toml::node& node) {
    switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "true or false";
    default: return "a date or time";
    }
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j)
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])}));
    }
    return row[b.size()];
}

std::string joined(std::span<const std::string_view> words) {
    std::string list;
    for (const auto word : words)
        list += (list.empty() ? "" : ", ") + std::string(word);
    return list;
}

/// False for what JSON has no word for (dates, nan).
bool append_json(std::string& out, const toml::node& node) {
    if (const auto* text = node.as_string()) {
        wire::append_json_string(out, text->get());
    } else if (const auto* integer = node.as_integer()) {
        out += std::to_string(integer->get());
    } else if (const auto* flag = node.as_boolean()) {
        out += flag->get() ? "true" : "false";
    } else if (const auto* items = node.as_array()) {
        char separator = '[';
        for (const auto& item : *items) {
            out += std::exchange(separator, ',');
            if (!append_json(out, item))
                return false;
        }
        out += items->empty() ? "[]" : "]";
    } else if (const auto* members = node.as_table()) {
        char separator = '{';
        for (const auto& [key, member] : *members) {
            out += std::exchange(separator, ',');
            wire::append_json_string(out, key.str());
            out += ':';
            if (!append_json(out, member))
                return false;
        }
        out += members->empty() ? "{}" : "}";
    } else {
        return false;
    }
    return true;
}

} // namespace

File read_file(const std::filesystem::path& directory, const std::string& name, std::vector<Problem>& problems) {
    File file{.name = name, .text = {}, .root = {}, .parsed = false};
    std::error_code error;
    const auto size = std::filesystem::file_size(directory / name, error);
    if (error || size > max_file_bytes) {
        problems.push_back({name, 0, 0, error ? "cannot be read: " + error.message() : "is larger than 1 MiB"});
        return file;
    }
    std::ifstream stream(directory / name, std::ios::binary);
    std::ostringstream bytes;
    if (!stream || !(bytes << stream.rdbuf() || size == 0)) {
        problems.push_back({name, 0, 0, "cannot be read: check its owner and mode"});
        return file;
    }
    try {
        file.text = bytes.str();
        file.root = toml::parse(file.text);
        file.parsed = true;
    } catch (const toml::parse_error& mistake) {
        const auto& at = mistake.source().begin;
        problems.push_back({name, at.line, at.column, std::string(mistake.description())});
    }
    return file;
}

std::string Table::full_name(std::string_view key) const {
    return path_.empty() || key.empty() ? path_ + std::string(key) : path_ + "." + std::string(key);
}

void Table::problem_at(const toml::source_region& where, std::string text) const {
    problems_->push_back({file_->name, where.begin.line, where.begin.column, std::move(text)});
}

void Table::problem(std::string_view key, const std::string& text) const {
    const toml::node* node = table_ ? table_->get(key) : nullptr;
    const toml::source_region nowhere{};
    problem_at(node ? node->source() : table_ ? table_->source() : nowhere, full_name(key) + ": " + text);
}

const toml::node* Table::find(std::string_view key) {
    asked_.emplace_back(key);
    return table_ ? table_->get(key) : nullptr;
}

void Table::integer(std::string_view key, std::int64_t& field, std::int64_t min, std::int64_t max) {
    const toml::node* node = find(key);
    if (!node)
        return;
    const auto* integer = node->as_integer();
    if (!integer)
        return problem(key, "must be an integer, not " + std::string(kind_name(*node)));
    if (integer->get() < min || integer->get() > max)
        return problem(key, "must be from " + std::to_string(min) + " to " + std::to_string(max));
    field = integer->get();
}

void Table::boolean(std::string_view key, bool& field) {
    const toml::node* node = find(key);
    if (!node)
        return;
    if (const auto* flag = node->as_boolean())
        field = flag->get();
    else
        problem(key, "must be true or false, not " + std::string(kind_name(*node)));
}

void Table::text(std::string_view key, std::string& field, const Check& check) {
    const toml::node* node = find(key);
    if (!node)
        return;
    const auto* value = node->as_string();
    if (!value)
        return problem(key, "must be a text in quotes, not " + std::string(kind_name(*node)));
    if (const std::string wrong = check(value->get()); !wrong.empty())
        return problem(key, wrong);
    field = value->get();
}

void Table::word(std::string_view key, std::string& field, std::span<const std::string_view> allowed) {
    text(key, field, [&](const std::string& value) {
        return std::ranges::find(allowed, value) != allowed.end() ? "" : "must be one of " + joined(allowed);
    });
}

void Table::texts(std::string_view key, std::vector<std::string>& field, const Check& check) {
    const toml::node* node = find(key);
    if (!node)
        return;
    const auto* items = node->as_array();
    if (!items)
        return problem(key, "must be an array of texts, not " + std::string(kind_name(*node)));
    std::vector<std::string> values;
    for (const auto& item : *items) {
        const auto* value = item.as_string();
        const std::string wrong = value ? check(value->get()) : "must be an array of texts";
        if (!wrong.empty())
            return problem_at(item.source(), full_name(key) + ": " + wrong);
        values.push_back(value->get());
    }
    field = std::move(values);
}

Table Table::table(std::string_view key) {
    const toml::node* node = find(key);
    if (node && !node->is_table())
        problem(key, "must be a table, not " + std::string(kind_name(*node)));
    return {*file_, node ? node->as_table() : nullptr, full_name(key), *problems_};
}

std::vector<std::pair<std::string, Table>> Table::tables() {
    std::vector<std::pair<std::string, Table>> found;
    if (!table_)
        return found;
    for (const auto& [key, node] : *table_) {
        asked_.emplace_back(key.str());
        if (const auto* below = node.as_table())
            found.emplace_back(key.str(), Table(*file_, below, full_name(key.str()), *problems_));
        else
            problem(key.str(), "must be a table, not " + std::string(kind_name(node)));
    }
    return found;
}

std::vector<std::pair<std::string, std::string>> Table::entries(const Check& check_key) {
    std::vector<std::pair<std::string, std::string>> found;
    if (!table_)
        return found;
    for (const auto& [key, node] : *table_) {
        asked_.emplace_back(key.str());
        if (const std::string wrong = check_key(std::string(key.str())); !wrong.empty())
            problem(key.str(), wrong);
        else if (const auto* value = node.as_string())
            found.emplace_back(key.str(), value->get());
        else
            problem(key.str(), "must be a text in quotes, not " + std::string(kind_name(node)));
    }
    return found;
}

std::optional<wire::RawJson> Table::json(std::string_view key) {
    const toml::node* node = find(key);
    if (!node)
        return std::nullopt;
    wire::RawJson made{.text = {}};
    if (!append_json(made.text, *node)) {
        problem(key, "may hold texts, integers, true, false, arrays and tables only");
        return std::nullopt;
    }
    return made;
}

void Table::refuse_others() const {
    if (!table_)
        return;
    for (const auto& [key, node] : *table_) {
        if (std::ranges::find(asked_, key.str()) != asked_.end())
            continue;
        const auto nearest = std::ranges::min_element(
            asked_, {}, [&key = key](const auto& known) { return distance(known, key.str()); });
        std::string text = full_name(key.str()) + ": is no key of this file";
        if (nearest != asked_.end() && distance(*nearest, key.str()) <= std::max<std::size_t>(1, key.str().size() / 3))
            text += "; did you mean '" + *nearest + "'?";
        problem_at(key.source(), std::move(text));
    }
}

} // namespace rekam::rekamd
