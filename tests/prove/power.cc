// SPDX-License-Identifier: Apache-2.0
#include "tests/prove/power.h"

#include "core/rekamd/journal_reader.h"
#include "core/rekamd/store_file.h"
#include "tests/prove/power_disk.h"
#include "tests/prove/power_files.h"
#include "tests/prove/power_folder.h"

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <filesystem>

#include <unistd.h>

namespace rekam::prove {
namespace {

using rekamd::StoreError;
using rekamd::StoreFile;
using Rows = std::map<std::pair<std::string, std::string>, std::string>;

constexpr int cuts_per_disk = 40; // then a fresh one: journals stay short, and every start is cut often
constexpr int rows_kept = 12;     // older ones move to files all the time

/// A directory that the store can make its real, empty file in.
struct Place {
    Place() : path(std::filesystem::temp_directory_path() / ("rekam-power-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(path);
    }
    ~Place() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    const std::filesystem::path path;
};

struct Append {
    std::vector<broker::Record> records;
    std::vector<broker::Entry> entries;
};

/// What must be there: all that was acknowledged; what may be there besides: the append that was under way.
struct Expected {
    Rows rows;
    std::vector<std::string> bodies; ///< of the journal, without its own entries
    std::optional<Append> open;

    void take(const Append& append) {
        for (const auto& record : append.records)
            if (record.body.empty())
                rows.erase({record.kind, record.key});
            else
                rows[{record.kind, record.key}] = record.body;
        for (const auto& entry : append.entries)
            bodies.push_back(entry.body);
    }
};

class Proof {
  public:
    explicit Proof(const PowerRun& wanted) : wanted_(wanted), random_(wanted.seed) {
        PowerDisk::instance().lazy_log = wanted.lazy_log;
    }
    PowerResult go(const std::function<void(const PowerResult&)>& progress);

  private:
    void start_over();
    void work();
    Append make_append();
    void cut();
    void check();
    [[nodiscard]] bool was_once(const Rows& rows, const std::vector<std::string>& bodies) const;
    [[nodiscard]] std::string integrity() const;
    std::vector<std::string> read_journal();
    void fail(std::int64_t& count, const std::string& what);

    PowerRun wanted_;
    std::mt19937_64 random_;
    Place place_;
    Expected expected_;
    std::vector<Append> history_; ///< all that this disk acknowledged
    PowerResult result_;
    std::int64_t last_key_ = 0;
    bool broken_ = false; ///< this disk is of no use any more
};

rekamd::HeadSigner signer() { return {SigningKey(std::string(32, 'k')), "S-1", 5}; }

void Proof::start_over() {
    PowerDisk::instance().format(random_());
    std::filesystem::remove(place_.path / "store.sqlite3");
    PowerFolder::instance().watch(place_.path / "journal");
    expected_ = {};
    history_.clear();
    broken_ = false;
}

Append Proof::make_append() {
    Append append;
    const auto size = [&] { return random_() % 8 == 0 ? 3'000 + random_() % 9'000 : random_() % 400; };
    for (auto count = 1 + random_() % 3; count > 0; --count) {
        const bool old = random_() % 2 == 0 && last_key_ > 0;
        const auto key = old ? 1 + static_cast<std::int64_t>(random_()) % last_key_ : ++last_key_;
        append.records.push_back(
            {"job", std::to_string(key < 0 ? -key : key),
             old && random_() % 4 == 0 ? "" : std::string(1 + size(), static_cast<char>('a' + random_() % 26))});
    }
    for (auto count = random_() % 3; count > 0; --count)
        append.entries.push_back({R"({"kind":"proof","n":)" + std::to_string(random_()) + "}",
                                  random_() % 2 == 0 ? R"({"case":"C-1"})" : ""});
    return append;
}

/// A station's life until the power fails, with an orderly end in between now and then.
void Proof::work() {
    auto& disk = PowerDisk::instance();
    disk.fail_after(1 + static_cast<std::int64_t>(random_() % 60));
    while (disk.is_on()) {
        try {
            StoreFile file(place_.path);
            file.sign_with(signer());
            file.keep_journal({.rows = rows_kept});
            for (auto count = 1 + random_() % 12; count > 0; --count) {
                expected_.open = make_append();
                file.append(expected_.open->records, expected_.open->entries);
                ++result_.appends;
                expected_.take(*expected_.open);
                history_.push_back(std::move(*expected_.open));
                expected_.open.reset();
                for (auto steps = random_() % 4; steps > 0 && file.move_out(); --steps)
                    ++result_.moves;
            }
        } catch (const StoreError&) {
            if (disk.is_on())
                throw;
        }
    }
}

std::string Proof::integrity() const {
    SQLite::Database file((place_.path / "store.sqlite3").string(), SQLite::OPEN_READONLY);
    return file.execAndGet("PRAGMA integrity_check").getString();
}

std::vector<std::string> Proof::read_journal() {
    std::vector<std::string> bodies;
    rekamd::JournalReader reader(place_.path / "store.sqlite3");
    wire::JournalQueryParams params;
    params.limit = 100;
    params.kind = "proof";
    for (;;) {
        const auto page = reader.query(params);
        for (const auto& entry : page->entries)
            bodies.push_back(entry.entry.text);
        if (!page->next)
            return bodies;
        params.cursor = *page->next;
    }
}

void Proof::fail(std::int64_t& count, const std::string& what) {
    ++count;
    broken_ = true;
    if (result_.first_failure.empty())
        result_.first_failure = what + ", cut " + std::to_string(result_.cuts);
}

/// Whether this was the state between two appends.
bool Proof::was_once(const Rows& rows, const std::vector<std::string>& bodies) const {
    Expected then;
    for (const auto& append : history_) {
        if (then.rows == rows && then.bodies == bodies)
            return true;
        then.take(append);
    }
    return false;
}

void Proof::check() {
    const auto as_rows = [](const std::vector<broker::Record>& records) {
        Rows rows;
        for (const auto& record : records)
            if (record.kind != rekamd::station_kind) // what it says of the journal's files is looked at with them
                rows[{record.kind, record.key}] = record.body;
        return rows;
    };
    try { // one connection after another: the disk has no locks
        const Rows rows = as_rows(StoreFile(place_.path).load());
        if (integrity() != "ok")
            return fail(result_.corrupt, "the file is damaged");
        const auto verdict =
            rekamd::JournalReader(place_.path / "store.sqlite3")
                .verify({.public_key = signer().key.public_key(), .kept = {}, .personal = true}, [] { return true; });
        if (verdict->flaw)
            return fail(result_.corrupt, "the journal is not whole: " + verdict->flaw->what);
        auto bodies = moved_entries(place_.path / "store.sqlite3", PowerFolder::instance().path(),
                                    signer().key.public_key(), "proof");
        result_.moved += static_cast<std::int64_t>(bodies.size());
        std::ranges::move(read_journal(), std::back_inserter(bodies));
        if (rows == expected_.rows && bodies == expected_.bodies)
            return;
        if (expected_.open) {
            expected_.take(*expected_.open);
            history_.push_back(*expected_.open);
        }
        if (expected_.open && rows == expected_.rows && bodies == expected_.bodies) {
            ++result_.survived;
            return;
        }
        if (was_once(rows, bodies))
            fail(result_.lost, "appends that were acknowledged are not there");
        else
            fail(result_.halves, "half of an append is there");
    } catch (const std::exception& error) {
        fail(result_.corrupt, error.what());
    }
}

void Proof::cut() {
    auto& disk = PowerDisk::instance();
    work();
    disk.power_on();
    PowerFolder::instance().power_on(random_);
    ++result_.cuts;
    check();
    expected_.open.reset();
}

PowerResult Proof::go(const std::function<void(const PowerResult&)>& progress) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    while (result_.cuts < wanted_.cuts) {
        if (result_.cuts % cuts_per_disk == 0 || broken_)
            start_over();
        cut();
        result_.ios = PowerDisk::instance().steps();
        const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        if (wanted_.seconds > 0 && seconds > wanted_.seconds)
            break;
        if (progress && result_.cuts % 5'000 == 0)
            progress(result_);
    }
    return result_;
}

} // namespace

PowerResult run(const PowerRun& wanted, const std::function<void(const PowerResult&)>& progress) {
    return Proof(wanted).go(progress);
}

} // namespace rekam::prove
