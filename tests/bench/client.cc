// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/client.h"

#include <stdexcept>

#include <unistd.h>

namespace rekam::bench {
namespace {

constexpr int patience_ms = 20'000;

} // namespace

Client::Client(zmq::context_t& context, const std::string& endpoint)
    : socket_(context, zmq::socket_type::dealer), unique_("b" + std::to_string(::getpid()) + "-") {
    static int count = 0; // several clients of a process must not use each other's keys
    unique_ += std::to_string(++count) + "-";
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, patience_ms);
    socket_.connect(endpoint);
}

void Client::hello() {
    const auto& answer = ask("hello", R"({"client":"bench"})");
    session_ = value(answer, "session");
    epoch_ = value(answer, "station_epoch");
}

std::string Client::header(std::string_view op, std::string_view rest) {
    std::string text = R"({"v":1,"id":"c)" + std::to_string(++last_) + '"';
    if (!session_.empty())
        text += R"(,"session":")" + session_ + '"';
    text += R"(,"op":")";
    text += op;
    text += '"';
    text += rest;
    return text += '}';
}

std::string Client::job_members(std::string_view lease) {
    std::string text = R"(,"deadline_ms":30000,"station_epoch":)" + epoch_ + R"(,"idem":")" + unique_;
    text += std::to_string(last_ + 1) + R"(","lease":")";
    text += lease;
    return text += '"';
}

const std::string& Client::receive() {
    zmq::message_t part;
    if (!socket_.recv(part))
        throw std::runtime_error("no answer within 20 s");
    answer_.assign(part.data<char>(), part.size());
    part_bytes_ = 0;
    while (part.more()) {
        part.rebuild();
        static_cast<void>(socket_.recv(part));
        part_bytes_ += part.size();
    }
    if (answer_.find(R"("ok":true)") == std::string::npos)
        throw std::runtime_error("the station refuses: " + answer_);
    return answer_;
}

const std::string& Client::ask(std::string_view op, std::string_view params) {
    send(header(op, std::string(R"(,"params":)").append(params)));
    return receive();
}

std::string Client::value(std::string_view header, std::string_view key) {
    const std::string wanted = '"' + std::string(key) + "\":";
    auto from = header.find(wanted);
    if (from == std::string_view::npos)
        throw std::runtime_error("no " + std::string(key) + " in " + std::string(header));
    from += wanted.size();
    if (header[from] == '"')
        return std::string(header.substr(from + 1, header.find('"', from + 1) - from - 1));
    return std::string(header.substr(from, header.find_first_of(",}", from) - from));
}

Visitor::Visitor(Client& client, std::string slot, int captures)
    : client_(client), slot_(std::move(slot)), captures_(captures) {}

void Visitor::begin() {
    for (std::string header = next({}); !header.empty(); header = next(client_.receive()))
        client_.send(header);
}

std::string Visitor::capture(std::string_view params) {
    ++used_;
    std::string rest = client_.job_members(lease_) + R"(,"params":{"slot":")" + slot_ + '"';
    rest += params;
    return client_.header("capture.start", rest + '}');
}

std::string Visitor::next(std::string_view answer) {
    const auto ask = [this](Step step, const char* op, const std::string& params) {
        step_ = step;
        return client_.header(op, R"(,"params":)" + params);
    };
    switch (step_) {
    case Step::visiting:
        if (!case_.empty()) // its lease ends with it
            return ask(Step::closing, "case.close", R"({"case":")" + case_ + "\"}");
        [[fallthrough]];
    case Step::closing: return ask(Step::opening, "case.open", R"({"purpose":"enrol"})");
    case Step::opening:
        case_ = Client::value(answer, "case");
        return ask(Step::leasing, "lease.acquire",
                   R"({"slots":[")" + slot_ + R"("],"case":")" + case_ + R"(","ttl_ms":600000})");
    case Step::leasing:
        lease_ = Client::value(answer, "lease");
        used_ = 0;
        step_ = Step::visiting;
    }
    return {};
}

} // namespace rekam::bench
