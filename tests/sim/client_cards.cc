// SPDX-License-Identifier: Apache-2.0
// What a client does with cards: prints them, speaks with their chip, and asks again with the same key.
#include "tests/sim/client.h"

#include <algorithm>

namespace rekam::sim {
namespace {

bool covers(const HeldLease& lease, const char* slot) {
    return std::ranges::find(lease.slots, slot) != lease.slots.end();
}

} // namespace

/// True: it did something.
bool Client::act_on_cards() {
    auto& random = world_.random;
    if (!cards_.empty() && random.chance(600)) {
        auto& card = random.pick(cards_);
        return random.chance(700) ? transmit(card) : close_card(card), true;
    }
    const auto lease = std::ranges::find_if(leases_, [](const auto& held) { return covers(held, "printer"); });
    if (lease == leases_.end())
        return false;
    if (covers(*lease, "encoder") && random.chance(500)) {
        start("card.open", *lease, "encoder",
              random.chance(700) ? R"({"slot":"encoder","intent":"write"})" : R"({"slot":"encoder","intent":"read"})",
              some_deadline_ms());
        return true;
    }
    const bool chip = covers(*lease, "encoder") && random.chance(600);
    start("print.start", *lease, "printer",
          std::string(R"({"slot":"printer","front":{"part":0,"format":"image/png"})") +
              (chip ? R"(,"steps":["chip","print"],"encoder":"encoder","on_fail":"reject"})" : "}"),
          some_deadline_ms());
    return true;
}

void Client::start(const char* op, const HeldLease& lease, const std::string& slot, const std::string& params,
                   std::int64_t deadline_ms) {
    Capture made;
    made.op = op;
    made.idem = "i" + std::to_string(number_) + "." + std::to_string(++last_id_);
    made.params = params;
    made.slot = slot;
    made.case_ = lease.case_;
    made.lease = lease.id;
    captures_.push_back(made);
    if (captures_.size() > 30)
        captures_.erase(captures_.begin());
    ask_capture(made, params, made.lease, made.case_, deadline_ms);
}

void Client::transmit(OpenCard& card) {
    auto made = request("card.transmit");
    made.job = card.job;
    const bool again = card.exchange > 0 && world_.random.chance(200);
    card.exchange += again ? 0 : 1;
    ask(std::move(made), R"({"job":")" + card.job + R"(","exchange":)" + std::to_string(card.exchange) +
                             R"(,"commands":["00a40000","00b00000"]})");
}

void Client::close_card(const OpenCard& card) {
    auto made = request("card.close");
    made.job = card.job;
    const std::string failed = !world_.exact && world_.faults && world_.random.chance(200) ? R"(,"failed":true})" : "}";
    ask(std::move(made), R"({"job":")" + card.job + '"' + failed);
}

void Client::close_cards() {
    for (const auto& card : std::vector(cards_))
        close_card(card);
}

void Client::learn_card(const Request& request, bool ok, const std::string& job, std::string_view code) {
    last_outcome_ = ok ? "done" : std::string(code);
    for (auto& capture : captures_)
        if (capture.idem == request.idem)
            capture.known = true;
    if (code == "no-lease")
        std::erase_if(leases_, [&](const auto& lease) { return lease.id == request.lease; });
    if (request.op == "card.open" && ok)
        cards_.push_back({job, 0});
    else if (request.op == "card.close" || code == "unknown-job")
        std::erase_if(cards_, [&](const auto& card) { return card.job == request.job; });
    else if (request.op == "card.transmit" && !ok) // it may not have counted: the next one tells
        for (auto& card : cards_)
            if (card.job == request.job && card.exchange > 0 && code != "card-removed")
                --card.exchange;
}

} // namespace rekam::sim
