// SPDX-License-Identifier: Apache-2.0
#include "core/broker/journal_requests.h"

#include "core/broker/erasure.h"
#include "core/broker/holds.h"

namespace rekam::broker {
namespace {

constexpr std::size_t asked_max = 16; ///< a long journal takes its time

} // namespace

void ask_journal(Step& step, const Asked& asked) {
    State& s = step.s;
    if (s.journal_asked.size() >= asked_max)
        return step.reply(asked.reply_to, model::make_error(model::Code::too_many,
                                                            "as many questions about the journal are open as may be; "
                                                            "ask again when one is answered"));
    AskJournal ask;
    if (const auto* query = std::get_if<wire::JournalQueryParams>(&asked.request.params)) {
        ask.what = *query;
    } else if (const auto* verify = std::get_if<wire::JournalVerifyParams>(&asked.request.params)) {
        ask.what = *verify;
    } else if (const auto* erase = std::get_if<wire::JournalEraseParams>(&asked.request.params)) {
        if (const auto error = check_erasure(s, *erase))
            return step.reply(asked.reply_to, *error);
        ask.what = begin_erasure(step, *erase, person_of(step, asked, erase->by));
    } else if (const auto* daily = std::get_if<wire::ReportDailyParams>(&asked.request.params)) {
        ask.what = DailyReport{{s.station_id, s.config.station_name, s.config.zone},
                               daily->day ? std::optional(daily->day->value) : std::nullopt,
                               step.now.utc_us};
    } else {
        ask.what = wire::JournalHeadParams{};
    }
    ask.token = ++s.last_token;
    s.journal_asked[ask.token] = asked.reply_to;
    step.out.push_back(std::move(ask));
}

void journal_answered(Step& step, JournalAnswered& answer) {
    const auto asked = step.s.journal_asked.find(answer.token);
    if (asked == step.s.journal_asked.end())
        return;
    if (answer.erased)
        forget_case(step, *answer.erased);
    if (answer.error)
        step.reply(asked->second, *answer.error);
    else if (answer.erased)
        reply_erased(step, asked->second, *answer.erased);
    else
        step.reply(asked->second, std::move(answer.result));
    step.s.journal_asked.erase(asked);
}

} // namespace rekam::broker
