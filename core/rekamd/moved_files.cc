// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/moved_files.h"

#include "core/base/digest.h"
#include "core/journal/lines.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

namespace rekam::rekamd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t files_shown = 200, flaws_shown = 100;
// A file is deleted a step before the store writes that down.
constexpr int looks = 20;
constexpr std::chrono::milliseconds between_looks{100};

bool is_there(const fs::path& file) {
    std::error_code none;
    return fs::is_regular_file(file, none);
}

/// It is not there, and the store goes on saying that it is.
bool is_missing(JournalReader& reader, const fs::path& file, const std::function<bool()>& go_on) {
    for (int look = 0; look < looks && go_on(); ++look) {
        const auto named = reader.files();
        if (is_there(file) || std::ranges::find(named, file.filename().string(), &MovedFile::name) == named.end())
            return false;
        std::this_thread::sleep_for(between_looks);
    }
    return true;
}

/// What is wrong with a file that is there; empty: nothing. `previous`: the hash that it has to follow, where one is
/// known.
std::string flaw_of(const fs::path& path, const MovedFile& named, const std::optional<std::string>& previous) {
    const auto open = [&]() -> journal::NextLine {
        auto stream = std::make_shared<std::ifstream>(path, std::ios::binary);
        return [stream](std::string& line) { return static_cast<bool>(std::getline(*stream, line)); };
    };
    const auto found = journal::verify_lines(open, {});
    if (!found.problem.empty())
        return "cannot be read: " + found.problem;
    const auto& verdict = found.verdict;
    if (verdict.flaw)
        return "is wrong at entry " + std::to_string(verdict.flaw->seq) + ": " + verdict.flaw->what;
    if (verdict.first != named.first || verdict.last != named.last || to_hex(found.head.hash) != named.hash ||
        found.head.seq != named.last)
        return "has other entries than those that were moved to it";
    if (previous && found.previous != from_hex(*previous))
        return "does not follow the file before it";
    return {};
}

void note(wire::JournalVerifyResult& result, std::int64_t seq, std::string what) {
    if (!result.flaw || seq < result.flaw->seq)
        result.flaw = wire::JournalFlaw{seq, std::move(what)};
    result.whole = false;
}

/// What does not fit is left out: of what is right the oldest, of what is wrong the newest.
void shorten(std::vector<wire::JournalMovedFile>& files) {
    std::size_t flaws = 0;
    std::erase_if(files, [&](const auto& file) { return file.flaw && ++flaws > flaws_shown; });
    std::size_t surplus = files.size() > files_shown ? files.size() - files_shown : 0;
    std::erase_if(files, [&](const auto& file) { return !file.flaw && surplus > 0 && surplus-- > 0; });
}

} // namespace

bool check_files(JournalReader& reader, const fs::path& directory, wire::JournalVerifyResult& result,
                 const std::function<bool()>& go_on) {
    std::optional<std::string> previous; ///< of the file before
    std::int64_t next = 0;               ///< the entry that has to come
    for (const auto& named : reader.files()) {
        if (!go_on())
            return false;
        if (named.first >= result.first)
            break; // it was moved since the store was looked at
        wire::JournalMovedFile shown{named.name, named.first, named.last, {}};
        if (!is_there(directory / named.name)) {
            if (!is_missing(reader, directory / named.name, go_on))
                continue; // it has just been deleted to make room, and the journal says so
            shown.flaw = "is not there";
        } else if (auto flaw = flaw_of(directory / named.name, named, previous); !flaw.empty()) {
            shown.flaw = std::move(flaw);
        }
        if (next != 0 && named.first != next)
            note(result, next, "the entries from here to " + std::to_string(named.first - 1) + " are in no file");
        if (shown.flaw)
            note(result, named.first,
                 "the entries from here to " + std::to_string(named.last) + " were moved to " + named.name +
                     ", which " + *shown.flaw);
        previous = named.hash;
        next = named.last + 1;
        ++result.files_count;
        result.files.push_back(std::move(shown));
    }
    if (next != 0 && next < result.first)
        note(result, next, "the entries from here to " + std::to_string(result.first - 1) + " are in no file");
    shorten(result.files);
    return true;
}

} // namespace rekam::rekamd
