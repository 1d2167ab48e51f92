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
    if (!unseen_.empty() && random.chance(500))
        return supervise(), true;
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
          std::string(R"({"slot":"printer","front":{"part":0,"format":"image/png"})") + reprint_for(lease->case_) +
              (chip ? R"(,"steps":["chip","print"],"encoder":"encoder","on_fail":"reject"})" : "}"),
          some_deadline_ms());
    return true;
}

/// Mostly as the rules want it: a second person, of the card that the case has. Sometimes alone, or of any card.
std::string Client::reprint_for(const std::string& case_id) {
    const auto made = made_.find(case_id);
    if (made == made_.end() || world_.random.chance(300))
        return {};
    const std::string of =
        world_.random.chance(850)
            ? made->second
            : std::next(made_.begin(), static_cast<std::ptrdiff_t>(world_.random.below(made_.size())))->second;
    return R"(,"reprint":{"of":")" + of + R"(","reason":"scratched","second":")" +
           (world_.random.chance(900) ? "Rina" : " sari") + "\"}";
}

void Client::reconcile(const std::string& job) {
    auto made = request("job.reconcile");
    made.job = job;
    const bool printed = truth_.printed(job);
    std::string params = R"({"job":")" + job + R"(","effect":")" + (printed ? "done" : "none") +
                         R"(","by":"Sari","second":")" +
                         (!world_.faults || world_.random.chance(900) ? "Rina" : "SARI") + '"';
    if (!printed && world_.random.chance(300))
        params += R"(,"blank":"left")";
    ask(std::move(made), params + "}");
}

void Client::end_drain() { ask(request("station.drain"), R"({"on":false,"by":"Sari"})"); }

/// What a person does beside the visits: looks at what is open, at the hopper, and drains the station.
void Client::supervise() {
    auto& random = world_.random;
    if (!unseen_.empty() && random.chance(600)) {
        const auto job = unseen_.back();
        unseen_.pop_back();
        return reconcile(job);
    }
    const auto count = std::to_string(random.between(1, 40));
    switch (random.below(7)) {
    case 0: {
        auto made = request("job.list");
        made.body = "unsettled";
        return ask(std::move(made), R"({"unsettled":true})");
    }
    case 1: return ask(request("cards.load"), R"({"slot":"printer","count":)" + count + R"(,"by":"Sari"})");
    case 2: return ask(request("cards.count"), R"({"slot":"printer","count":)" + count + R"(,"by":"Sari"})");
    case 3:
        return ask(request("cards.spoil"), R"({"slot":"printer","count":)" + count + R"(,"by":"Sari","reason":"wet"})");
    case 4: return ask(request("cards.get"), random.chance(500) ? "{}" : R"({"slot":"printer"})");
    case 5:
        if (random.chance(300))
            return ask(request("station.drain"), R"({"on":true,"by":"Sari","reason":"end of the day"})");
        return end_drain();
    default: return end_drain();
    }
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
    if (code == "reprint-needed")
        made_[request.case_] = job;
    if (code == "reconcile-first")
        unseen_.push_back(job);
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
