// SPDX-License-Identifier: Apache-2.0
// What a journal says of each day: entries in, figures out. Pure but for the zone database.
#pragma once

#include "core/report/zone.h"

#include <boost/json/object.hpp>

#include <array>
#include <map>
#include <string_view>
#include <vector>

namespace rekam::report {

struct HourFigures {
    std::int64_t visits = 0, captures = 0, prints = 0;
};

/// The blank cards of one printer: start + loaded + difference = issued + rejected + spoiled + unknown + left.
struct BlankFigures {
    std::int64_t start = 0, loaded = 0, issued = 0, rejected = 0, spoiled = 0, unknown = 0, left = 0;
    std::int64_t difference = 0;  ///< what counting found, more or less than was thought
    std::int64_t unexplained = 0; ///< what the station's totals say and no entry explains
    bool known = true;            ///< else the journal does not reach back to a total: start and left are not known
    [[nodiscard]] std::int64_t imbalance() const {
        return start + loaded + difference - issued - rejected - spoiled - unknown - left;
    }
};

struct OutcomeKey {
    std::string what, outcome, cause; ///< "capture", "failed", "cover-open"
    auto operator<=>(const OutcomeKey&) const = default;
};

/// Something that a supervisor reads on its own, with its hour.
struct Happening {
    std::int64_t utc_us = 0;
    std::string kind, text;
};

struct OpenOutcome {
    std::string job, slot, device;
    std::int64_t utc_us = 0;
};

struct Downtime {
    std::int64_t ms = 0, times = 0; ///< within the day; one that began earlier counts as one
    bool still = false;             ///< down when the day, or what is known of it, ended
};

struct DayFigures {
    std::string station;
    Day first_day, last_day; ///< the same, but in a sum
    std::int64_t entries = 0;
    bool whole = true; ///< else entries before it are not at hand: what they left open or down is not known
    std::map<std::string, std::int64_t, std::less<>> counts; ///< by the names of figure_names()
    std::map<OutcomeKey, std::int64_t> outcomes;
    std::array<HourFigures, 24> hours{};
    std::map<std::string, BlankFigures> blanks; ///< by device
    std::map<std::string, Downtime> downtime;   ///< by device
    std::vector<Happening> happenings;
    std::vector<OpenOutcome> open; ///< unknown, and not reconciled by the end of the day
    [[nodiscard]] std::int64_t count(std::string_view name) const;
};

/// All that is counted, in the order in which it is shown; each is there in every report, as 0 where nothing was.
const std::vector<std::string_view>& figure_names();

/// Takes the entries of one station's journal in their order.
class DayFold {
  public:
    /// `whole`: the first entry will be the journal's first, so nothing stood before it.
    DayFold(std::string station, const Zone& zone, bool whole);

    void add(const boost::json::object& entry);
    /// Entries are missing here: what stood before is not relied on any more.
    void gap();
    /// The days with entries, and `wanted`; nothing is known of what came after `as_of_us`.
    std::vector<DayFigures> finish(std::optional<Day> wanted, std::int64_t as_of_us);

  private:
    struct Hopper {
        std::int64_t left = 0;
        bool known = false;
    };
    struct Span {
        std::int64_t from_us = 0;
        std::optional<std::int64_t> until_us;
    };
    struct Unknown {
        OpenOutcome outcome;
        std::string blank;
        std::optional<std::int64_t> settled_us;
    };

    DayFigures& open_day(Day day);
    void see_visit(DayFigures& day, const boost::json::object& entry);
    void see_clock(DayFigures& day, const boost::json::object& entry);
    void see_job(DayFigures& day, const boost::json::object& entry, std::string_view topic);
    void see_unknown(DayFigures& day, const boost::json::object& entry);
    void see_settled(DayFigures& day, const boost::json::object& entry);
    void see_station(DayFigures& day, const boost::json::object& entry, std::string_view kind);
    void see_device(DayFigures& day, const boost::json::object& entry, std::string_view kind);
    void see_ledger(DayFigures& day, const boost::json::object& entry, std::string_view kind);
    void see_total(const std::string& device, std::int64_t left, BlankFigures& row);
    void see_start(DayFigures& day);
    void see_mending(DayFigures& day, const boost::json::object& entry, std::string_view kind);
    BlankFigures& blanks_of(DayFigures& day, const std::string& device);
    void book(DayFigures& day, const std::string& device, const std::string& end);
    void end_downtimes(std::int64_t at_us);
    void note(DayFigures& day, std::string_view kind, std::string text) const;
    void finish_day(DayFigures& day, std::int64_t as_of_us) const;

    std::string station_;
    const Zone& zone_;
    bool whole_;
    std::int64_t now_us_ = 0;  ///< of the entry that is added
    std::int64_t last_us_ = 0; ///< of the entry before it
    bool running_ = false;     ///< a start was seen, and no stop after it
    std::string config_hash_;
    std::map<Day, DayFigures> days_;
    std::map<std::string, Hopper> hoppers_;
    std::map<std::string, std::vector<Span>> down_;
    std::map<std::string, Unknown> unknown_; ///< by job
};

/// Of several days, of one station or more; at least one.
DayFigures sum_of(const std::vector<DayFigures>& days);

} // namespace rekam::report
