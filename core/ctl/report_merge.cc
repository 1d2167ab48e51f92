// SPDX-License-Identifier: Apache-2.0
// Exported journals, of stations and days: verified one by one, then joined.
#include "core/ctl/report.h"

#include "core/base/digest.h"
#include "core/ctl/journal.h"
#include "core/journal/lines.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>

namespace rekam::ctl {
namespace {

using boost::json::object;

constexpr std::size_t hash_kept = 16; ///< hex digits: enough to tell two journals apart

struct Export {
    std::string file, station;
    std::int64_t first = 0, last = 0; ///< what is whole of it
    journal::Head head;
    std::string previous;       ///< the hash of the entry before it, where it begins later than the journal
    std::set<std::string> keys; ///< that signed before it
};

journal::NextLine lines_of_file(const std::string& file) {
    auto stream = std::make_shared<std::ifstream>(file, std::ios::binary);
    return [stream](std::string& line) { return static_cast<bool>(std::getline(*stream, line)); };
}

std::string range_text(std::int64_t first, std::int64_t last) {
    return first == last ? "entry " + std::to_string(first)
                         : "entries " + std::to_string(first) + " to " + std::to_string(last);
}

/// Nothing of a file that cannot be read; of one that is not whole, what stands before the flaw.
std::optional<Export> verified(const std::string& file, std::vector<ReportRemark>& remarks) {
    const auto found = journal::verify_lines([&] { return lines_of_file(file); }, {});
    if (!found.problem.empty()) {
        remarks.push_back({file, found.problem + "; nothing of it is counted", true});
        return std::nullopt;
    }
    std::string line;
    lines_of_file(file)(line);
    const auto first_line = boost::json::parse(line).as_object();
    const auto head = journal::read_head(text_of(first_line, "head"));
    Export read{file,
                found.station,
                found.verdict.first,
                found.verdict.last,
                head.value_or(journal::Head{}),
                text_of(first_line, "previous").substr(0, hash_kept),
                {}};
    if (const auto* keys = first_line.if_contains("keys"); keys != nullptr && keys->is_array())
        for (const auto& key : keys->get_array())
            read.keys.insert(journal::key_id_of(from_hex(std::string(key.as_string())).value_or("")));
    if (const auto& flaw = found.verdict.flaw) {
        remarks.push_back(
            {file, "broken at entry " + std::to_string(flaw->seq) + ": " + flaw->what + "; counted up to there", true});
        read.last = std::min(read.last, flaw->seq - 1);
    }
    if (read.station != read.head.station) {
        remarks.push_back({file, "its head is of another station; nothing of it is counted", true});
        return std::nullopt;
    }
    return read;
}

/// The entries of one station out of all its files, each once, in their order.
class Joined {
  public:
    Joined(const Export& first, const Zone& zone, std::vector<ReportRemark>& remarks)
        : fold_(first.station, zone, first.first == 1), remarks_(remarks) {}

    void take(const Export& from, std::int64_t until_us) {
        const auto before = hashes_.find(from.first - 1);
        if (!from.previous.empty() && before != hashes_.end() && before->second != from.previous) {
            remarks_.push_back({from.file, "does not follow the export before it; nothing of it is counted", true});
            return;
        }
        keys_.insert(from.keys.begin(), from.keys.end());
        const auto next = lines_of_file(from.file);
        for (std::string line; next(line);) {
            const auto row = boost::json::parse(line).as_object();
            const std::int64_t seq = number_of(row, "seq");
            if (row.contains("head") || seq > from.last)
                continue;
            if (!take_row(from, seq, row, until_us))
                return;
        }
        if (!newest_.key_id.empty() && newest_.key_id != from.head.key_id && !keys_.contains(from.head.key_id))
            remarks_.push_back({from.file, "is signed with a key that no entry announces", true});
        if (from.head.seq > newest_.seq)
            newest_ = from.head;
    }

    std::vector<DayFigures> finish(std::optional<Day> wanted) {
        return fold_.finish(wanted, std::max(newest_.utc_us, last_us_ + 1));
    }
    [[nodiscard]] const journal::Head& newest() const { return newest_; }

  private:
    /// False: this file is another journal than those before it.
    bool take_row(const Export& from, std::int64_t seq, const object& row, std::int64_t until_us) {
        const std::string hash = text_of(row, "hash").substr(0, hash_kept);
        if (const auto known = hashes_.find(seq); known != hashes_.end()) {
            if (known->second == hash)
                return true;
            remarks_.push_back({from.file,
                                "differs from the exports before it at entry " + std::to_string(seq) +
                                    ": one of them is not the station's; from there on it is not counted",
                                true});
            return false;
        }
        if (last_ != 0 && seq > last_ + 1) {
            remarks_.push_back({from.station, range_text(last_ + 1, seq - 1) + " are in no export", true});
            fold_.gap();
        }
        hashes_.emplace(seq, hash);
        last_ = seq;
        boost::system::error_code error;
        const auto body = boost::json::parse(text_of(row, "text"), error);
        if (error || !body.is_object()) { // signed by whoever made the file; a station writes no such thing
            remarks_.push_back({from.file, range_text(seq, seq) + " is no JSON object; it is not counted", true});
            return true;
        }
        const auto& entry = body.get_object();
        const auto* at = entry.if_contains("at");
        const std::int64_t utc_us = at != nullptr && at->is_object() ? number_of(at->get_object(), "utc_us") : 0;
        if (text_of(entry, "kind") == journal::kind_key)
            keys_.insert(text_of(entry, "key"));
        if (utc_us < until_us) {
            fold_.add(entry);
            last_us_ = std::max(last_us_, utc_us);
        }
        return true;
    }

    DayFold fold_;
    std::vector<ReportRemark>& remarks_;
    journal::Head newest_;
    std::int64_t last_ = 0, last_us_ = 0;
    std::unordered_map<std::int64_t, std::string> hashes_;
    std::set<std::string> keys_; ///< that the journal announces
};

/// Days without an entry, from the first to the last day that any station knows.
void name_missing_days(Report& report) {
    if (report.days.empty())
        return;
    Day first = report.days.front().first_day, last = first;
    std::map<std::string, std::set<Day>> known;
    for (const auto& day : report.days) {
        first = std::min(first, day.first_day);
        last = std::max(last, day.first_day);
        auto& days = known[day.station];
        if (day.entries > 0)
            days.insert(day.first_day);
    }
    constexpr std::chrono::days one{1};
    for (const auto& [station, days] : known)
        for (Day day = first; day <= last; day += one) {
            if (days.contains(day))
                continue;
            const Day from = day;
            while (day < last && !days.contains(day + one))
                day += one;
            report.remarks.push_back(
                {station, "no entry on " + text_of(from) + (from == day ? "" : " to " + text_of(day))});
        }
}

} // namespace

Report merge_exports(const std::vector<std::string>& files, const Zone& zone, std::optional<Day> wanted) {
    Report report;
    report.zone = zone.name();
    std::vector<Export> exports;
    for (const auto& file : files)
        if (auto read = verified(file, report.remarks); read)
            exports.push_back(std::move(*read));
    std::ranges::stable_sort(exports, {}, [](const Export& one) { return std::tie(one.station, one.first); });
    const std::int64_t until_us =
        wanted ? zone.start_us(*wanted + std::chrono::days(1)) : std::numeric_limits<std::int64_t>::max();
    std::size_t stations = 0;
    for (std::size_t i = 0; i < exports.size(); ++stations) {
        const std::string& station = exports[i].station;
        Joined joined(exports[i], zone, report.remarks);
        for (; i < exports.size() && exports[i].station == station; ++i)
            joined.take(exports[i], until_us);
        for (auto& day : joined.finish(wanted))
            report.days.push_back(std::move(day));
        report.seals.push_back({station, journal::on_paper(joined.newest()), joined.newest().key_id});
    }
    report.title = std::to_string(files.size()) + " exported journals of " + std::to_string(stations) + " stations";
    name_missing_days(report);
    return report;
}

} // namespace rekam::ctl
