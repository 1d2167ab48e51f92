// SPDX-License-Identifier: Apache-2.0
// Reads one TOML table key by key: type and bounds checked, unknown keys refused by name, everything with its place.
#pragma once

#include "core/rekamd/config.h"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace rekam::rekamd {

/// One file: parsed, or its problem noted and the table empty.
struct File {
    std::string name; ///< relative to the configuration directory
    std::string text;
    toml::table root;
    bool parsed = false;
};
File read_file(const std::filesystem::path& directory, const std::string& name, std::vector<Problem>& problems);

class Table {
  public:
    /// `path` names the table in messages: "" for a file's root.
    Table(const File& file, const toml::table* table, std::string path, std::vector<Problem>& problems)
        : file_(&file), table_(table), path_(std::move(path)), problems_(&problems) {}

    /// The fields keep what they hold when the key is absent.
    void integer(std::string_view key, std::int64_t& field, std::int64_t min, std::int64_t max);
    void boolean(std::string_view key, bool& field);
    /// `check` says what is wrong with a text, or nothing.
    using Check = std::function<std::string(const std::string&)>;
    void text(std::string_view key, std::string& field, const Check& check);
    void word(std::string_view key, std::string& field, std::span<const std::string_view> allowed);
    void texts(std::string_view key, std::vector<std::string>& field, const Check& check);

    /// A table below; empty when absent.
    Table table(std::string_view key);
    /// Every table below, by name; anything else below is a problem.
    std::vector<std::pair<std::string, Table>> tables();
    /// Every key with a text below; anything else below is a problem.
    std::vector<std::pair<std::string, std::string>> entries(const Check& check_key);
    /// Any value as JSON.
    std::optional<wire::RawJson> json(std::string_view key);

    [[nodiscard]] bool has(std::string_view key) const { return table_ && table_->contains(key); }
    void problem(std::string_view key, const std::string& text) const;

    /// Call when all keys have been asked for: the others are unknown.
    void refuse_others() const;

  private:
    const toml::node* find(std::string_view key);
    [[nodiscard]] std::string full_name(std::string_view key) const;
    void problem_at(const toml::source_region& where, std::string text) const;

    const File* file_;
    const toml::table* table_; ///< null: absent
    std::string path_;
    std::vector<Problem>* problems_;
    std::vector<std::string> asked_;
};

} // namespace rekam::rekamd
