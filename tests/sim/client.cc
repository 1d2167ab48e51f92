// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/client.h"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace rekam::sim {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

} // namespace

Client::Client(World& world, Truth& truth, Port& port, int number, bool req)
    : world_(world), truth_(truth), port_(port), number_(number), req_(req), uid_(1000 + number % 2) {}

void Client::reconnect() {
    ++connection_;
    open_.clear(); // their answers find no connection any more
    previews_.clear();
    unread = 0;
    paused_until_us = 0;
    old_session_ = session_;
    session_.clear();
}

void Client::forget_gate(Owner gate) {
    for (auto& [id, request] : open_)
        if (request.gate == gate)
            request.gate = 0; // an answer may still be under way
}

void Client::taken(const std::string& id, Owner gate) {
    if (const auto found = open_.find(id); found != open_.end())
        found->second.gate = gate;
}

std::vector<const Request*> Client::owed() const {
    std::vector<const Request*> all;
    for (const auto& [id, request] : open_)
        if (request.gate != 0)
            all.push_back(&request);
    return all;
}

Request Client::request(std::string op) {
    Request made;
    made.op = std::move(op);
    made.id = "r" + std::to_string(++last_id_);
    made.session = session_;
    made.principal = "uid:" + std::to_string(uid_);
    made.progress = !req_ && (world_.exact || world_.random.chance(600));
    made.sent_us = world_.schedule.now_us();
    return made;
}

void Client::ask(Request request, const std::string& params, const std::string& more) {
    gate::ClientMessage message;
    message.header = R"({"v":1,"id":")" + request.id + R"(","op":")" + request.op + '"';
    if (request.op != "hello")
        message.header += R"(,"session":")" + request.session + '"';
    if (request.progress)
        message.header += R"(,"progress":true)";
    message.header += more + R"(,"params":)" + params + "}";
    message.parts = request.op == "print.start" ? 1 : 0;
    message.is_req = req_;
    message.delimiter = req_;
    message.principal = {"ipc", uid_, uid_, number_, false};
    open_[request.id] = std::move(request);
    port_.send(*this, std::move(message));
}

void Client::receive(const gate::SendClient& message, const std::vector<File>& parts) {
    const auto reply = json::parse(message.header).as_object();
    const auto id = text_at(reply, "id");
    const auto found = open_.find(id);
    if (id.empty() || id == "bad")
        return; // the refusal of something that could not be read
    // Never two finals to one request, never one for a request that was not made here, no progress after the final.
    require(found != open_.end(), "one_final_per_request", name() + " got an answer to " + id + ": " + message.header);
    require(message.delimiter == req_, "answers_find_their_own_request", "the delimiter of " + id);
    if (reply.at("more").as_bool()) {
        truth_.progress_received(found->second, reply.at("progress").as_object(), parts);
        if (found->second.op == "preview.start")
            learn_preview(found->second, reply.at("progress").as_object(),
                          reply.at("progress").as_object().contains("seq"));
        if (const auto* tickets = reply.at("progress").as_object().if_contains("tickets"))
            for (const auto& ticket : tickets->as_array())
                port_.show(*this, found->second, std::string(ticket.as_string()));
        if (const auto job = text_at(reply.at("progress").as_object(), "job"); !job.empty())
            for (auto& capture : captures_)
                if (capture.idem == found->second.idem)
                    capture.job = job;
        return;
    }
    const Request request = std::move(found->second);
    open_.erase(found);
    const bool ok = reply.at("ok").as_bool();
    const auto& body = reply.at(ok ? "result" : "error").as_object();
    truth_.final_received(request, ok, body, parts);
    files_ = parts;
    learn(request, ok, body);
}

void Client::learn_session(const json::object& body) {
    const auto token = text_at(body, "session");
    if (token != old_session_) { // leases and frames went with the old one
        leases_.clear();
        cards_.clear();
        frames_.clear();
    }
    session_ = token;
    station_epoch_ = body.at("station_epoch").to_number<std::int64_t>();
}

void Client::learn_capture(const Request& request, bool ok, const json::object& body) {
    last_outcome_ = ok ? "done" : text_at(body, "code");
    const auto capture = std::ranges::find(captures_, request.idem, &Capture::idem);
    if (capture != captures_.end())
        capture->known = true;
    if (ok)
        for (const auto& frame : body.at("frames").as_array())
            frames_.push_back(text_at(frame.as_object(), "frame"));
    if (last_outcome_ == "no-lease")
        std::erase_if(leases_, [&](const auto& lease) { return lease.id == request.lease; });
}

void Client::learn_job(bool ok, const json::object& body) {
    job_ = {};
    if (!ok) {
        job_.state = text_at(body, "code");
        return;
    }
    const auto& record = body.at("job").as_object();
    const auto outcome = text_at(record, "outcome");
    job_ = {outcome.empty() ? text_at(record, "state") : outcome, text_at(record, "job"),
            record.if_contains("reconciled") != nullptr};
}

void Client::learn(const Request& request, bool ok, const json::object& body) {
    if (!ok && text_at(body, "code") == "unknown-session") {
        old_session_.clear();
        if (request.session == session_)
            session_.clear();
        return;
    }
    if (request.op == "hello" && ok)
        learn_session(body);
    else if (request.op == "case.open" && ok)
        cases_.push_back(text_at(body, "case"));
    else if (request.op == "case.close" || (request.op == "lease.acquire" && text_at(body, "code") == "case-closed"))
        std::erase(cases_, request.case_);
    else if (request.op == "lease.acquire" && ok)
        leases_.push_back({text_at(body, "lease"), request.case_, request.slots});
    else if (request.op == "lease.release" || (request.op == "lease.renew" && !ok))
        std::erase_if(leases_, [&](const auto& lease) { return lease.id == request.lease; });
    else if (request.op.starts_with("card.") || request.op == "print.start")
        learn_card(request, ok, text_at(body, "job"), ok ? "" : text_at(body, "code"));
    else if (request.op == "job.list" && ok && request.body == "unsettled")
        for (const auto& job : body.at("jobs").as_array())
            unseen_.push_back(text_at(job.as_object(), "job"));
    else if (request.op == "job.get")
        learn_job(ok, body);
    else if (request.op == "capture.start")
        learn_capture(request, ok, body);
    else if (request.op == "preview.start")
        std::erase_if(previews_, [&](const auto& watched) { return watched.request == request.id; });
    else if (request.op == "frame.get" && !ok && request.body.empty())
        std::erase(frames_, request.frame);
    else if (request.op == "frame.get" && ok && !request.body.empty())
        port_.show(*this, request, text_at(body, "ticket"));
}

void Client::hello(bool resume) {
    auto made = request("hello");
    made.session.clear();
    made.progress = false;
    std::string params = R"({"client":"app )" + std::to_string(number_) + R"(","operator":"Sari")";
    if (resume && !old_session_.empty())
        params += R"(,"resume":")" + old_session_ + '"';
    ask(std::move(made), params + "}");
}

void Client::open_case() { ask(request("case.open"), R"({"purpose":"enrol"})"); }

void Client::close_case(const std::string& case_id) {
    auto made = request("case.close");
    made.case_ = case_id;
    std::string params = R"({"case":")" + case_id + '"';
    if (!frames_.empty() && !world_.exact && world_.random.chance(400))
        params += R"(,"keep":[")" + frames_.front() + R"("])";
    ask(std::move(made), params + "}");
}

void Client::acquire(const std::vector<std::string>& slots, const std::string& case_id, std::int64_t ttl_ms,
                     std::int64_t wait_ms) {
    auto made = request("lease.acquire");
    made.slots = slots;
    made.case_ = case_id;
    std::string list;
    for (const auto& slot : slots)
        list += (list.empty() ? "\"" : ",\"") + slot + "\"";
    ask(std::move(made), R"({"slots":[)" + list + R"(],"case":")" + case_id + R"(","ttl_ms":)" +
                             std::to_string(ttl_ms) + R"(,"wait_ms":)" + std::to_string(wait_ms) + "}");
}

void Client::renew(const HeldLease& lease) {
    auto made = request("lease.renew");
    made.lease = lease.id;
    ask(std::move(made), R"({"lease":")" + lease.id + "\"}");
}

void Client::release(const HeldLease& lease) {
    auto made = request("lease.release");
    made.lease = lease.id;
    ask(std::move(made), R"({"lease":")" + lease.id + "\"}");
}

} // namespace rekam::sim
