// SPDX-License-Identifier: Apache-2.0
#include "tests/prove/power_files.h"

#include "core/base/digest.h"
#include "core/journal/lines.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <boost/json/parse.hpp>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace rekam::prove {
namespace {

namespace json = boost::json;

std::string read(const std::filesystem::path& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

/// Lines of a text that is kept meanwhile.
journal::NextLine lines_of(const std::string& text) {
    return [stream = std::make_shared<std::istringstream>(text)](std::string& line) {
        return static_cast<bool>(std::getline(*stream, line));
    };
}

void check(const std::string& name, const std::string& text, const std::string& public_key) {
    const auto result = journal::verify_lines([&] { return lines_of(text); }, {.public_key = public_key, .kept = {}});
    if (!result.problem.empty() || result.verdict.flaw)
        throw std::runtime_error(
            name + " is not whole: " + (result.problem.empty() ? result.verdict.flaw->what : result.problem));
}

} // namespace

std::vector<std::string> moved_entries(const std::filesystem::path& store, const std::filesystem::path& folder,
                                       const std::string& public_key, const std::string& kind) {
    SQLite::Database database(store.string(), SQLite::OPEN_READONLY);
    const std::int64_t first = database.execAndGet("SELECT COALESCE(MIN(seq), 1) FROM journal").getInt64();
    std::map<std::int64_t, std::pair<std::string, std::int64_t>> files; // first row -> name, last row
    SQLite::Statement records(database, "SELECT body FROM record WHERE kind='station' AND key LIKE 'journal.file.%'");
    while (records.executeStep()) {
        const auto body = json::parse(records.getColumn(0).getString()).as_object();
        files[body.at("first").as_int64()] = {std::string(body.at("file").as_string()), body.at("last").as_int64()};
    }
    std::vector<std::string> found;
    std::int64_t next = 1;
    std::string newest;
    for (const auto& [begins, file] : files) {
        if (begins != next)
            throw std::runtime_error("no file has row " + std::to_string(next));
        next = file.second + 1;
        newest = read(folder / file.first);
        check(file.first, newest, public_key);
        std::istringstream text(newest);
        for (std::string line; std::getline(text, line);) {
            const auto row = json::parse(line).as_object();
            if (const auto* body = row.if_contains("text"))
                if (json::parse(body->as_string()).as_object().at("kind").as_string() == kind)
                    found.emplace_back(body->as_string());
        }
    }
    if (next != first)
        throw std::runtime_error("the files end before row " + std::to_string(next) + ", the store begins with " +
                                 std::to_string(first));
    SQLite::Statement moved(database, "SELECT body FROM record WHERE kind='station' AND key='journal.moved'");
    if (moved.executeStep() &&
        json::parse(moved.getColumn(0).getString()).as_object().at("sha256").as_string() != sha256_hex(newest))
        throw std::runtime_error("the newest file is not the one that was written");
    return found;
}

} // namespace rekam::prove
