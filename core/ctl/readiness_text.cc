// SPDX-License-Identifier: Apache-2.0
// The report for a terminal of 100 columns.
#include "core/ctl/readiness.h"
#include "core/ctl/table.h"
#include "core/ctl/wrapped.h"

#include <algorithm>

namespace rekam::ctl {
namespace {

constexpr std::size_t columns = 100;
constexpr std::size_t name_columns = 16, state_columns = 12;

std::string padded(std::string text, std::size_t to) {
    const std::size_t has = width(text);
    return text + std::string(has < to ? to - has : 1, ' ');
}

class Page {
  public:
    explicit Page(bool colour) : colour_(colour) {}

    /// A line whose second cell is coloured by the word that it stands for; the rest goes on below itself.
    void row(const std::string& name, const std::string& shown, std::string_view state, std::string_view rest) {
        const std::string_view paint = colour_ ? colour_of(state) : "";
        const std::string start = padded(name, name_columns);
        const std::size_t indent = std::max(width(start), name_columns) + state_columns;
        const auto lines = wrapped(printable(rest), columns - indent);
        out_ += start + std::string(paint) + shown + (paint.empty() ? "" : "\x1b[0m");
        const std::size_t has = width(shown);
        out_ += std::string(has < state_columns ? state_columns - has : 1, ' ') + lines.front() + "\n";
        for (std::size_t i = 1; i < lines.size(); ++i)
            out_ += std::string(indent, ' ') + lines[i] + "\n";
        trim();
    }
    void note(std::string_view text) {
        for (const auto& line : wrapped(printable(text), columns - name_columns - state_columns - 2))
            out_ += std::string(name_columns + state_columns, ' ') + "> " + line + "\n";
    }
    void line(const std::string& text, std::string_view paint = "") {
        for (const auto& part : wrapped(printable(text), columns))
            out_ += (colour_ ? std::string(paint) : "") + part + (colour_ && !paint.empty() ? "\x1b[0m" : "") + "\n";
    }
    [[nodiscard]] const std::string& text() const { return out_; }

  private:
    void trim() {
        while (out_.size() > 1 && out_[out_.size() - 2] == ' ')
            out_.erase(out_.size() - 2, 1);
    }
    bool colour_;
    std::string out_;
};

std::string_view paint_of(Verdict verdict) {
    return colour_of(verdict == Verdict::ready ? "ready" : verdict == Verdict::warnings ? "degraded" : "down");
}

void add_slot(Page& page, const SlotReport& report, const Hints& hints) {
    const std::string& state = report.slot.admin == "held" ? report.slot.admin : report.slot.state;
    page.row(printable(report.slot.slot), printable(hints.word(state)), state, device_text(report, hints));
    for (const auto& check : checks_of(report)) {
        const std::string who = check.state == "ok" || check.who.empty() ? "" : " (" + hints.word(check.who) + ")";
        page.row("  " + printable(hints.word(check.component)), printable(hints.word(check.state)), check.state,
                 check.evidence + who);
        if (const auto advice = advice_for(check, hints); !advice.empty())
            page.note(advice);
    }
    std::string left;
    for (const auto& one : report.consumables)
        left += (left.empty() ? "" : ", ") + consumable_text(one, hints);
    if (!left.empty())
        page.row("  " + hints.word("left"), "", "", left);
}

} // namespace

std::string readiness_text(const Readiness& report, const Hints& hints, bool colour) {
    Page page(colour);
    page.line(hints.word("readiness") + ": " + report.station + " (" + report.station_id + "), " + hints.word("epoch") +
              " " + std::to_string(report.station_epoch) + ", " + report.at + ", " + report.level);
    std::string verdict = hints.word(word_of(report.verdict));
    page.line(verdict + ": " + summary_of(report, hints), paint_of(report.verdict));
    page.line("");
    for (const auto& slot : report.slots)
        add_slot(page, slot, hints);
    page.line("");
    for (const auto& remark : report.remarks) {
        const std::string_view state = remark.verdict == Verdict::ready      ? "ok"
                                       : remark.verdict == Verdict::warnings ? "degraded"
                                                                             : "failed";
        page.row(printable(hints.word(remark.what)), hints.word(state), state, hints.word(remark.text));
        if (const auto advice = advice_for(remark, hints); !advice.empty())
            page.note(advice);
    }
    return page.text();
}

} // namespace rekam::ctl
