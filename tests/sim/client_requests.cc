// SPDX-License-Identifier: Apache-2.0
// What a client does next.
#include "tests/sim/client.h"

#include <algorithm>

namespace rekam::sim {
namespace {

constexpr std::array slots{"photo", "photo2", "finger", "scan", "sign", "printer", "encoder", "spare"};

} // namespace

void Client::capture(const HeldLease& lease, const std::string& slot, const std::string& params,
                     std::int64_t deadline_ms, bool attach) {
    Capture made;
    made.idem = "i" + std::to_string(number_) + "." + std::to_string(++last_id_);
    made.params = params;
    made.slot = slot;
    made.case_ = lease.case_;
    made.lease = lease.id;
    made.attach = attach;
    captures_.push_back(made);
    if (captures_.size() > 30)
        captures_.erase(captures_.begin());
    ask_capture(made, params, made.lease, made.case_, deadline_ms);
}

void Client::ask_again(const Capture& capture) {
    ask_capture(capture, capture.params, capture.lease, capture.case_, 6'000);
}

void Client::ask_under(const HeldLease& lease, const std::string& idem, std::int64_t deadline_ms) {
    const auto known = std::ranges::find(captures_, idem, &Capture::idem);
    if (known != captures_.end())
        ask_capture(*known, known->params, lease.id, lease.case_, deadline_ms);
}

void Client::look_for(const std::string& idem) {
    job_ = {};
    auto made = request("job.get");
    made.job = "idem:" + idem;
    ask(std::move(made), R"({"idem":")" + idem + "\"}");
}

/// The same key again: with the same body its answer was lost, with another one it is a mistake.
void Client::repeat(const Capture& capture) {
    auto params = capture.params;
    const bool is_capture = capture.op == "capture.start";
    if (is_capture && world_.random.chance(200) && params.find("max_attempts") == std::string::npos)
        params.insert(params.size() - 1, R"(,"max_attempts":7)");
    const auto deadline_ms = some_deadline_ms();
    if (leases_.empty() || world_.random.chance(700))
        return ask_capture(capture, params, capture.lease, capture.case_, deadline_ms);
    const auto& lease = world_.random.pick(leases_); // a program that uses one key for everybody
    ask_capture(capture, params, lease.id, lease.case_, deadline_ms);
}

void Client::ask_capture(const Capture& capture, const std::string& params, const std::string& lease,
                         const std::string& case_id, std::int64_t deadline_ms) {
    last_outcome_.clear();
    auto asked = request(capture.op);
    asked.idem = capture.idem;
    asked.body = params;
    asked.slot = capture.slot;
    asked.case_ = case_id;
    asked.lease = lease;
    asked.attach = capture.attach;
    ask(std::move(asked), params,
        R"(,"deadline_ms":)" + std::to_string(deadline_ms) + R"(,"station_epoch":)" + std::to_string(station_epoch_) +
            R"(,"idem":")" + capture.idem + R"(","lease":")" + lease + '"');
}

void Client::cancel(const Capture& capture) {
    auto made = request("job.cancel");
    made.job = capture.job;
    ask(std::move(made), R"({"job":")" + capture.job + "\"}");
}

std::int64_t Client::some_deadline_ms() {
    return world_.random.chance(200) ? world_.random.between(1, 200) : world_.random.between(500, 9'000);
}

std::string Client::params_for(const std::string& slot) {
    auto& random = world_.random;
    std::string params = R"({"slot":")" + slot + R"(","subject":")";
    if (slot == "finger") {
        params += random.chance(500) ? "slap.left" : "finger.left-thumb";
        params += '"';
        if (random.chance(200))
            params += R"(,"exceptions":[{"subject":"finger.left-index","reason":"missing"}])";
        else if (random.chance(100))
            params += R"(,"exceptions":[{"subject":"finger.left-thumb","reason":"missing"}])";
    } else {
        params += slot == "scan" ? "document.page\"" : slot == "sign" ? "signature\"" : "face\"";
        if (slot == "scan" && random.chance(300))
            params += R"(,"pages_max":2)";
        if (slot != "scan" && slot != "sign" && random.chance(300))
            params += R"(,"width_px":)" + std::to_string(random.between(500, 4'500));
    }
    if (random.chance(400))
        params += R"(,"attach":true)";
    if (random.chance(100))
        params += R"(,"max_attempts":2)";
    if (random.chance(60))
        params += R"(,"min_quality":50)";
    return params + "}";
}

void Client::act_on_captures() {
    auto& random = world_.random;
    if (random.chance(250) && act_on_previews())
        return;
    if (random.chance(400) && act_on_cards())
        return;
    if (!leases_.empty() && random.chance(550)) {
        const auto& lease = random.pick(leases_);
        const auto slot =
            random.chance(970) ? random.pick(lease.slots) : std::string(slots[random.below(slots.size())]);
        if (slot == "printer" || slot == "encoder")
            return static_cast<void>(act_on_cards());
        const auto params = params_for(slot);
        return capture(HeldLease(lease), slot, params, some_deadline_ms(), params.find("attach") != std::string::npos);
    }
    if (captures_.empty())
        return;
    auto& known = random.pick(captures_);
    if (random.chance(250))
        return repeat(known);
    if (!known.job.empty() && random.chance(350))
        return cancel(known);
    if (!known.job.empty() && random.chance(150)) {
        auto made = request("job.extend");
        made.job = known.job;
        return ask(std::move(made),
                   R"({"job":")" + known.job + R"(","deadline_ms":)" + std::to_string(some_deadline_ms()) + "}");
    }
    auto made = request("job.get");
    const bool by_idem = known.job.empty() || random.chance(600);
    made.job = by_idem ? "idem:" + known.idem : known.job;
    ask(std::move(made), by_idem ? R"({"idem":")" + known.idem + "\"}" : R"({"job":")" + known.job + "\"}");
}

void Client::act_on_frames() {
    if (frames_.empty())
        return;
    const auto frame = world_.random.pick(frames_);
    if (world_.random.chance(60)) { // all at once, and away with one of them
        for (auto times = world_.random.between(4, 22); times > 0; --times)
            read_frame(world_.random.pick(frames_));
        std::erase(frames_, frame);
        return ask(request("frame.release"), R"({"frames":[")" + frame + "\"]}");
    }
    if (world_.random.chance(300)) {
        std::erase(frames_, frame);
        return ask(request("frame.release"), R"({"frames":[")" + frame + "\"]}");
    }
    read_frame(frame);
}

void Client::read_frame(const std::string& frame) {
    auto made = request("frame.get");
    made.frame = frame;
    if (!world_.exact && world_.random.chance(300))
        made.body = R"(,"as":"ticket")";
    const std::string as = made.body;
    ask(std::move(made), R"({"frame":")" + frame + '"' + as + "}");
}

void Client::release_frames() {
    std::string list;
    for (const auto& frame : frames_)
        list += (list.empty() ? "\"" : ",\"") + frame + '"';
    frames_.clear();
    if (!list.empty())
        ask(request("frame.release"), R"({"frames":[)" + list + "]}");
}

void Client::look_around() {
    struct Look {
        const char* op;
        const char* params;
    };
    constexpr std::array looks{Look{"station.get", "{}"},
                               Look{"slot.list", "{}"},
                               Look{"device.list", "{}"},
                               Look{"plugin.list", "{}"},
                               Look{"lease.list", "{}"},
                               Look{"case.list", "{}"},
                               Look{"job.list", "{}"},
                               Look{"slot.get", R"({"slot":"photo"})"},
                               Look{"schema.get", "{}"},
                               Look{"health.check", R"({"slot":"photo"})"},
                               Look{"health.check", R"({"slot":"scan","level":"exercise"})"},
                               Look{"health.check", R"({"slot":"finger"})"}};
    const auto& look = looks[world_.random.below(looks.size())];
    ask(request(look.op), look.params, world_.random.chance(300) ? R"(,"deadline_ms":900)" : "");
}

/// Mistakes: what comes back is an error, and nothing else changes.
void Client::err() {
    auto& random = world_.random;
    switch (random.below(9)) {
    case 0: {
        gate::ClientMessage junk;
        junk.header = random.chance(500) ? "{" : R"({"v":1,"id":"bad","op":"no.such","params":{}})";
        junk.is_req = junk.delimiter = req_;
        junk.principal = {"ipc", uid_, uid_, number_, false};
        return port_.send(*this, std::move(junk));
    }
    case 1:
        return ask(request("lease.release"), R"({"lease":"L-)" + std::to_string(station_epoch_) + "-" +
                                                 std::to_string(random.between(1, 40)) + "\"}");
    case 2:
        return ask(request("lease.renew"), R"({"lease":"L-)" + std::to_string(station_epoch_) + "-" +
                                               std::to_string(random.between(1, 40)) + "\"}");
    case 3: { // a frame of somebody else
        auto made = request("frame.get");
        made.frame = "F-" + std::to_string(station_epoch_) + "-" + std::to_string(random.between(1, 30));
        const auto params = R"({"frame":")" + made.frame + "\"}";
        return ask(std::move(made), params);
    }
    case 4: return ask(request("capture.start"), R"({"slot":"photo"})");
    case 5: return ask(request("case.get"), R"({"case":"C-0123456789"})");
    case 6: { // a session that is not one
        auto made = request("station.get");
        made.session = std::string(32, 'f');
        return ask(std::move(made), "{}");
    }
    case 7: // somebody else's
        return stop_preview("P-" + std::to_string(station_epoch_) + "-" + std::to_string(random.between(1, 20)));
    default: return ask(request("job.cancel"), R"({"job":"J-1-)" + std::to_string(random.between(1, 30)) + "\"}");
    }
}

void Client::act() {
    auto& random = world_.random;
    if (world_.fault(world_.rates.client_vanishes))
        return reconnect();
    if (world_.fault(world_.rates.client_pauses))
        paused_until_us = world_.schedule.now_us() + random.between(100'000, 4'000'000);
    if (req_ && !open_.empty()) { // a REQ socket waits for its answer; one that waited long enough starts anew
        if (world_.schedule.now_us() - open_.begin()->second.sent_us > 20 * us_per_s)
            reconnect();
        return;
    }
    if (session_.empty()) {
        const bool asked = std::ranges::any_of(open_, [](const auto& entry) { return entry.second.op == "hello"; });
        return asked && random.chance(900) ? void() : hello(random.chance(850));
    }
    if (world_.fault(world_.rates.client_errs))
        return err();
    if (world_.fault(world_.rates.client_mends))
        return mend();
    const auto dice = random.below(100);
    if (cases_.empty() || (dice < 5 && cases_.size() < 3))
        return open_case();
    if (dice < 9)
        return close_case(std::string(random.pick(cases_)));
    if (leases_.empty() ? dice < 60 : dice < 15) {
        std::vector<std::string> wanted{slots[random.below(slots.size())]};
        const std::string second =
            wanted.front() == "printer" && random.chance(800) ? "encoder" : slots[random.below(slots.size())];
        if (random.chance(500) && second != wanted.front())
            wanted.push_back(second);
        const auto longest_ms = random.chance(100) ? 60'000 : 12'000;
        return acquire(wanted, std::string(random.pick(cases_)), random.between(1'000, longest_ms),
                       random.chance(500) ? 0 : random.between(1, 6'000));
    }
    if (!leases_.empty() && dice < 28)
        return renew(HeldLease(random.pick(leases_)));
    if (!leases_.empty() && dice < 32)
        return release(HeldLease(random.pick(leases_)));
    if (dice < 72)
        return act_on_captures();
    if (dice < 88)
        return act_on_frames();
    if (random.chance(300))
        return supervise();
    look_around();
}

} // namespace rekam::sim
