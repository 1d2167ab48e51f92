// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/disk.h"

#include <algorithm>
#include <utility>

namespace rekam::sim {

void Disk::append(broker::Append effect) {
    pending_.push_back(std::move(effect));
    if (!busy_)
        work();
}

/// One transaction after another, as the store's thread does.
void Disk::work() {
    busy_ = !pending_.empty();
    if (!busy_)
        return;
    spoil();
    const std::int64_t takes_us = world_.exact                           ? 200
                                  : world_.fault(world_.rates.disk_slow) ? world_.random.between(20'000, 2'000'000)
                                                                         : world_.random.between(100, 900);
    world_.after(
        takes_us, [this, life = life_] { return life == life_; },
        [this] {
            broker::Append done = std::move(pending_.front());
            pending_.pop_front();
            const auto token = done.token;
            const bool on_reserve = is_full();
            if (!takes(done)) {
                answer_(broker::AppendFailed{token, full_ || on_reserve, "the disk says no"});
            } else {
                write(done);
                answer_(broker::Durable{token, on_reserve});
            }
            work();
        });
}

void Disk::spoil() {
    const std::int64_t now_us = world_.schedule.now_us();
    if (world_.fault(world_.rates.disk_fails) && world_.random.chance(300)) {
        fails_once_ = true; // and takes what comes right after it
        full_ = false;
    } else if (world_.fault(world_.rates.disk_fails)) {
        broken_until_us_ = now_us + world_.random.between(0, 3'000'000);
        full_ = world_.random.chance(500);
    }
    if (!is_full() && world_.fault(world_.rates.disk_fills)) {
        full_until_us_ = now_us + world_.random.between(0, 3'000'000);
        reserve_left_ = world_.random.between(0, 40);
    }
}

/// On a full disk as long as there is some of the reserve; an append that asks whether there is room again needs none.
bool Disk::takes(const broker::Append& append) {
    if (std::exchange(fails_once_, false)) {
        broken_until_us_ = std::max(broken_until_us_, world_.schedule.now_us());
        return false;
    }
    if (broken_until_us_ > world_.schedule.now_us())
        return false;
    if (!is_full() || (append.records.empty() && append.entries.empty()))
        return true;
    return reserve_left_-- > 0;
}

void Disk::lookup(const broker::Lookup& effect) {
    const auto asked_us = world_.schedule.now_us();
    // Reads queue behind writes in the store's thread.
    answered_us_ = std::max(answered_us_, asked_us + world_.delay_us());
    world_.after(
        answered_us_ - asked_us, [this, life = life_] { return life == life_; },
        [this, effect] {
            std::optional<std::string> body;
            if (const auto found = rows_.find({effect.kind, effect.key}); found != rows_.end())
                body = found->second;
            answer_(broker::Found{effect.token, body});
        });
}

void Disk::write(const broker::Append& append) {
    journal_.insert(journal_.end(), append.entries.begin(), append.entries.end());
    for (const auto& record : append.records)
        if (record.body.empty())
            rows_.erase({record.kind, record.key});
        else
            rows_[{record.kind, record.key}] = record.body;
}

void Disk::crash() {
    ++life_;
    for (auto survive = world_.random.below(pending_.size() + 1); survive > 0; --survive) {
        if (takes(pending_.front()))
            write(pending_.front());
        pending_.pop_front();
    }
    pending_.clear();
    busy_ = false;
}

void Disk::flush() {
    ++life_;
    for (const auto& append : pending_)
        write(append);
    pending_.clear();
    busy_ = false;
}

std::vector<broker::Record> Disk::records() const {
    std::vector<broker::Record> all;
    for (const auto& [key, body] : rows_)
        all.push_back({key.first, key.second, body});
    return all;
}

} // namespace rekam::sim
