// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/hints.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace rekam::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view system_hints = "/usr/share/rekam/hints";
constexpr std::string_view hints_from_build = "../../../config/hints"; ///< from build/<preset>/bin

/// A word of a file name: what LANG says must not lead out of the directory.
bool is_language(std::string_view text) {
    return !text.empty() && text.size() <= 8 && std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::map<std::string, std::string, std::less<>> texts_of(const toml::table& table) {
    std::map<std::string, std::string, std::less<>> texts;
    for (const auto& [key, node] : table)
        if (const auto text = node.value<std::string>())
            texts.emplace(key.str(), *text);
    return texts;
}

} // namespace

Hints::Hints(const std::vector<std::string>& directories, const std::string& lang) {
    for (const auto& wanted : {lang, std::string("en")})
        for (const auto& directory : directories)
            if (is_language(wanted) && read((fs::path(directory) / (wanted + ".toml")).string())) {
                language_ = wanted;
                return;
            }
}

bool Hints::read(const std::string& path) {
    std::ifstream file(path);
    if (!file)
        return false;
    try {
        const toml::table whole = toml::parse(file, path);
        if (const auto* entries = whole["hint"].as_table())
            for (const auto& [key, node] : *entries)
                if (const auto* entry = node.as_table())
                    hints_.emplace(key.str(), texts_of(*entry));
        if (const auto* codes = whole["code"].as_table())
            codes_ = texts_of(*codes);
        if (const auto* common = whole["default"].as_table())
            default_ = texts_of(*common);
        if (const auto* words = whole["word"].as_table())
            words_ = texts_of(*words);
        return true;
    } catch (const toml::parse_error&) { // texts are a help; an error is told without them too
        hints_.clear();
        return false;
    }
}

std::optional<std::string> Hints::text(std::string_view hint, std::string_view code, std::string_view reader) const {
    auto entry = hints_.find(hint);
    if (entry == hints_.end())
        if (const auto usual = codes_.find(code); usual != codes_.end())
            entry = hints_.find(usual->second);
    if (entry == hints_.end())
        return std::nullopt;
    if (const auto text = entry->second.find(reader); text != entry->second.end())
        return text->second;
    const auto common = default_.find(reader);
    return common == default_.end() ? std::nullopt : std::optional(common->second);
}

std::string Hints::word(std::string_view word) const {
    const auto found = words_.find(word);
    return found == words_.end() ? std::string(word) : found->second;
}

std::vector<std::string> hint_directories() {
    std::vector<std::string> found;
    if (const char* chosen = std::getenv("REKAM_HINTS"); chosen != nullptr && *chosen != '\0')
        found.emplace_back(chosen);
    found.emplace_back(system_hints);
    std::error_code failed;
    if (const auto self = fs::read_symlink("/proc/self/exe", failed); !failed)
        found.push_back((self.parent_path() / hints_from_build).lexically_normal().string());
    return found;
}

std::string language_of(const std::string& chosen) {
    if (!chosen.empty())
        return chosen;
    for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') {
            const std::string_view locale(value);
            const std::string lang(locale.substr(0, locale.find_first_of("_.@")));
            return is_language(lang) ? lang : "en"; // "C" and "POSIX" are no languages
        }
    return "en";
}

std::vector<std::string> hint_languages(const std::vector<std::string>& directories) {
    std::vector<std::string> found;
    for (const auto& directory : directories) {
        std::error_code failed;
        for (const auto& entry : fs::directory_iterator(directory, failed))
            if (entry.path().extension() == ".toml" && is_language(entry.path().stem().string()))
                found.push_back(entry.path().stem().string());
    }
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::string_view reader_of(std::string_view who) { return who == "operator" ? "operator" : "technician"; }

} // namespace rekam::ctl
