// SPDX-License-Identifier: Apache-2.0
#include "core/broker/promises.h"

#include "core/broker/refusals.h"
#include "core/wire/codec.h"

#include <algorithm>
#include <utility>

namespace rekam::broker {

void promise(Step& step, const ReplyTo& to, std::string result, std::function<void(Step&)> undo) {
    step.s.promised_now.push_back({to, std::move(result), std::move(undo)});
}

void owe(Step& step, const std::string& job_key) { step.s.owed[job_key] = 0; }

void add_owed(Step& step, StoreToken token) {
    State& s = step.s;
    if (!s.promised_now.empty())
        s.promised[token] = std::exchange(s.promised_now, {});
    const auto counts = [](const auto& kind) { return kind == "hopper"; };
    if (std::ranges::none_of(s.unsaved.rows, [&](const auto& entry) { return counts(entry.first.first); }) &&
        std::ranges::none_of(s.backlog.records, [&](const auto& entry) { return counts(entry.first.first); }))
        return;
    for (auto& [key, newest] : s.owed) {
        newest = token;
        const auto ended = s.ended.find(key);
        const bool there = s.backlog.records.contains({"job", key}) || s.unsaved.rows.contains({"job", key});
        if (!there && ended != s.ended.end() && ended->second.record)
            step.save("job", key, ended->second.identity + "\n" + wire::encode(*ended->second.record));
    }
}

void keep_promises(Step& step, StoreToken token) {
    State& s = step.s;
    std::erase_if(s.owed, [&](const auto& entry) { return entry.second == token; });
    const auto found = s.promised.find(token);
    if (found == s.promised.end())
        return;
    for (const auto& kept : std::exchange(found->second, {}))
        step.reply(kept.to, kept.result);
    s.promised.erase(found);
}

void break_promises(Step& step, const AppendFailed& failed) {
    const auto found = step.s.promised.find(failed.token);
    if (found == step.s.promised.end())
        return;
    const auto broken = std::exchange(found->second, {});
    step.s.promised.erase(found);
    for (auto one = broken.rbegin(); one != broken.rend(); ++one) {
        one->undo(step);
        // Its own line of the journal is written when the store works again: this one says that it did not count.
        step.journal("request.undone", {{"error", failed.disk_full ? "disk-full" : "journal-failed"}},
                     {{"answer", one->result}});
        step.reply(one->to, not_recorded(failed.disk_full));
    }
}

} // namespace rekam::broker
