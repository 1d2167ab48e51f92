// SPDX-License-Identifier: Apache-2.0
#include "core/report/zone_rules.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>

namespace rekam::report {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::int64_t hour_s = 3'600, day_s = 24 * hour_s;
constexpr std::int64_t farthest_s = 25 * hour_s; ///< what a file may claim of a zone

std::int64_t seconds_of(sys_days day) { return std::chrono::seconds(day.time_since_epoch()).count(); }

/// Takes a text apart from its beginning.
class Taker {
  public:
    explicit Taker(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool is_empty() const { return rest_.empty(); }
    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::optional<int> number(int min, int max) {
        int value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error != std::errc() || rest_.front() == '-' || value < min || value > max)
            return std::nullopt;
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }
    /// "WIB" or "<+07>".
    bool name() {
        std::size_t size = 0;
        if (take('<')) {
            size = rest_.find('>');
            if (size == std::string_view::npos)
                return false;
            rest_.remove_prefix(size + 1);
            return size >= 3;
        }
        while (size < rest_.size() && ((rest_[size] | 0x20) >= 'a' && (rest_[size] | 0x20) <= 'z'))
            ++size;
        rest_.remove_prefix(size);
        return size >= 3;
    }
    /// "-7", "+3:30", "2:00:00".
    std::optional<std::int64_t> time(int hours_max) {
        const bool negative = take('-');
        if (!negative)
            take('+');
        const auto hours = number(0, hours_max);
        const auto minutes = hours && take(':') ? number(0, 59) : std::optional(0);
        const auto seconds = hours && minutes && take(':') ? number(0, 59) : std::optional(0);
        if (!hours || !minutes || !seconds)
            return std::nullopt;
        const std::int64_t all = *hours * hour_s + *minutes * 60 + *seconds;
        return negative ? -all : all;
    }
    std::optional<YearlyMoment> moment() {
        YearlyMoment found;
        std::optional<int> first;
        if (take('M')) {
            first = number(1, 12);
            const auto week = take('.') ? number(1, 5) : std::nullopt;
            const auto weekday = take('.') ? number(0, 6) : std::nullopt;
            if (!first || !week || !weekday)
                return std::nullopt;
            found.numbers = {*first, *week, *weekday};
        } else {
            found.kind = take('J') ? YearlyMoment::Kind::day_without_leap : YearlyMoment::Kind::day_from_zero;
            first = number(0, 365);
            if (!first)
                return std::nullopt;
            found.numbers = {*first, 0, 0};
        }
        if (!take('/'))
            return found;
        const auto at = time(167);
        if (!at)
            return std::nullopt;
        found.time_s = *at;
        return found;
    }

  private:
    std::string_view rest_;
};

/// Most significant byte first, with its sign.
std::int64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<signed char>(bytes[at])));
    for (std::size_t i = 1; i < size; ++i)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return static_cast<std::int64_t>(value);
}

} // namespace

std::int64_t YearlyMoment::local_s(int year) const {
    using namespace std::chrono;
    const auto first = sys_days(std::chrono::year(year) / January / 1);
    if (kind == Kind::day_from_zero)
        return seconds_of(first + days(numbers[0])) + time_s;
    if (kind == Kind::day_without_leap) { // 60 is always the first of March
        const bool later = std::chrono::year(year).is_leap() && numbers[0] >= 60;
        return seconds_of(first + days(numbers[0] - 1 + (later ? 1 : 0))) + time_s;
    }
    const auto month = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(numbers[0]));
    const weekday wanted(static_cast<unsigned>(numbers[2]));
    const sys_days day = numbers[1] == 5 ? sys_days(month / wanted[last])
                                         : sys_days(month / wanted[static_cast<unsigned>(numbers[1])]);
    return seconds_of(day) + time_s;
}

std::int64_t YearlyRule::offset_s(std::int64_t utc_s) const {
    if (!summer)
        return standard_s;
    const std::int64_t local = utc_s + standard_s;
    const auto day = sys_days(days(local >= 0 ? local / day_s : (local - day_s + 1) / day_s));
    const int year = static_cast<int>(std::chrono::year_month_day(day).year());
    const std::int64_t begins = (*summer)[0].local_s(year) - standard_s, ends = (*summer)[1].local_s(year) - summer_s;
    const bool is_summer = begins < ends ? utc_s >= begins && utc_s < ends : utc_s < ends || utc_s >= begins;
    return is_summer ? summer_s : standard_s;
}

std::optional<YearlyRule> YearlyRule::read(std::string_view text) {
    Taker taker(text);
    YearlyRule rule;
    if (!taker.name())
        return std::nullopt;
    const auto west = taker.time(24);
    if (!west)
        return std::nullopt;
    rule.standard_s = -*west;
    if (taker.is_empty())
        return rule;
    if (!taker.name())
        return std::nullopt;
    rule.summer_s = rule.standard_s + hour_s;
    if (!taker.take(',')) {
        const auto other = taker.time(24);
        if (!other || !taker.take(','))
            return std::nullopt;
        rule.summer_s = -*other;
    }
    const auto begins = taker.moment();
    const auto ends = begins && taker.take(',') ? taker.moment() : std::nullopt;
    if (!ends || !taker.is_empty())
        return std::nullopt;
    rule.summer = std::array{*begins, *ends};
    return rule;
}

/// One block, with times of 4 or of 8 bytes; `bytes` is what follows it then.
bool ZoneRules::read_block(std::string_view& bytes, std::size_t time_bytes, bool keep) {
    constexpr std::size_t header = 44, first_count = 20;
    if (bytes.size() < header || !bytes.starts_with("TZif"))
        return false;
    std::array<std::size_t, 6> counts{}; // UT flags, standard flags, leap seconds, changes, kinds, name bytes
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto count = number_at(bytes, first_count + 4 * i, 4);
        if (count < 0 || count > 100'000)
            return false;
        counts.at(i) = static_cast<std::size_t>(count);
    }
    const auto [ut, standard, leaps, changes, kinds, names] = counts;
    constexpr std::size_t kind_bytes = 6;
    const std::size_t indices = header + changes * time_bytes, first_kind = indices + changes;
    const std::size_t size =
        first_kind + kinds * kind_bytes + names + leaps * (time_bytes + 4) + standard + ut;
    if (bytes.size() < size || kinds == 0)
        return false;
    const auto offset_of = [&, all = bytes](std::size_t kind) { return number_at(all, first_kind + kind * kind_bytes, 4); };
    for (std::size_t i = 0; keep && i < changes; ++i) {
        const std::size_t kind = static_cast<unsigned char>(bytes[indices + i]);
        const std::int64_t at = number_at(bytes, header + i * time_bytes, time_bytes);
        if (kind >= kinds || (!changes_.empty() && at <= changes_.back().utc_s) ||
            std::abs(offset_of(kind)) > farthest_s)
            return false;
        changes_.push_back({at, offset_of(kind)});
    }
    before_s_ = offset_of(0);
    bytes.remove_prefix(size);
    return std::abs(before_s_) <= farthest_s;
}

std::optional<ZoneRules> ZoneRules::read(std::string_view bytes) {
    ZoneRules rules;
    const bool old = bytes.size() > 4 && bytes[4] == '\0'; // times of 4 bytes only, and no text at the end
    if (!rules.read_block(bytes, 4, old))
        return std::nullopt;
    if (old)
        return rules;
    if (!rules.read_block(bytes, 8, true) || !bytes.starts_with('\n'))
        return std::nullopt;
    const auto end = bytes.find('\n', 1);
    if (end == std::string_view::npos)
        return std::nullopt;
    if (end > 1) {
        rules.after_ = YearlyRule::read(bytes.substr(1, end - 1));
        if (!rules.after_)
            return std::nullopt;
    }
    return rules;
}

std::int64_t ZoneRules::offset_s(std::int64_t utc_s) const {
    const auto next = std::ranges::upper_bound(changes_, utc_s, {}, &Change::utc_s);
    if (next == changes_.end() && after_)
        return after_->offset_s(utc_s);
    return next == changes_.begin() ? before_s_ : std::prev(next)->offset_s;
}

} // namespace rekam::report
