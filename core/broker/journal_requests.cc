// SPDX-License-Identifier: Apache-2.0
#include "core/broker/journal_requests.h"

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
    const StoreToken token = ++s.last_token;
    s.journal_asked[token] = asked.reply_to;
    AskJournal ask;
    ask.token = token;
    if (const auto* query = std::get_if<wire::JournalQueryParams>(&asked.request.params))
        ask.what = *query;
    else if (const auto* verify = std::get_if<wire::JournalVerifyParams>(&asked.request.params))
        ask.what = *verify;
    else
        ask.what = wire::JournalHeadParams{};
    step.out.push_back(std::move(ask));
}

void journal_answered(Step& step, JournalAnswered& answer) {
    const auto asked = step.s.journal_asked.find(answer.token);
    if (asked == step.s.journal_asked.end())
        return;
    if (answer.error)
        step.reply(asked->second, *answer.error);
    else
        step.reply(asked->second, std::move(answer.result));
    step.s.journal_asked.erase(asked);
}

} // namespace rekam::broker
